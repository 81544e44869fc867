"""The store on one SQLite file: write-ahead log, fsync at every commit, one writing thread, read-only readers.

apsw brings its own SQLite: the versions before 3.51.3 that distributions link can damage a write-ahead log when two
connections write and checkpoint at once (https://sqlite.org/wal.html, "the WAL-reset bug").
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import apsw

from imagend.core.errors import BadSetting, StorageUnavailable
from imagend.core.watch import UNWATCHED, Watch
from imagend.store.group_commit import GroupCommit, public_error
from imagend.store.lock import FolderLock
from imagend.store.mark import Mark
from imagend.store.migrate import Migration, migrations, named_queries, pending
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx

T = TypeVar("T")

BUSY_MILLISECONDS = 5000
CHECKPOINT_PAGES = 2000
#: One transaction writes at a time: there is nothing to lock.
WORDS = {"skip_locked": "", "lock_row": "", "lock_name": "1", "try_lock_name": "1"}


class SqliteRows:
    """One connection as the verbs of sql.py want it."""

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str]) -> None:
        self._connection = connection
        self._queries = queries

    def run(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        cursor = self._connection.execute(self._queries[name], values)
        first = cursor.fetchone()
        if first is None:
            return []
        columns = [column[0] for column in cursor.get_description()]
        return [dict(zip(columns, row, strict=True)) for row in (first, *cursor)]


def _ignore(error: BaseException) -> None:
    """The refused writes say it themselves."""


class SqliteStore:
    """See store/base.py. `exclusive` is the server's way: it takes the folder's lock and checks the file; a command
    that only writes accounts opens beside a running server with exclusive=False."""

    near = True

    def __init__(
        self,
        path: Path,
        *,
        exclusive: bool = True,
        on_fatal: Callable[[BaseException], None] = _ignore,
        watch: Watch = UNWATCHED,
        on_full: Callable[[], None] = lambda: None,
    ) -> None:
        """Make or open the database, apply migrations. Raises BadSetting when the folder is in use by another server,
        the file is damaged or newer than this program, or the file system cannot hold a write-ahead log."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FolderLock(path.with_suffix(".lock")) if exclusive else None
        self._mark = Mark(path.with_suffix(".mark")) if exclusive else None
        self._readers: LifoQueue[apsw.Connection] = LifoQueue()
        self._queries = named_queries("sqlite", WORDS)
        self._closed = False
        try:
            self._writing = self._open_writing(exclusive)
        except BaseException:
            self._let_go()
            raise
        self._writer = GroupCommit(
            self._writing,
            Tx(SqliteRows(self._writing, self._queries)),
            on_fatal,
            watch=watch,
            on_full=on_full,
            committed=self._note,
        )

    def later(self, work: Callable[[Tx], T]) -> Future[T]:
        return self._writer.submit(work)

    def write(self, work: Callable[[Tx], T]) -> T:
        return self._writer.submit(work).result()

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        try:
            connection = self._borrow_reader()
            try:
                return self._on_snapshot(connection, work)
            finally:
                self._give_back(connection)
        except apsw.Error as error:
            raise public_error(error) from error

    def close(self) -> None:
        self._closed = True
        self._writer.close()
        while not self._readers.empty():
            self._readers.get().close()
        self._writing.close()
        self._let_go()

    # --- opening

    def _open_writing(self, exclusive: bool) -> apsw.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # -wal and -shm copy its mode
        connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            self._prepare(connection, exclusive)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            connection.close()
            raise BadSetting(f"{self._path.name} is damaged ({error}); restore it from a backup") from error
        except apsw.Error as error:
            connection.close()
            raise public_error(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: apsw.Connection, exclusive: bool) -> None:
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        if connection.execute("PRAGMA journal_mode = wal").fetchone() != ("wal",):
            raise BadSetting(f"{self._path.parent} cannot hold a write-ahead log; use a local file system")
        connection.execute("PRAGMA synchronous = full")
        connection.execute("PRAGMA foreign_keys = on")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES if exclusive else 0}")
        if exclusive:
            self._check(connection)
        self._migrate(connection, exclusive)
        if self._mark is not None and (missing := self._mark.read() - _newest_entry(connection)) > 0:
            raise BadSetting(
                f"{self._path.name} has lost {missing} acknowledged ledger entries: its log was damaged or cut; "
                f"restore it from a backup, or remove {self._path.with_suffix('.mark').name} to go on without them"
            )

    def _check(self, connection: apsw.Connection) -> None:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
        if found != ["ok"]:
            raise BadSetting(f"{self._path.name} is damaged ({'; '.join(found)}); restore it from a backup")

    def _migrate(self, connection: apsw.Connection, exclusive: bool) -> None:
        known = sqlite_migrations()
        if not pending(known, _schema_version(connection)):
            return
        guard = None if exclusive else FolderLock(self._path.with_suffix(".lock"))  # never under a running server
        try:
            for migration in known:
                _apply(connection, migration)
        finally:
            if guard is not None:
                guard.release()

    # --- reading

    def _borrow_reader(self) -> apsw.Connection:
        if self._closed:
            raise StorageUnavailable("the store is closed")
        try:
            return self._readers.get_nowait()
        except Empty:
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
            connection.set_busy_timeout(BUSY_MILLISECONDS)
            connection.execute("PRAGMA query_only = on")
            return connection

    def _give_back(self, connection: apsw.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._readers.put(connection)

    def _on_snapshot(self, connection: apsw.Connection, work: Callable[[Reads], T]) -> T:
        connection.execute("BEGIN")
        try:
            return work(Reads(SqliteRows(connection, self._queries)))
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")

    def _let_go(self) -> None:
        if self._mark is not None:
            self._mark.close()
        if self._lock is not None:
            self._lock.release()

    def _note(self) -> None:
        if self._mark is not None:
            self._mark.write(_newest_entry(self._writing))


def sqlite_migrations() -> list[Migration]:
    return migrations("sqlite", serial="INTEGER PRIMARY KEY")


def sqlite_version(path: Path) -> int:
    """The schema's version of a file that is left as it is; 0 if there is none. Raises BadSetting."""
    if not path.exists():
        return 0
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return _schema_version(connection)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise BadSetting(f"{path.name} is damaged ({error}); restore it from a backup") from error
    finally:
        connection.close()


def _newest_entry(connection: apsw.Connection) -> int:
    row = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM ledger").fetchone()
    assert row is not None
    return int(row[0])


def _schema_version(connection: apsw.Connection) -> int:
    """The newest applied migration, 0 for an empty database."""
    found = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").fetchone()
    if found is None:
        return 0
    row = connection.execute("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetchone()
    assert row is not None
    return int(row[0])


def _apply(connection: apsw.Connection, migration: Migration) -> None:
    """Apply one migration unless somebody else just has."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _schema_version(connection) < migration.version:
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
            connection.execute(migration.script)
            connection.execute("INSERT INTO schema_version (version) VALUES (?)", (migration.version,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
