"""A proxy before PostgreSQL that cuts a connection exactly at a COMMIT."""

from __future__ import annotations

import select
import socket
import struct
import threading
from typing import Self

COMMIT = b"COMMIT\0"
BEFORE, AFTER = "before", "after"  # the server has heard of it


class CutAtCommit:
    """`cuts`: where to cut the next commits, in this order; each is used once."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.cuts: list[str] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for thread in list(self._threads):
            thread.join(10)
        self._listener.close()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            if select.select([self._listener], [], [], 0.05)[0]:
                client, _ = self._listener.accept()
                self._start(self._pass_on, client, socket.create_connection(self._server))

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while not self._closed.is_set():
                for ready in select.select([client, server], [], [], 0.05)[0]:
                    data = ready.recv(65536)
                    if not data or (ready is client and COMMIT in data and self._cut(data, server)):
                        _reset(client)
                        return
                    (server if ready is client else client).sendall(data)

    def _cut(self, data: bytes, server: socket.socket) -> bool:
        if not self.cuts:
            return False
        if self.cuts.pop(0) == AFTER:
            server.sendall(data)
            server.recv(65536)  # it is committed, and nobody hears so
        return True


def _reset(client: socket.socket) -> None:
    """RST instead of an orderly end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
