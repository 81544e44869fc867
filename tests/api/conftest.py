from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.house import Guest, House, open_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A gateway whose painter a test moves by hand."""
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="module")
def working_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A gateway whose painter works by itself."""
    with open_house(tmp_path_factory.mktemp("working"), working=True) as opened:
        yield opened


@pytest.fixture
def guest(house: House) -> Guest:
    return house.guest()


@pytest.fixture
def served(working_house: House) -> Guest:
    return working_house.guest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
