from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.store.base import Store
from tests.store.databases import DATABASES, Database


@pytest.fixture(params=sorted(DATABASES))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return DATABASES[request.param](tmp_path)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    store = database.open()
    yield store
    store.close()
