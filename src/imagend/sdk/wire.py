"""Settings of the client and the translation between httpx and the flow's words."""

from __future__ import annotations

import os
import uuid
from typing import Any

import httpx

from imagend.sdk.flow import Call, Reply

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
USER_AGENT = "imagend-python"


def api_key_from_environment() -> str | None:
    return os.environ.get("IMAGEND_API_KEY") or os.environ.get("SEGMIND_API_KEY")


def base_url_from_environment() -> str:
    return os.environ.get("IMAGEND_BASE_URL") or DEFAULT_BASE_URL


def server_named() -> bool:
    return bool(os.environ.get("IMAGEND_BASE_URL"))


def headers(api_key: str | None) -> dict[str, str]:
    return {"user-agent": USER_AGENT, **({"x-api-key": api_key} if api_key else {})}


def timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=5.0)


def new_idempotency_key() -> str:
    return uuid.uuid4().hex


def request_arguments(call: Call) -> dict[str, Any]:
    return {"method": call.method, "url": call.url, "json": call.json, "headers": call.headers}


def reply_from(response: httpx.Response) -> Reply:
    try:
        body = response.json()
    except ValueError:
        body = None
    return Reply(
        status=response.status_code, body=body, retry_after_seconds=_seconds(response.headers.get("retry-after"))
    )


def reply_from_error(error: httpx.TransportError) -> Reply:
    return Reply(status=None, problem=f"{type(error).__name__}: {error}".rstrip(": "))


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None  # an HTTP date; the usual back-off serves
