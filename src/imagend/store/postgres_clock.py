"""What time it is in the database."""

from __future__ import annotations

import threading

import psycopg

from imagend.core.errors import StorageUnavailable
from imagend.store.postgres_links import Connection, Server, connect


class PostgresTime:
    """One connection that asks for nothing else. Safe from any thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def ask(self) -> float:
        """Epoch seconds, as of some moment of this call. Raises StorageUnavailable."""
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = connect(self._server)
                query = b"SELECT extract(epoch FROM clock_timestamp())::double precision AS now"
                row = self._connection.execute(query).fetchone()
            except psycopg.Error as error:
                raise StorageUnavailable(f"the database's clock cannot be read ({type(error).__name__})") from error
        assert row is not None
        return float(row["now"])

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
