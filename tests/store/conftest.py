from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imagend.store.base import Store
from tests.servers.postgres import Cluster, found_binaries, newest
from tests.store.databases import Database, PostgresDatabase, SqliteDatabase

#: SQLite, and every PostgreSQL that is here: the machine's and the one inside the wheel.
DATABASES = ["sqlite", *(f"postgres{version}" for version in sorted(found_binaries()) or [newest().version])]


class Clusters:
    """One per version, started when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[int, Cluster] = {}

    def of(self, version: int) -> Cluster:
        if version not in self._running:
            self._running[version] = self._stack.enter_context(Cluster.running(found_binaries()[version]))
        return self._running[version]


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    with ExitStack() as stack:
        yield Clusters(stack)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, clusters: Clusters) -> Database:
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path)
    return PostgresDatabase(clusters.of(int(request.param.removeprefix("postgres"))).new_database())


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    store = database.open()
    yield store
    store.close()
