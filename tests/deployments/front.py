"""What stands before several gateways: connections go to them in turn, as behind a load balancer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit

Address = tuple[str, int]


@contextmanager
def front(listening: socket.socket, urls: Sequence[str]) -> Iterator[None]:
    """Relay every connection to the next gateway that takes it, until the end of the block."""
    gateways = cycle([(str(urlsplit(url).hostname), urlsplit(url).port or 80) for url in urls])
    listening.listen(128)
    accepting = threading.Thread(target=_accept, args=(listening, gateways, len(urls)), daemon=True)
    accepting.start()
    try:
        yield
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(10)


def _accept(listening: socket.socket, gateways: Iterator[Address], count: int) -> None:
    while True:
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_join, args=(caller, gateways, count), daemon=True).start()


def _join(caller: socket.socket, gateways: Iterator[Address], count: int) -> None:
    """One connection from its beginning to its end."""
    with caller, _reached(gateways, count) or caller as gateway:
        if gateway is caller:
            return
        back = threading.Thread(target=_relay, args=(gateway, caller), daemon=True)
        back.start()
        _relay(caller, gateway)
        back.join()


def _reached(gateways: Iterator[Address], count: int) -> socket.socket | None:
    for _ in range(count):
        with suppress(OSError):
            return socket.create_connection(next(gateways), timeout=10)
    return None


def _relay(source: socket.socket, target: socket.socket) -> None:
    """One direction, until its sender is done; then the other side hears so."""
    source.settimeout(None)
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
