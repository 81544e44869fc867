"""What is asked of a PostgreSQL server before it is used, and the schema brought up to date."""

from __future__ import annotations

import psycopg

from imagend.core.errors import BadSetting
from imagend.store.migrate import Migration, migrations, pending
from imagend.store.postgres_links import Connection, Server, connect
from imagend.store.postgres_text import SERIAL

OLDEST = 15
#: Any number that no other program uses for an advisory lock of the same database: "imagend" as bytes.
MIGRATION_LOCK = int.from_bytes(b"imagend", "big")
MIGRATION_SECONDS = 600


def prepare(server: Server) -> None:
    """Check the server and bring the schema up to date. Raises BadSetting; never names the password."""
    connection = _reach(server)
    try:
        _check(connection, server)
        _migrate(connection, server)
    except psycopg.Error as error:
        raise BadSetting(f"database_url: {_place(server)} refuses: {_first_line(error)}") from error
    finally:
        connection.close()


def _reach(server: Server) -> Connection:
    if not server.url.startswith(("postgresql://", "postgres://")):
        raise BadSetting("database_url must begin with postgresql://")
    try:
        psycopg.conninfo.conninfo_to_dict(server.url)
    except psycopg.Error:  # its words repeat parts of the URL, where the password is
        raise BadSetting("database_url is not a PostgreSQL URL: postgresql://user:password@host:5432/name") from None
    try:
        return connect(server)
    except psycopg.Error as error:
        raise BadSetting(f"database_url: {_place(server)} cannot be reached: {_first_line(error)}") from None


def _place(server: Server) -> str:
    """Host, port and name of the database: what may be shown of the URL."""
    known = psycopg.conninfo.conninfo_to_dict(server.url)
    return f"{known.get('host', 'localhost')}:{known.get('port', 5432)}/{known.get('dbname', known.get('user', ''))}"


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _check(connection: Connection, server: Server) -> None:
    version = connection.info.server_version // 10000
    if version < OLDEST:
        raise BadSetting(f"database_url: PostgreSQL {version} is too old, imagend needs {OLDEST} or newer")
    found = connection.execute(
        "SELECT pg_is_in_recovery() AS standby, current_setting('fsync') AS fsync,"
        " (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS above,"
        " current_setting('full_page_writes') AS full_page_writes,"
        " current_setting('synchronous_commit') AS synchronous_commit"
    ).fetchone()
    assert found is not None
    if found["standby"]:
        raise BadSetting("database_url: this is a standby; every read and write needs the primary")
    if found["above"] and not server.unsafe:
        raise BadSetting(
            f"database_url: no security of rows holds the role {connection.info.user}; make one that is neither "
            "SUPERUSER nor BYPASSRLS, or set database_unsafe for a trial"
        )
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if found[name] == "off" and not server.unsafe:
            raise BadSetting(
                f"database_url: the server runs with {name} = off and may lose accepted requests; "
                "turn it on, or set database_unsafe for a trial"
            )


def schema_version(connection: Connection) -> int:
    """The newest applied migration, 0 for an empty database."""
    # By the catalog's rows: names looked up before a lock was waited for (to_regclass) may be remembered as missing.
    found = connection.execute(
        "SELECT 1 FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
        " WHERE relname = 'schema_version' AND space.nspname = ANY (current_schemas(false))"
    ).fetchone()
    if found is None:
        return 0
    row = connection.execute("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version").fetchone()
    assert row is not None
    return int(row["version"])


def postgres_migrations() -> list[Migration]:
    return migrations("postgres", serial=SERIAL)


def postgres_version(server: Server) -> int:
    """The schema's version. Raises BadSetting."""
    connection = _reach(server)
    try:
        return schema_version(connection)
    finally:
        connection.close()


def server_version(server: Server) -> int:
    """The major one of the server itself. Raises BadSetting."""
    connection = _reach(server)
    try:
        return connection.info.server_version // 10000
    finally:
        connection.close()


def _migrate(connection: Connection, server: Server) -> None:
    known, applied = postgres_migrations(), schema_version(connection)
    if not pending(known, applied):
        return
    if applied and not server.migrate:
        raise BadSetting(
            f"the database has schema version {applied}, this imagend needs {known[-1].version}: "
            "run `imagend migrate`, or set auto_migrate"
        )
    for name in ("statement_timeout", "lock_timeout"):
        connection.execute(f"SET {name} = '{MIGRATION_SECONDS}s'")
    for migration in known:
        _apply(connection, migration)


def _apply(connection: Connection, migration: Migration) -> None:
    """Apply one migration unless another gateway just has."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        connection.execute("SET LOCAL imagend.house = 'on'")  # migrations see every row
        if schema_version(connection) < migration.version:
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
            connection.execute(migration.script.encode(), prepare=False)
            connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (migration.version,))
