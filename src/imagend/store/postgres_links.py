"""Connections to one PostgreSQL server, lent to one thread at a time.

A pool of our own, because of what happens when the server is away. psycopg_pool tries again after 1, 2, 4, 8 ...
seconds in threads of its own, so that a server that was gone for a minute is found again half a minute late. Here
whoever needs a connection opens it: the first request after the server's return succeeds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, LifoQueue
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.rows import DictRow, dict_row

from imagend.core.errors import StorageUnavailable

Connection = psycopg.Connection[DictRow]

RETRY_SECONDS = 0.1  # between attempts to reach a server that is away
#: A peer that vanishes without a word is given up after about ten seconds; libpq's own default is two hours.
_NETWORK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
    "application_name": "imagend",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the database is and how long to wait for it. Seconds."""

    url: str  # postgresql://
    connections: int = 16  # at most so many
    wait_seconds: float = 10.0  # for a connection, also while the server is away
    statement_seconds: float = 5.0
    lock_seconds: float = 2.0
    idle_seconds: float = 10.0  # in a transaction, without a statement
    prepare: bool = True  # keep plans of statements; not behind old versions of PgBouncer
    migrate: bool = True  # a schema that is too old is brought up to date
    unsafe: bool = False  # accept a server that may lose what it has confirmed


class _Whole(Loader):
    """SUM of BIGINT is NUMERIC; ours have no fraction."""

    def load(self, data: Any) -> int:
        return int(bytes(data))


def connect(server: Server) -> Connection:
    """A fresh connection, outside of any transaction. Raises psycopg.Error."""
    limits = {
        "statement_timeout": server.statement_seconds,
        "lock_timeout": server.lock_seconds,
        "idle_in_transaction_session_timeout": server.idle_seconds,
    }
    ours = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()]
    said = psycopg.conninfo.conninfo_to_dict(server.url)  # the operator knows better
    connection = psycopg.connect(
        server.url,
        autocommit=True,  # BEGIN and COMMIT are ours
        row_factory=dict_row,
        prepare_threshold=5 if server.prepare else None,
        options=" ".join([*ours, str(said.get("options", ""))]).strip(),
        **{name: said.get(name, value) for name, value in _NETWORK.items()},
    )
    connection.adapters.register_loader("numeric", _Whole)
    return connection


class Links:
    """At most `server.connections` of them. Safe from any thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._room = threading.Semaphore(server.connections)
        self._away_since: float | None = None  # monotonic; the first attempt that failed, None: it answers
        self._closed = False

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Waits at most `wait_seconds`, then StorageUnavailable. A connection that was lost is not lent again."""
        deadline = time.monotonic() + self._server.wait_seconds
        if not self._room.acquire(timeout=self._server.wait_seconds):
            raise StorageUnavailable("Storage is unavailable; try again (all connections to the database are busy)")
        try:
            connection = self._take(deadline)
            try:
                yield connection
            finally:
                self._put(connection)
        finally:
            self._room.release()

    def close(self) -> None:
        self._closed = True
        self._drop_idle()

    def _take(self, deadline: float) -> Connection:
        if self._closed:
            raise StorageUnavailable("the store is closed")
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._open(deadline)

    def _open(self, deadline: float) -> Connection:
        """Try until `deadline`; but when the server has been away for that long, nobody waits for it any more."""
        while True:
            try:
                connection = connect(self._server)
            except psycopg.OperationalError as error:
                now = time.monotonic()
                self._away_since = since = self._away_since or now
                if self._closed or now >= min(deadline, since + self._server.wait_seconds):
                    raise StorageUnavailable("Storage is unavailable; try again (no database)") from error
                time.sleep(RETRY_SECONDS)
            else:
                self._away_since = None
                return connection

    def _put(self, connection: Connection) -> None:
        if connection.closed:
            self._drop_idle()  # what killed one has probably killed the others
        elif connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE or self._closed:
            connection.close()
        else:
            self._idle.put(connection)

    def _drop_idle(self) -> None:
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()
