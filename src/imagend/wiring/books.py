"""The database, for the server and for commands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagend.blobs.signing import secret_file
from imagend.core.errors import BadSetting
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.clock import steady_clock
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.store.sqlite import SqliteStore
from imagend.wiring.filesystems import check_local
from imagend.wiring.folder import prepare_folder, secrets_folder


def open_store(
    settings: Settings, on_fatal: Callable[[BaseException], None], watch: Watch, on_full: Callable[[], None]
) -> Store:
    """The server's database. Raises BadSetting when it is in use, damaged, unreachable or newer than this program."""
    if settings.database_url:
        return _postgres(settings, watch)
    folder = prepare_folder(settings.data_dir)
    check_local(folder)
    return SqliteStore(folder / "imagend.db", on_fatal=on_fatal, watch=watch, on_full=on_full)


def open_beside(settings: Settings) -> Store:
    """The same database for a command that runs beside a server, or before its first start."""
    if settings.database_url:
        return _postgres(settings, UNWATCHED)
    return SqliteStore(prepare_folder(settings.data_dir) / "imagend.db", exclusive=False)


def _postgres(settings: Settings, watch: Watch) -> Store:
    try:
        from imagend.store.postgres import PostgresStore
        from imagend.store.postgres_links import Server
    except ImportError as error:
        raise BadSetting("database_url needs PostgreSQL's client: pip install 'imagend[postgres]'") from error
    return PostgresStore(
        Server(
            url=settings.database_url,
            connections=settings.database_connections,
            wait_seconds=settings.database_wait_seconds,
            statement_seconds=settings.database_statement_seconds,
            lock_seconds=settings.database_lock_seconds,
            idle_seconds=settings.database_idle_seconds,
            prepare=settings.database_prepare,
            unsafe=settings.database_unsafe,
        ),
        watch=watch,
    )


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts]:
    """Keys and credits for a command beside a running server, or before its first start."""
    store = open_beside(settings)
    try:
        yield Accounts(store, secret_file(secrets_folder(settings) / "pepper"), steady_clock())
    finally:
        store.close()


def audit_books(settings: Settings) -> list[str]:
    """What is wrong with the books, beside a running server or without one; see desk/audit.py."""
    store = open_beside(settings)
    try:
        return audit(store)
    finally:
        store.close()
