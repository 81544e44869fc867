"""One thread that owns the writing connection and commits many callers' work with one fsync.

While a commit waits for the disk, further work queues up and shares the next one. Each piece runs in its own
savepoint, so one that raises does not hurt the others; futures resolve only after COMMIT has returned.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from imagend.core.errors import StorageUnavailable
from imagend.core.watch import UNWATCHED, Watch
from imagend.store.base import SchemaRefusal
from imagend.store.sql import Tx

T = TypeVar("T")

#: After these the page cache may not be what the disk has: nothing more is written by this process.
FATAL = (apsw.IOError, apsw.CorruptError, apsw.NotADBError)


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Callable[[Tx], Any]
    future: Future[Any]


def public_error(error: BaseException) -> BaseException:
    """SQLite's error in the store's words; any other error unchanged."""
    if isinstance(error, apsw.ConstraintError):
        return SchemaRefusal(str(error))
    if isinstance(error, apsw.Error):
        return StorageUnavailable(f"Storage is unavailable; try again ({type(error).__name__})")
    return error


class GroupCommit:
    def __init__(
        self,
        connection: apsw.Connection,
        tx: Tx,
        on_fatal: Callable[[BaseException], None],
        most: int = 64,
        watch: Watch = UNWATCHED,
        on_full: Callable[[], None] = lambda: None,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_fatal` is called from the writer thread, once, when the disk can no longer be trusted;
        `on_full` when it has no room; `committed` after each commit, before anybody is told of it."""
        self._connection = connection
        self._tx = tx
        self._on_fatal = on_fatal
        self._most = most
        self._watch = watch
        self._on_full = on_full
        self._committed = committed
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._door = threading.Lock()  # nothing is handed over after the closing None
        self._shut: StorageUnavailable | None = None
        self._fatal: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="imagend-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._door:
            if self._shut is not None:
                future.set_exception(self._shut)
            else:
                self._pieces.put(_Piece(work, future))
        return future

    def close(self) -> None:
        """Commit what was handed over, then end the thread."""
        self._refuse(StorageUnavailable("the store is closed"))
        self._thread.join()

    def _refuse(self, reason: StorageUnavailable) -> None:
        with self._door:
            if self._shut is None:
                self._shut = reason
                self._pieces.put(None)

    def _run(self) -> None:
        while batch := self._next_batch():
            self._commit(batch)

    def _next_batch(self) -> list[_Piece]:
        """At least one piece, waiting for it; empty at the end."""
        batch: list[_Piece] = []
        with suppress(Empty):
            while len(batch) < self._most:
                piece = self._pieces.get(block=not batch)
                if piece is None:
                    if batch:
                        self._pieces.put(None)  # seen again when this batch is done
                    return batch
                if piece.future.set_running_or_notify_cancel():
                    batch.append(piece)
        return batch

    def _commit(self, batch: list[_Piece]) -> None:
        if self._fatal is not None:
            _fail(batch, self._fatal)
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            answers = [self._attempt(piece) for piece in batch]
            began = time.perf_counter()
            self._connection.execute("COMMIT")
            self._watch.observe("commit_seconds", time.perf_counter() - began)
            self._watch.observe("commit_batch_size", len(batch))
            self._committed()
        except BaseException as error:  # whatever it is, this thread lives on and nobody waits for ever
            self._abandon(batch, error)
            return
        for piece, (result, refusal) in zip(batch, answers, strict=True):
            if refusal is not None:
                piece.future.set_exception(refusal)
            else:
                piece.future.set_result(result)

    def _attempt(self, piece: _Piece) -> tuple[Any, BaseException | None]:
        """(result, None) or (None, error). Raises only when the whole batch is lost."""
        self._connection.execute("SAVEPOINT piece")
        try:
            result = piece.work(self._tx)
        except BaseException as error:
            if isinstance(error, (*FATAL, apsw.FullError)) or not self._connection.in_transaction:
                raise  # SQLite itself has rolled everything back, or must not be trusted to
            self._connection.execute("ROLLBACK TO piece")
            self._connection.execute("RELEASE piece")
            return None, public_error(error)
        self._connection.execute("RELEASE piece")
        return result, None

    def _abandon(self, batch: list[_Piece], error: BaseException) -> None:
        """Nothing of the batch is kept; nobody in it gets an answer as if it were."""
        self._watch.count("commits_failed_total")
        with suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        if isinstance(error, apsw.FullError):
            self._on_full()
        if isinstance(error, FATAL):
            self._fatal = error
            self._refuse(StorageUnavailable(f"the disk failed: {error}"))
        _fail(batch, error)
        if self._fatal is not None:
            self._on_fatal(self._fatal)


def _fail(batch: list[_Piece], cause: BaseException) -> None:
    for piece in batch:
        failure = StorageUnavailable(f"Storage is unavailable; try again ({type(cause).__name__})")
        failure.__cause__ = cause
        piece.future.set_exception(failure)
