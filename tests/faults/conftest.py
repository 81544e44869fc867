from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import house


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """In memory where there is any: nothing here asks the real disk."""
    with house.fast_folder() as folder:
        yield folder
