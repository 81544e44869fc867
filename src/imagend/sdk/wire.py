"""Settings of the client and the translation between httpx and the flow's words."""

from __future__ import annotations

import os
import uuid
from typing import Any

import httpx

from imagend.sdk.flow import Call, Reply

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
USER_AGENT = "imagend-python"
SILENCE_SECONDS = 35.0  # of an event stream, which sends a comment every 15


def api_key_from_environment() -> str | None:
    return os.environ.get("IMAGEND_API_KEY") or os.environ.get("SEGMIND_API_KEY")


def base_url_from_environment() -> str:
    return os.environ.get("IMAGEND_BASE_URL") or DEFAULT_BASE_URL


def server_named() -> bool:
    return bool(os.environ.get("IMAGEND_BASE_URL"))


def headers(call: Call, api_key: str | None) -> dict[str, str]:
    key = {"x-api-key": api_key} if api_key and call.keyed else {}
    return {"user-agent": USER_AGENT, **key, **call.headers}


def timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=5.0)


def new_idempotency_key() -> str:
    return uuid.uuid4().hex


def request_arguments(call: Call, api_key: str | None) -> dict[str, Any]:
    """For httpx's `build_request`."""
    return {"method": call.method, "url": call.url, "json": call.json, "headers": headers(call, api_key)}


def silence(seconds: float) -> dict[str, Any]:
    """For a request whose answer may rest for so long."""
    return {"timeout": httpx.Timeout(seconds, connect=5.0).as_dict()}


def reply_from(response: httpx.Response) -> Reply:
    """Of a response that has been read."""
    try:
        body = response.json()
    except ValueError:
        body = None
    return Reply(
        status=response.status_code,
        body=body,
        content=response.content,
        retry_after_seconds=_seconds(response.headers.get("retry-after")),
        raw=response,
    )


def reply_from_head(response: httpx.Response) -> Reply:
    """Of a response that is still to be read."""
    return Reply(status=response.status_code, raw=response)


def reply_from_error(error: httpx.TransportError) -> Reply:
    return Reply(status=None, problem=words(error))


def words(error: httpx.TransportError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None  # an HTTP date; the usual back-off serves
