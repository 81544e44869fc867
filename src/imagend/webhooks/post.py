"""One POST over one connection to an address that was vetted, by hand: no proxy, no redirect, no second lookup.

The connection is dialled to the address itself; the name is used for TLS and the Host header only. Every wait ends at
one deadline, however slowly the other side drips; of the answer at most 16 kB are read, and only the status and
Retry-After are kept.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address

import httptools

from imagend.core.addresses import Address
from imagend.core.targets import Target, Vetted

MAX_ANSWER_BYTES = 16 * 1024
REST_SECONDS = 1.0  # the status is known: so long the rest of an answer is read, for the sender's good manners

Dial = Callable[[Address, int, float], socket.socket]


class Undelivered(Exception):
    """No answer. `error`: address, connect, tls, timeout, closed or protocol."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    retry_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Time limits in seconds."""

    connect: float = 3.0
    total: float = 15.0  # from before the name is resolved to the end of the answer's head


def dial(address: Address, port: int, seconds: float) -> socket.socket:
    """A TCP connection. Raises OSError."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((str(address), port))
    except BaseException:
        connection.close()
        raise
    return connection


class Poster:
    """Safe from any thread."""

    def __init__(
        self,
        patience: Patience,
        monotonic: Callable[[], float],
        *,
        tls: ssl.SSLContext | None = None,
        dial: Dial = dial,
    ) -> None:
        """`tls`: how certificates are checked; None: by the system's authorities."""
        self._patience = patience
        self._monotonic = monotonic
        self._tls = tls or ssl.create_default_context()
        self._dial = dial

    def post(self, vetted: Vetted, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        """`until`: a moment of the monotonic clock. Raises Undelivered."""
        try:
            with closing(self._connect(vetted, until)) as connection:
                self._limit(connection, until)
                connection.sendall(request_bytes(vetted.target, headers, body))
                return self._read(connection, until)
        except TimeoutError:
            raise Undelivered("timeout") from None
        except (ssl.SSLError, ValueError):  # ValueError: a name that TLS does not take
            raise Undelivered("tls") from None
        except OSError:
            raise Undelivered("closed") from None

    def _connect(self, vetted: Vetted, until: float) -> socket.socket:
        target = vetted.target
        connection = self._reach(vetted, min(until, self._monotonic() + self._patience.connect))
        if target.scheme == "http":
            return connection
        try:
            self._limit(connection, until)
            return self._tls.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise

    def _reach(self, vetted: Vetted, until: float) -> socket.socket:
        """A connection to the first address that answers."""
        for address in vetted.addresses:
            try:
                connection = self._dial(address, vetted.target.port, max(0.001, until - self._monotonic()))
            except OSError:
                continue
            if _peer(connection) != address:
                connection.close()
                raise Undelivered("address")
            return connection
        raise Undelivered("connect")

    def _read(self, connection: socket.socket, until: float) -> Answer:
        head, left = _Head(), MAX_ANSWER_BYTES
        while left > 0 and not head.finished:
            try:
                self._limit(connection, until)
                data = connection.recv(min(left, 4096))
            except OSError:
                if head.status is None:
                    raise
                break
            if not data:
                break
            left -= len(data)
            waited = head.status is None
            head.feed(data)
            if waited and head.status is not None:
                until = min(until, self._monotonic() + REST_SECONDS)
        if head.status is None:
            raise Undelivered("closed" if left == MAX_ANSWER_BYTES else "protocol")
        return Answer(status=head.status, retry_after=head.retry_after)

    def _limit(self, connection: socket.socket, until: float) -> None:
        left = until - self._monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)


class _Head:
    """What is kept of an answer while it is parsed. Interim answers (1xx) are passed over."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.retry_after: str | None = None
        self.finished = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises Undelivered when it is no HTTP."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self.status is None:
                raise Undelivered("protocol") from None
            self.finished = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self.retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status

    def on_message_complete(self) -> None:
        self.finished = self.status is not None


def _peer(connection: socket.socket) -> Address | None:
    try:
        return ip_address(connection.getpeername()[0])
    except (OSError, ValueError):
        return None


def request_bytes(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"host: {target.authority}", *(f"{k}: {v}" for k, v in headers.items())]
    lines += [f"content-length: {len(body)}", "connection: close"]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
