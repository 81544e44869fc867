from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.house import House, fast_folder, house_in


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where possible. A killed process loses nothing that the kernel has, so crash tests may use it too."""
    with fast_folder() as folder:
        yield folder


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with house_in(folder) as house:
        yield house
