from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk.house import House, fast_folder, house_in


@pytest.fixture
def house() -> Iterator[House]:
    with fast_folder() as folder, house_in(folder) as house:
        yield house
