"""Where the database is that several gateways share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagend.core.errors import BadSetting
from imagend.core.secret import Secret
from imagend.settings import Settings

if TYPE_CHECKING:
    from imagend.store.postgres_links import Server


def postgres_server(settings: Settings) -> Server:
    """Raises BadSetting without PostgreSQL's client."""
    try:
        from imagend.store.postgres_links import Server
    except ImportError as error:
        raise BadSetting("database_url needs PostgreSQL's client: pip install 'imagend[postgres]'") from error
    return Server(
        url=Secret(settings.database_url).reveal(),
        connections=settings.database_connections,
        wait_seconds=settings.database_wait_seconds,
        statement_seconds=settings.database_statement_seconds,
        lock_seconds=settings.database_lock_seconds,
        idle_seconds=settings.database_idle_seconds,
        prepare=settings.database_prepare,
        migrate=settings.auto_migrate,
        unsafe=settings.database_unsafe,
    )
