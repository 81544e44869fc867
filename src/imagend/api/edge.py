"""The outermost layer: what every response shares, whatever route or error made it.

Pure ASGI. Gives each response an id and CORS headers, answers preflights, refuses malformed Host headers, serves
doubled and trailing slashes in place (clients of the hosted API take a redirect for success), turns surprises into
a 500 without a stack trace, and writes one log line that holds no key, no query and no prompt.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imagend.api.errors import ClientGone, RouteMissing, WrongMethod
from imagend.api.urls import HOST
from imagend.core.errors import BadRequest, ImagendError
from imagend.core.trace import PLACE, UNTRACED, Place, Span, Tracer, new_place, place_of
from imagend.core.watch import UNWATCHED, Watch

ErrorRenderer = Callable[[str, ImagendError], Response]  # path, error

_SLASHES = re.compile(r"/{2,}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2000}")
_ALLOW_HEADERS = (
    "accept, authorization, cancel-after, content-type, idempotency-key, last-event-id, x-api-key, x-goog-api-key, "
    "x-goog-api-client, x-initiator, x-request-timeout"
)
_EXPOSE_HEADERS = (
    "content-disposition, openai-processing-ms, retry-after, retry-after-ms, x-cost, x-generation-time, "
    "x-ignored-params, x-output-metadata, x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset-at-utc, "
    "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-remaining-credits, "
    "x-request-id, x-seed-value, x-should-retry"
)

_EVERYWHERE = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSE_HEADERS.encode()),
    (b"x-content-type-options", b"nosniff"),
)

access_log = logging.getLogger("imagend.access")
error_log = logging.getLogger("imagend.error")


class Edge:
    def __init__(
        self, app: ASGIApp, *, make_id: Callable[[], str], render_error: ErrorRenderer, watch: Watch = UNWATCHED,
        tracer: Tracer = UNTRACED,
    ) -> None:  # fmt: skip
        self._app = app
        self._make_id = make_id
        self._render_error = render_error
        self._watch = watch
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._make_id())
        if self._tracer.on:
            exchange.trace(Headers(scope=scope).get("traceparent"))
        try:
            await self._answer(scope)(exchange.scope, receive, exchange.send)
        except ClientGone:
            exchange.status = 499  # the log's word for it; nothing is sent
        except Exception as error:
            refusal = _ours(error)
            if refusal is None or exchange.status:  # an answer that has begun is nobody's refusal any more
                error_log.exception("internal error, request_id=%s", exchange.id)
            if exchange.status:
                raise
            refusal = refusal or ImagendError("Internal server error")
            await self._refuse(refusal)(exchange.scope, receive, exchange.send)
        finally:
            exchange.log()
            exchange.tell(self._watch)
            exchange.draw(self._tracer)

    def _answer(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) > 1 or any(not HOST.fullmatch(host) for host in hosts):
            return self._refuse(BadRequest("Invalid Host header"))
        if scope["method"] == "OPTIONS":
            return _preflight(headers.get("access-control-request-headers", ""))
        return self._app

    def _refuse(self, error: ImagendError) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await self._render_error(scope["path"], error)(scope, receive, send)

        return answer


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        path = _SLASHES.sub("/", scope["path"])
        self.scope = {**scope, "path": path.rstrip("/") or "/"}
        self.id = request_id
        self.status = 0
        self._send = send
        self._began = time.perf_counter()
        self._caller: Place | None = None
        self._place: Place | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = message["headers"]
            own = next((value for name, value in headers if name == b"x-request-id"), None)
            self.id = self.id if own is None else own.decode("latin-1")
            new = () if own else ((b"x-request-id", self.id.encode("latin-1")),)
            message["headers"] = [*headers, *new, *_EVERYWHERE]
        await self._send(message)

    def trace(self, traceparent: str | None) -> None:
        """Note where the request stands in its caller's trace, or in one of its own."""
        self._caller = place_of(traceparent)
        self._place = new_place(secrets.randbits) if self._caller is None else self._caller.child(self.id)
        self.scope[PLACE] = self._place

    def draw(self, tracer: Tracer) -> None:
        """A span of what changes something, and of what a caller wants to see; polls would bury them."""
        if self._place is None or (self._caller is None and self.scope["method"] in ("GET", "HEAD", "OPTIONS")):
            return
        route, now = getattr(self.scope.get("route"), "path", "none"), time.time()
        tracer.draw(
            Span(
                name=f"{self.scope['method']} {route}", place=self._place, parent=self._caller,
                began_at=now - (time.perf_counter() - self._began), ended_at=now, server=True,
                attributes={"http.request.method": self.scope["method"], "http.route": route,
                            "http.response.status_code": self.status},
                failed=self.status >= 500,
            )
        )  # fmt: skip

    def tell(self, watch: Watch) -> None:
        """Count the answer under its route's template: never under what somebody asked for."""
        route = getattr(self.scope.get("route"), "path", "none")
        method = self.scope["method"] if self.scope["method"] in _METHODS else "other"
        watch.count("http_requests_total", route=route, method=method, status=str(self.status))
        watch.observe("http_request_seconds", time.perf_counter() - self._began, route=route, method=method)

    def log(self) -> None:
        fields: dict[str, Any] = {
            "action": "http",
            "method": self.scope["method"],
            "path": self.scope["path"],
            "status": self.status,
            "milliseconds": round((time.perf_counter() - self._began) * 1000, 1),
            "request_id": self.id,
        }
        if account := self.scope.get("imagend.account"):
            fields["account"] = account
        polled = self.status < 400 and self.scope["method"] in ("GET", "HEAD", "OPTIONS")
        level = logging.DEBUG if polled else logging.INFO  # a waiting client asks every second
        if access_log.isEnabledFor(level):
            access_log.log(level, _line(fields.values()), extra=fields)


def _ours(error: Exception) -> ImagendError | None:
    """A refusal, the framework's own ones in our words; None for a surprise."""
    if isinstance(error, ImagendError):
        return error
    if not isinstance(error, HTTPException):
        return None
    if error.status_code == 404:
        return RouteMissing()
    if error.status_code == 405:
        return WrongMethod((error.headers or {}).get("Allow", ""))
    return BadRequest(str(error.detail))


def _line(values: Iterable[Any]) -> str:
    """One line whatever a path contains."""
    return " ".join(str(value).encode("unicode_escape").decode("ascii") for value in values)


def _preflight(asked: str) -> Response:
    names = asked if _HEADER_NAMES.fullmatch(asked) else _ALLOW_HEADERS
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
            "access-control-allow-headers": names,
            "access-control-max-age": "86400",
            "vary": "access-control-request-headers",
        },
    )
