"""A receiver of webhooks on a free port: a socket that does what the test says, byte by byte."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One request as it arrived."""

    line: str
    headers: Mapping[str, str]
    body: bytes
    at: float  # monotonic, when it was complete


def status(number: int, **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {number} Said",
        "content-length: 0",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@dataclass
class Receiver:
    """`answers` are given one after the other, the last one for ever; a function gets the socket itself."""

    answers: list[bytes | Callable[[socket.socket], None]] = field(default_factory=lambda: [OK])
    got: queue.Queue[Got] = field(default_factory=queue.Queue)
    seen: list[Got] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None
    _guard: Any = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/hook"

    def next(self, seconds: float = 20.0) -> Got:
        return self.got.get(timeout=seconds)

    def serve(self, connection: socket.socket) -> None:
        with self._guard:
            self.open_now += 1
            self.open_most = max(self.open_most, self.open_now)
        try:
            with suppress(OSError), self._secured(connection) as secured:
                self._one(secured)
        finally:
            with self._guard:
                self.open_now -= 1

    def _secured(self, connection: socket.socket) -> socket.socket:
        connection.settimeout(20)
        if self.tls is None:
            return connection
        try:
            return self.tls.wrap_socket(connection, server_side=True)
        except BaseException:
            connection.close()
            raise

    def _one(self, connection: socket.socket) -> None:
        request = _read(connection)
        if request is None:
            return
        with self._guard:
            answer = self.answers[min(len(self.seen), len(self.answers) - 1)]
            self.seen.append(request)
        self.got.put(request)
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)


def _read(connection: socket.socket) -> Got | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("ascii").split("\r\n")
    headers = dict(part.split(": ", 1) for part in rest)
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return Got(line=line, headers=headers, body=body, at=time.monotonic())


@contextmanager
def listening(
    *answers: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[Receiver]:
    receiver = Receiver(tls=tls)
    if answers:
        receiver.answers = list(answers)
    server = socket.create_server(("127.0.0.1", port))
    receiver.port = server.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                thread = threading.Thread(target=receiver.serve, args=(connection,), daemon=True)
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield receiver
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        accepting.join(10)
        for thread in threads:
            thread.join(25)
