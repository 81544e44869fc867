"""The database, for the server and for commands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagend.blobs.signing import secret_file
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.prints import check_secret
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.store.sqlite import SqliteStore
from imagend.wiring.filesystems import check_local
from imagend.wiring.folder import prepare_folder, secrets_folder
from imagend.wiring.neighbours import open_neighbours
from imagend.wiring.servers import postgres_server


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
    server = postgres_server(settings)
    from imagend.store.postgres import PostgresStore

    return PostgresStore(server, watch=watch)


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts]:
    """Keys and credits for a command beside a running server, or before its first start."""
    store = open_beside(settings)
    try:
        with open_neighbours(settings, "command", listening=False) as neighbours:
            pepper = secret_file(secrets_folder(settings) / "pepper")
            check_secret(store, "pepper", pepper)
            yield Accounts(store, pepper, neighbours.clock, hints=neighbours.hints)
    finally:
        store.close()


def audit_books(settings: Settings) -> list[str]:
    """What is wrong with the books, beside a running server or without one; see desk/audit.py."""
    store = open_beside(settings)
    try:
        return audit(store)
    finally:
        store.close()
