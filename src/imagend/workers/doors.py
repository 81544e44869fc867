"""The gateways that a worker may speak to: one is in use until it does not answer, then it is the next one's turn."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpcore

from imagend import __version__
from imagend.core import wire
from imagend.core.errors import BadSetting

MAX_CONNECTIONS, MAX_IDLE, IDLE_SECONDS = 100, 20, 5.0  # of one worker to one gateway
AGENT = f"imagend-worker/{__version__}"
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """How a worker knows a gateway (`authority`: PEM file, None for the system's), and how it shows who it is."""

    authority: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Raises BadSetting."""
        try:
            context = ssl.create_default_context(cafile=self.authority)
        except OSError as error:
            raise BadSetting(f"ca {self.authority} cannot be read: {error.strerror or error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate, self.private_key)
            except OSError as error:
                raise BadSetting(f"certificate {self.certificate} cannot be used: {error.strerror or error}") from error
        return context


class NoAnswer(Exception):
    """Nobody there, nobody in time, or the connection broke."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes


class Door:
    """One gateway. Spoken to through httpcore, without what httpx adds for strangers (redirects, cookies, proxies):
    that would be half of what a word costs a worker."""

    def __init__(self, address: str, worker_token: str, tls: ClientTls) -> None:
        """address: the path of a Unix socket, or http(s)://host:port."""
        self.address = address
        self.version: int | None = None  # of the protocol, once it is agreed
        self._headers = {wire.TOKEN_HEADER: worker_token, "accept": "application/json", "user-agent": AGENT}
        remote = address.startswith(("http://", "https://"))
        self._url = address.rstrip("/") if remote else "http://gateway"
        self._pool = httpcore.ConnectionPool(
            tls.context() if address.startswith("https://") else None,
            uds=None if remote else address,
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_IDLE, keepalive_expiry=IDLE_SECONDS,
        )  # fmt: skip

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, seconds: float,
        answer_seconds: float | None = None,
    ) -> Answer:  # fmt: skip
        """seconds: for each of connecting, sending and waiting; answer_seconds: for waiting. Raises NoAnswer."""
        wait = dict.fromkeys(("connect", "write", "pool"), seconds) | {"read": answer_seconds or seconds}
        said = [*self._headers.items(), *(headers or {}).items()]
        try:
            answer = self._pool.request(
                method, self._url + path, headers=said, content=body or None, extensions={"timeout": wait}
            )
            return Answer(answer.status, answer.content)
        except BROKEN as error:
            raise NoAnswer(str(error) or type(error).__name__) from error

    def close(self) -> None:
        self._pool.close()


class Doors:
    """Thread-safe. Whoever finds the one in use dead moves all others on too."""

    def __init__(self, addresses: str, worker_token: str, tls: ClientTls | None = None) -> None:
        """addresses: one or more, comma-separated. Raises BadSetting."""
        names = [name.strip() for name in addresses.split(",") if name.strip()]
        self._doors = [Door(name, worker_token, tls or ClientTls()) for name in names]
        self._lock = threading.Lock()
        self._in_use = 0

    def __len__(self) -> int:
        return len(self._doors)

    @property
    def current(self) -> Door:
        return self._doors[self._in_use]

    def leave(self, door: Door) -> None:
        """It does not answer. Ignored if somebody else has left it already."""
        with self._lock:
            if self._doors[self._in_use] is door:
                self._in_use = (self._in_use + 1) % len(self._doors)

    def close(self) -> None:
        for door in self._doors:
            door.close()
