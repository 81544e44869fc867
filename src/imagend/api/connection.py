"""uvicorn's HTTP/1.1 protocol with the limits it lacks: time to send a request, silence, size of headers.

A timer runs whenever the client owes us bytes, and only then: `idle_seconds` before the first byte of a request,
`header_seconds` until its headers are complete, `body_seconds` until its body is. It waits while we ourselves have
stopped reading (uvicorn does, for back-pressure). Refusals at this level are JSON like all others.
"""

from __future__ import annotations

import asyncio
import enum
import socket
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from imagend.api.parser import PlainParser

SPOKEN = ("1.0", "1.1")
OWN_ADDRESSES = frozenset({"127.0.0.1", "::1"})  # a proxy, a benchmark: no crowd of strangers


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    idle_seconds: float = 30.0
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    max_target_bytes: int = 8 * 1024
    max_header_bytes: int = 16 * 1024  # request line and all headers
    max_headers: int = 64
    max_unread_bytes: int = 1024 * 1024  # of a body nobody wants any more, before the connection is cut
    max_connections: int = 4000
    max_connections_per_address: int | None = None  # further ones are answered with 429; not for this machine's own


class _Owed(enum.Enum):
    """What the client is expected to send next."""

    NOTHING = enum.auto()  # a request is complete; it is our turn
    REQUEST = enum.auto()  # connected, not a byte yet
    HEADERS = enum.auto()
    BODY = enum.auto()


class LimitedProtocol(HttpToolsProtocol):
    """Use through `limited(limits)`: uvicorn makes one instance per connection from a class."""

    limits = ConnectionLimits()
    crowd: Counter[str]  # open connections by address, of all instances of a class

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout_keep_alive = self.limits.idle_seconds  # type: ignore[assignment]
        self.parser = PlainParser(self)  # type: ignore[assignment]
        self.access_log = False  # its lines hold the query, where a key may be; ours do not
        self._timer: asyncio.TimerHandle | None = None
        self._due_at: float | None = None  # when what the client owes is late, in the loop's time
        self._allowed = 0.0  # seconds that it has for it
        self._owed = _Owed.REQUEST
        self._refusal: tuple[int, str] | None = None
        self._header_bytes = 0  # received of what is not complete yet
        self._head_size = 0  # of the headers that were read
        self._unread_bytes = 0
        self._address: str | None = None  # as it is counted in `crowd`
        self._crowded = False
        self._cycles: list[RequestResponseCycle] = []  # pipelined ones too, until their answers are complete

    # --- transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.max_connections:
            transport.abort()
            return
        line = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            # asyncio does this only for sockets that say they are TCP; without it small answers wait 40 ms.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._join_crowd()
        self._arm(self.limits.header_seconds if self._crowded else self.limits.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._stop_timer()
        self._leave_crowd()
        self._abandon_all()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._owed is _Owed.REQUEST or (self._owed is _Owed.NOTHING and self.cycle.response_complete):
            self._begin_headers()  # even if the parser skips these bytes: blank lines must not keep a line open
        in_headers = self._owed is _Owed.HEADERS
        super().data_received(data)
        if in_headers and self._owed is _Owed.HEADERS and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.max_header_bytes:
                self._refuse(431, "Request headers too large")

    def _join_crowd(self) -> None:
        most = self.limits.max_connections_per_address
        if most is None or self.client is None or self.client[0] in OWN_ADDRESSES:
            return
        self._address = self.client[0]
        self.crowd[self._address] += 1
        self._crowded = self.crowd[self._address] > most

    def _leave_crowd(self) -> None:
        if self._address is not None:
            self.crowd[self._address] -= 1
            if not self.crowd[self._address]:
                del self.crowd[self._address]
            self._address = None

    # --- parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin_headers()
        self._head_size = 0
        if self._crowded:
            self._stop(429, "Too many connections from this address")

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.max_target_bytes:
            self._stop(414, "Request target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_size += len(name) + len(value) + 4
        size = len(self.url) + self._head_size
        if len(self.headers) > self.limits.max_headers or size > self.limits.max_header_bytes:
            self._stop(431, "Request headers too large")

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in SPOKEN:
            self._stop(400, "HTTP/1.1 is spoken here")
        self._owed = _Owed.BODY
        self._unread_bytes = 0
        self._arm(self.limits.body_seconds)
        super().on_headers_complete()
        self._cycles = [*self._running(), self.cycle]

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > self.limits.max_unread_bytes:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.broken_off:  # type: ignore[attr-defined]
            return
        self._owed = _Owed.NOTHING
        self._disarm()
        super().on_message_complete()

    # --- refusals

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn when the parser, or one of the callbacks above, gives up."""
        self._refuse(*(self._refusal or (400, msg)))

    def _stop(self, status: int, message: str) -> None:
        self._refusal = (status, message)
        raise ValueError(message)  # the parser turns it into its own error and uvicorn calls send_400_response

    def _refuse(self, status: int, message: str) -> None:
        self._disarm()
        if self.transport.is_closing():
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        answered_early = cycle is not None and self._owed is _Owed.BODY and cycle.response_complete
        running = self._running()
        if not answered_early and not any(cycle.response_started for cycle in running):
            self.transport.write(_refusal(status, message))
        self._abandon_all()
        self.transport.close()

    def _running(self) -> list[RequestResponseCycle]:
        return [cycle for cycle in self._cycles if not cycle.response_complete]

    def _abandon_all(self) -> None:
        """uvicorn itself tells only the newest request that nobody listens any more."""
        for cycle in self._running():
            cycle.disconnected = True
            cycle.message_event.set()

    # --- time

    def _begin_headers(self) -> None:
        self._owed = _Owed.HEADERS
        self._header_bytes = 0
        self._arm(self.limits.header_seconds)

    def _arm(self, seconds: float) -> None:
        """One timer serves many requests: it is set anew only to ring earlier, else it looks when it rings."""
        now = self.loop.time()
        self._allowed, self._due_at = seconds, now + seconds
        if self._timer is None or self._timer.when() > self._due_at:
            self._stop_timer()
            self._timer = self.loop.call_at(self._due_at, self._ring)

    def _disarm(self) -> None:
        self._due_at = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._due_at is None:
            return
        if self._due_at > self.loop.time():
            self._timer = self.loop.call_at(self._due_at, self._ring)
        elif self.flow.read_paused:
            self._arm(self._allowed)  # the delay is ours
        elif self._owed is _Owed.REQUEST:
            self.transport.close()  # silent since it connected
        else:
            self._refuse(408, "Request timed out while it was being received")


def limited(limits: ConnectionLimits) -> type[LimitedProtocol]:
    """The protocol class with these limits."""
    return type("LimitedProtocol", (LimitedProtocol,), {"limits": limits, "crowd": Counter()})


def _refusal(status: int, message: str) -> bytes:
    body = msgspec.json.encode({"error": message})
    lines = (
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"x-request-id: {uuid.uuid4()}",
        "connection: close",
        *(("retry-after: 1",) if status == 429 else ()),
    )
    return STATUS_LINE[status] + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body
