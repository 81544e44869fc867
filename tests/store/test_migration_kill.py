"""A migration that is killed at any of its statements leaves the schema before it or the one after it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from imagend.core.errors import BadSetting
from imagend.store import postgres_schema
from imagend.store.migrate import Migration
from imagend.store.postgres_links import Server, connect
from imagend.store.postgres_schema import postgres_migrations, postgres_version, prepare
from tests.servers.postgres import Cluster

ROOT = Path(__file__).parents[2]
#: Opens the database again and again in children of which each is killed one statement later, until one is not.
DRIVER = """
import json, os, signal, sys
from pathlib import Path
import apsw
from imagend.store.sqlite import SqliteStore, sqlite_migrations

def schema(path):
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    rows = connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    known = any(name == "schema_version" for name, _ in rows)
    version = connection.execute("SELECT MAX(version) FROM schema_version").fetchone()[0] if known else 0
    connection.close()
    return version, rows

def whole(path):
    known = {0: []}
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    for migration in sqlite_migrations():
        connection.execute(migration.script)
        connection.execute("INSERT INTO schema_version (version) VALUES (?)", (migration.version,))
        known[migration.version] = connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    connection.close()
    return known

def child(path, most):
    seen = 0
    def traced(cursor, statement, bindings):
        nonlocal seen
        seen += 1
        if seen == most:
            os.kill(os.getpid(), signal.SIGKILL)
        return True
    apsw.connection_hooks.append(lambda connection: setattr(connection, "exec_trace", traced))
    SqliteStore(path).close()
    os._exit(0)

folder = Path(sys.argv[1])
known, killed, most = whole(folder / "whole.db"), 0, 1
while True:
    path = folder / f"{most}.db"
    pid = os.fork()
    if pid == 0:
        child(path, most)
    status = os.waitpid(pid, 0)[1]
    if path.exists():
        version, rows = schema(path)
        assert rows == known[version], (most, version)
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
    killed, most = killed + 1, most + 1
assert version == max(known)
print(killed)
"""


def test_sqlite_killed_at_every_statement(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(tmp_path)], cwd=ROOT / "src", capture_output=True, text=True, timeout=110,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 80


def statements(script: str) -> Iterator[str]:
    """Those of a script, one by one; bodies of functions stay whole."""
    piece, quoted = "", False
    for line in script.splitlines(keepends=True):
        piece += line
        quoted ^= len(re.findall(r"\$\w*\$", line)) % 2 == 1
        if not quoted and re.search(r";\s*(?:--.*)?$", line):
            yield piece
            piece = ""
    if piece.strip():
        yield piece


def tables(server: Server) -> set[str]:
    with connect(server) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'public'"
        ).fetchall()
    return {row["relname"] for row in rows}


def test_postgres_killed_after_every_statement(postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(url=postgres_cluster.empty_database())
    killed, done = 0, []
    for migration in postgres_migrations():
        before = postgres_version(server), tables(server)
        pieces = list(statements(migration.script))
        for number in range(1, len(pieces) + 1):
            script = "".join(pieces[:number]) + "SELECT pg_terminate_backend(pg_backend_pid());"
            _apply(monkeypatch, server, [*done, replace(migration, script=script)], fails=True)
            assert (postgres_version(server), tables(server)) == before, (migration.name, number)
            killed += 1
        done.append(migration)
        _apply(monkeypatch, server, done, fails=False)
        assert postgres_version(server) == migration.version
    assert killed > 80


def _apply(patch: pytest.MonkeyPatch, server: Server, known: list[Migration], *, fails: bool) -> None:
    patch.setattr(postgres_schema, "postgres_migrations", lambda: known)
    if fails:
        with pytest.raises((BadSetting, psycopg.Error)):
            prepare(server)
    else:
        prepare(server)


def test_an_old_postgres_schema_waits_for_the_operator(
    postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(url=postgres_cluster.empty_database(), migrate=False)
    known = postgres_migrations()
    _apply(monkeypatch, server, known[:-1], fails=False)  # an empty database is made whole
    monkeypatch.setattr(postgres_schema, "postgres_migrations", lambda: known)
    with pytest.raises(BadSetting, match=rf"has schema version {known[-2].version}, .*: run `imagend migrate`"):
        prepare(server)
    prepare(replace(server, migrate=True))
    prepare(server)
