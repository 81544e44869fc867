"""The store on a PostgreSQL server, shared by any number of gateways.

A piece of work is one READ COMMITTED transaction on one connection, run in the caller's thread. It may run again: after
a deadlock or a serialization failure, and after a connection that was lost before COMMIT was sent. A connection that is
lost while COMMIT is under way leaves the outcome unknown; that is said, never guessed. Reads are snapshots of the
primary, so they hold every write that was acknowledged before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import NoReturn, TypeVar

import psycopg
from psycopg import sql

from imagend.core.errors import OutcomeUnknown, StorageUnavailable
from imagend.core.watch import UNWATCHED, Watch
from imagend.store.base import SchemaRefusal
from imagend.store.postgres_links import Connection, Links, Server
from imagend.store.postgres_rows import PostgresRows, Statements
from imagend.store.postgres_schema import prepare
from imagend.store.postgres_text import postgres_queries
from imagend.store.sql import Reads, Tx

T = TypeVar("T")

RETRIES = 5  # after the first run
PAUSE_SECONDS = 0.01  # before the first of them; doubled, with jitter
LATER_THREADS = 8

WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED"
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
HOUSE = "SET LOCAL imagend.house = 'on'"


AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)  # 40001, 40P01


class _Again(Exception):
    """Nothing was written and the same may succeed in a moment."""


class PostgresStore:
    """See store/base.py."""

    near = False

    def __init__(self, server: Server, uniform: Callable[[], float] = random.random, watch: Watch = UNWATCHED) -> None:
        """Reach the server and bring its schema up to date. `uniform`: numbers in 0..1 for the pauses of repeats.
        Raises BadSetting when the server cannot be reached, is too old, a standby, not durable, or when its schema is
        newer than this program."""
        prepare(server)
        self.url = server.url
        self._uniform = uniform
        self._watch = watch
        self._statements = Statements(postgres_queries())
        self._links = Links(server)
        self._laters = ThreadPoolExecutor(LATER_THREADS, thread_name_prefix="imagend-store")
        self._closed = False

    def later(self, work: Callable[[Tx], T]) -> Future[T]:
        try:
            return self._laters.submit(self.write, work)
        except RuntimeError:
            refused: Future[T] = Future()
            refused.set_exception(StorageUnavailable("the store is closed"))
            return refused

    def write(self, work: Callable[[Tx], T]) -> T:
        return self._repeated(lambda connection: self._written(connection, work))

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        return self._repeated(lambda connection: self._looked_at(connection, work, account_id))

    def close(self) -> None:
        self._closed = True
        self._laters.shutdown(wait=True)
        self._links.close()

    # --- one transaction

    def _written(self, connection: Connection, work: Callable[[Tx], T]) -> T:
        result = self._within(connection, f"{WRITING}; {HOUSE}", lambda rows: work(Tx(rows)))
        began = time.perf_counter()
        _commit(connection)
        self._watch.observe("commit_seconds", time.perf_counter() - began)
        return result

    def _looked_at(self, connection: Connection, work: Callable[[Reads], T], account_id: str | None) -> T:
        result = self._within(connection, f"{READING}; {_scope(account_id)}", lambda rows: work(Reads(rows)))
        _roll_back(connection)
        return result

    def _within(self, connection: Connection, begin: str, work: Callable[[PostgresRows], T]) -> T:
        """Run `work` in a transaction that is left open; rolled back if it raises."""
        try:
            connection.execute(begin.encode(), prepare=False)
            rows = PostgresRows(connection, self._statements)
            result = work(rows)
            rows.flush()
        except BaseException as error:
            _roll_back(connection)
            _fail(error, connection)
        return result

    def _repeated(self, once: Callable[[Connection], T]) -> T:
        """Run `once`, and again while that helps, at most RETRIES times."""
        for run in range(RETRIES + 1):
            if self._closed:
                break
            try:
                with self._links.lent() as connection:
                    return once(connection)
            except _Again as error:
                self._watch.count("commits_failed_total")
                if run == RETRIES:
                    raise _unavailable(error.__cause__ or error) from error
                time.sleep(PAUSE_SECONDS * 2**run * (0.5 + self._uniform()))
        raise StorageUnavailable("the store is closed")


def _scope(account_id: str | None) -> str:
    """Whose rows can be seen: all (the house), or one account's."""
    return HOUSE if account_id is None else f"SET LOCAL imagend.account = {sql.Literal(account_id).as_string()}"


def _commit(connection: Connection) -> None:
    try:
        answer = connection.execute(b"COMMIT", prepare=False).statusmessage
    except psycopg.Error as error:
        if connection.closed:
            raise OutcomeUnknown from error
        _roll_back(connection)
        _fail(error, connection)
    # A statement failed and the work went on as if it had not: PostgreSQL answers such a COMMIT with ROLLBACK.
    assert answer == "COMMIT", "a piece of work hid the error of one of its statements"


def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):
        if not connection.closed:
            connection.execute(b"ROLLBACK", prepare=False)


def _fail(error: BaseException, connection: Connection) -> NoReturn:
    """Raise psycopg's error in the store's words, any other error unchanged. Nothing was committed."""
    if not isinstance(error, psycopg.Error):
        raise error
    if connection.closed or isinstance(error, AGAIN) or _found_no_piece(error):
        raise _Again from error
    if isinstance(error, psycopg.IntegrityError):
        raise SchemaRefusal(str(error)) from error
    if isinstance(error, psycopg.OperationalError | psycopg.InternalError | psycopg.InterfaceError):
        raise _unavailable(error) from error
    raise error


def _found_no_piece(error: psycopg.Error) -> bool:
    """The row was on its way to the default piece of a table when a piece of its own was made; the next run finds
    that. Of all CHECKs only this one has no name."""
    return isinstance(error, psycopg.errors.CheckViolation) and error.diag.constraint_name is None


def _unavailable(error: BaseException) -> StorageUnavailable:
    return StorageUnavailable(f"Storage is unavailable; try again ({type(error).__name__})")
