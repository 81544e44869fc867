"""Short texts between the gateways of one PostgreSQL database: LISTEN and NOTIFY, on two connections of their own.

NOTIFY makes commits wait for each other, so it is never part of the desk's transactions: texts are collected and sent a
few dozen times a second at most, many in one message and all in one commit. What cannot be sent now is not kept for
later: it would be old news.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import psycopg

from imagend.store.postgres_links import Connection, Server, connect

logger = logging.getLogger(__name__)

CHANNEL = "imagend"
MAX_PAYLOAD_BYTES = 7900  # the server takes less than 8000
PACE_SECONDS = 0.025  # between two sendings
MAX_WAITING = 10_000  # texts; further ones are dropped
CHECK_SECONDS = 5.0  # a silent line is tried this often
LONGEST_PAUSE_SECONDS = 5.0  # before a lost line is opened anew


class PostgresBus:
    """Safe from any thread. `send` returns at once, whatever the server does."""

    def __init__(self, server: Server, name: str, *, listening: bool = True, channel: str = CHANNEL) -> None:
        """name: this gateway's, a word; its own texts do not come back to it. listening: False for who only sends."""
        self._server = server
        self._name = name
        self._channel = channel
        self._hear: Callable[[str], None] = lambda _: None
        self._waiting: dict[str, str] = {}
        self._news = threading.Condition()
        self._closed = threading.Event()
        self.listening = threading.Event()  # whether texts of the others arrive now
        self._threads = [
            threading.Thread(target=self._keep, args=(work,), name=f"hints-{work.__name__.strip('_')}", daemon=True)
            for work in ((self._listen, self._tell) if listening else (self._tell,))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def send(self, key: str, text: str) -> None:
        """Of texts with the same key that wait to be sent only the newest is, at the end of the line."""
        with self._news:
            known = self._waiting.pop(key, None)
            if known is not None or len(self._waiting) < MAX_WAITING:
                self._waiting[key] = text
                self._news.notify()

    def receive(self, hear: Callable[[str], None]) -> None:
        """`hear` gets every text of the others, and "" whenever some may have been missed; one at a time."""
        self._hear = hear

    def close(self, seconds: float = 2.0) -> None:
        """Send what waits, if that works at once; then be silent."""
        until = time.monotonic() + seconds
        with self._news:
            self._closed.set()
            self._news.notify()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    # --- two lines, each in its thread

    def _keep(self, work: Callable[[Connection], None]) -> None:
        """A line that breaks is opened again, after a pause that grows while nothing works."""
        failures = 0
        while not self._closed.is_set() or self._waiting:
            try:
                with connect(self._server) as connection:
                    failures = 0
                    work(connection)
            except psycopg.Error as error:
                failures += 1
                if failures == 1:
                    logger.warning("no line to the other gateways, hints are late: %s", type(error).__name__)
                self._waiting = {}  # old news by the time the line is back
            finally:
                if work == self._listen:
                    self.listening.clear()
            if self._closed.wait(min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(failures, 10))):
                return

    def _listen(self, connection: Connection) -> None:
        connection.execute(f"LISTEN {self._channel}".encode())
        self.listening.set()
        self._hear("")
        while not self._closed.is_set():
            for notify in connection.notifies(timeout=CHECK_SECONDS):
                self._take_in(notify.payload)
                if self._closed.is_set():
                    return
            connection.execute(b"SELECT 1")

    def _take_in(self, payload: str) -> None:
        name, *texts = payload.split("\n")
        if name != self._name:
            for text in texts:
                self._hear(text)

    def _tell(self, connection: Connection) -> None:
        connection.execute(b"SET synchronous_commit = off")  # nothing here is worth waiting for a disk
        while True:
            payloads = list(packed(self._name, self._collected()))
            ending = self._closed.is_set()
            if ending:
                payloads.append(self._name)  # wakes our own listener, which ends then too
            if payloads:
                query = b"SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"
                connection.execute(query, (self._channel, payloads))
            if ending:
                return
            self._closed.wait(PACE_SECONDS)

    def _collected(self) -> list[str]:
        """What waits, waited for."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._closed.is_set(), CHECK_SECONDS)
            texts, self._waiting = list(self._waiting.values()), {}
        return texts


def packed(name: str, texts: list[str]) -> Iterator[str]:
    """Messages that hold as many texts as fit, in order. One that fits in none is left out."""
    lines, size = [name], len(name)
    for text in texts:
        length = len(text.encode()) + 1
        if len(name) + length > MAX_PAYLOAD_BYTES:
            logger.error("a hint of %d bytes is too long", length)
            continue
        if size + length > MAX_PAYLOAD_BYTES:
            yield "\n".join(lines)
            lines, size = [name], len(name)
        lines.append(text)
        size += length
    if len(lines) > 1:
        yield "\n".join(lines)
