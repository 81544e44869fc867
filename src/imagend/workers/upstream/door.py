"""HTTP with another server: bounded answers, bounded time, the key to nobody else.

The operator chose the address, so it may be a private one: the gate that keeps webhooks from private networks does not
stand here. But what that server says is not the operator's word. Its links are followed for pictures only, to its own
origin and to the hosts that the operator named, without the key, and redirects are not followed.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from imagend import __version__
from imagend.core.secret import Secret
from imagend.core.upstreams import Upstream

AGENT = f"imagend/{__version__}"
CONNECT_SECONDS = 5.0
MOST_ANSWER_BYTES = 1024 * 1024  # of JSON
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NoAnswer(Exception):
    """`sent`: whether the other side may have read the request all the same."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


class TooLarge(Exception):
    """More bytes than such an answer may have."""


class StrangeLink(Exception):
    """A picture's link leads to where nobody said that pictures are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: Any  # decoded JSON; None if it was none
    retry_after_seconds: float | None = None
    in_vain: str = ""  # what x-ignored-params says

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Door:
    """Thread-safe."""

    def __init__(self, upstream: Upstream, key: Secret) -> None:
        self.upstream = upstream
        self._origin = upstream.url.rstrip("/")
        self._headers = {"x-api-key": key.reveal(), "accept": "application/json"}
        own = urlsplit(self._origin)
        self._picture_hosts = {own.netloc.lower(), *(host.lower() for host in upstream.picture_hosts)}
        connections = httpx.Limits(max_connections=2 * upstream.at_once + 4)
        seconds = httpx.Timeout(upstream.answer_seconds, connect=min(CONNECT_SECONDS, upstream.answer_seconds))
        self._http = httpx.Client(timeout=seconds, limits=connections, headers={"user-agent": AGENT})

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """path: behind the server's address. Raises NoAnswer."""
        said = self._headers | dict(headers or {})
        try:
            response, content = self._read(method, self._origin + path, MOST_ANSWER_BYTES, said, body)
        except TooLarge as error:
            raise NoAnswer(str(error), sent=True) from error
        return Answer(
            status=response.status_code,
            body=_json(content),
            retry_after_seconds=_seconds(response.headers.get("retry-after")),
            in_vain=response.headers.get("x-ignored-params", ""),
        )

    def fetch(self, link: str, most_bytes: int) -> tuple[int, bytes]:
        """HTTP status and content of a picture, without the key. Raises StrangeLink, TooLarge, NoAnswer."""
        url = urljoin(self._origin + "/", link)
        there = urlsplit(url)
        if there.scheme not in ("http", "https") or there.netloc.lower() not in self._picture_hosts:
            raise StrangeLink(f"a picture at {there.scheme}://{there.netloc}, which is not among picture_hosts")
        if there.scheme == "http" and self._origin.startswith("https:"):
            raise StrangeLink(f"a picture at http://{there.netloc} of a server with https")
        response, content = self._read("GET", url, most_bytes, {}, None)
        return response.status_code, content

    def close(self) -> None:
        self._http.close()

    def _read(
        self, method: str, url: str, most_bytes: int, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[httpx.Response, bytes]:
        until = time.monotonic() + self.upstream.answer_seconds
        try:
            with self._http.stream(method, url, json=body, headers=dict(headers)) as response:
                return response, _content(response, most_bytes, until)
        except _NEVER_SENT as error:
            raise NoAnswer(_named(error), sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(_named(error), sent=True) from error


def _content(response: httpx.Response, most_bytes: int, until: float) -> bytes:
    """All of it, if it is no more than that and comes in time: a trickle is no answer."""
    pieces = bytearray()
    for piece in response.iter_bytes(65_536):
        pieces += piece
        if len(pieces) > most_bytes:
            raise TooLarge(f"an answer of more than {most_bytes} bytes")
        if time.monotonic() > until:
            raise NoAnswer("an answer that takes too long", sent=True)
    return bytes(pieces)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None  # a date; the usual pause serves
    return seconds if 0 <= seconds < math.inf else None
