"""The database and the files: a real SQLite with the real statements, in memory; every transaction can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import apsw

from faults.simulation.world import Crashed, Node, World
from imagend.blobs.base import BlobStat, Content, words_of
from imagend.core.errors import BlobExists, BlobMissing, OutcomeUnknown, StorageUnavailable
from imagend.store.group_commit import public_error
from imagend.store.migrate import migrations, named_queries
from imagend.store.sql import Reads, Tx
from imagend.store.sqlite import WORDS, SqliteRows

T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Wear:
    """Probabilities per transaction, or per verb of the blob store."""

    refuse: float = 0.0  # an error, and nothing is kept
    unknown: float = 0.0  # an error, but all is kept
    crash_before: float = 0.0  # the caller's process dies, and nothing is kept
    crash_after: float = 0.0  # ... and all is kept
    rerun: float = 0.0  # rolled back and run again, as after a serialization failure
    interlude: float = 0.0  # others go on before it begins
    freeze: float = 0.0  # and the caller stands still for long


class Database:
    """The one that all gateways share; for one simulation after the other. `change`: statements by name that are
    replaced by others, to see whether that is noticed."""

    def __init__(self, change: dict[str, str] | None = None) -> None:
        self.connection = apsw.Connection(":memory:", statementcachesize=512)
        for migration in migrations("sqlite", serial="INTEGER PRIMARY KEY"):
            self.connection.execute(migration.script)
        self.connection.execute("PRAGMA foreign_keys = on")
        self.rows = SqliteRows(self.connection, named_queries("sqlite", WORDS) | (change or {}))

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Empty at the beginning. The schema, and what SQLite has prepared for it, are made only once."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        self.connection.close()


class SimulatedStore:
    """One gateway's way to the database; see store/base.py."""

    near = False

    def __init__(self, database: Database, world: World, node: Node, wear: Wear) -> None:
        self._database, self._world, self._node, self._wear = database, world, node, wear
        self._tx = Tx(database.rows)

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        self._before()
        if self._world.chance(self._wear.refuse):
            raise StorageUnavailable
        return work(self._tx)  # one thread: nothing can come between its questions

    def write(self, work: Callable[[Tx], T]) -> T:
        self._before()
        world, wear = self._world, self._wear
        run = self._database.connection
        run.execute("SAVEPOINT work")
        try:
            if world.chance(wear.rerun):
                work(self._tx)
                run.execute("ROLLBACK TO work")
            result = work(self._tx)
            self._fail(wear.refuse, wear.crash_before, StorageUnavailable)
        except BaseException as error:
            run.execute("ROLLBACK TO work")
            run.execute("RELEASE work")
            raise public_error(error) from error
        run.execute("RELEASE work")
        self._fail(wear.unknown, wear.crash_after, world.random.choice([StorageUnavailable, OutcomeUnknown]))
        return result

    def later(self, work: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(self.write(work))
        except Crashed:
            raise
        except BaseException as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """The database outlives its gateways."""

    def _before(self) -> None:
        self._world.interlude(self._node, self._wear.interlude, self._wear.freeze)

    def _fail(self, error: float, crash: float, kind: type[StorageUnavailable]) -> None:
        if self._world.chance(error):
            self._world.say(self._node.name, "the storage fails")
            raise kind
        if self._world.chance(crash):
            self._world.kill(self._node)
            raise Crashed


class Files:
    """What lies on the disk that all gateways share: key to bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}


class SimulatedBlobs:
    """One gateway's way to the files; see blobs/base.py."""

    def __init__(self, files: Files, world: World, node: Node, wear: Wear) -> None:
        self._files, self._world, self._node, self._wear = files.objects, world, node, wear

    def put_new(self, key: str, data: bytes) -> None:
        words_of(key)
        self._fail(self._wear.refuse, self._wear.crash_before)
        if key in self._files:
            raise BlobExists(key)
        self._files[key] = data
        self._fail(self._wear.unknown, self._wear.crash_after)

    def read(self, key: str) -> bytes:
        self._fail(self._wear.refuse, 0.0)
        try:
            return self._files[key]
        except KeyError:
            raise BlobMissing(key) from None

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return iter([self.read(key)[start:stop]])

    def stat(self, key: str) -> BlobStat:
        return BlobStat(size=len(self.read(key)), modified_at=0.0)

    def delete(self, key: str) -> None:
        self._fail(self._wear.refuse, self._wear.crash_before)
        self._files.pop(key, None)
        self._fail(0.0, self._wear.crash_after)

    def list(self, prefix: str) -> Iterator[str]:
        words_of(prefix)
        return iter(sorted(key for key in self._files if key.startswith(f"{prefix}/")))

    def sized(self, prefix: str) -> Iterator[tuple[str, int]]:
        return ((key, len(self._files[key])) for key in self.list(prefix))

    def folders(self, prefix: str) -> Sequence[str]:
        depth = len(words_of(prefix))
        return sorted({key.split("/")[depth] for key in self.list(prefix)})

    def target(self, key: str, content: Content, seconds: int) -> None:
        """None, as with a disk."""

    def link(self, key: str, since: float, seconds: int) -> None:
        """None, as with a disk."""

    def _fail(self, error: float, crash: float) -> None:
        if self._world.chance(error):
            raise StorageUnavailable
        if self._world.chance(crash):
            self._world.kill(self._node)
            raise Crashed
