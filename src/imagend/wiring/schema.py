"""What a database's schema lacks, and giving it that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imagend.settings import Settings
from imagend.store.migrate import pending
from imagend.store.sqlite import SqliteStore, sqlite_migrations, sqlite_version
from imagend.wiring.folder import prepare_folder
from imagend.wiring.servers import postgres_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    applied: int  # version
    pending: tuple[str, ...]  # files of the migrations after it


def schema_of(settings: Settings) -> Schema:
    """Changes nothing. Raises BadSetting, also for a database that is newer than this program."""
    if settings.database_url:
        from imagend.store.postgres_schema import postgres_migrations, postgres_version

        applied, known = postgres_version(postgres_server(settings)), postgres_migrations()
    else:
        applied, known = sqlite_version(settings.data_dir / "imagend.db"), sqlite_migrations()
    return Schema(applied=applied, pending=tuple(one.name for one in pending(known, applied)))


def migrate(settings: Settings) -> None:
    """Apply what is pending. Raises BadSetting, on SQLite also while a server runs."""
    if settings.database_url:
        from imagend.store.postgres_schema import prepare

        prepare(replace(postgres_server(settings), migrate=True))
    else:
        SqliteStore(prepare_folder(settings.data_dir) / "imagend.db").close()
