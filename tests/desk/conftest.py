from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.house import House, fast_folder, house_in
from tests.servers.postgres import Cluster

#: Files whose tests also run on PostgreSQL: where rows are fought for, money moves, and things are forgotten.
ON_BOTH = {
    "test_life_of_a_job", "test_claims", "test_races", "test_sweeps", "test_ledger_threads", "test_webhooks",
    "test_retention", "test_turns", "test_handout", "test_reconciler_slices", "test_audit",
}  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "books" in metafunc.fixturenames:
        both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        metafunc.parametrize("books", ["sqlite", "postgres"] if both else ["sqlite"], indirect=True)


@pytest.fixture
def books(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty PostgreSQL database; None: SQLite in the test's own folder."""
    if request.param == "sqlite":
        return None
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    return cluster.new_database()


@pytest.fixture
def folder(books: str | None) -> Iterator[Path]:
    """In memory where possible. A killed process loses nothing that the kernel has, so crash tests may use it too."""
    with fast_folder() as folder:
        if books is not None:
            (folder / "database_url").write_text(books)
        yield folder


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with house_in(folder) as house:
        yield house
