from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk.house import fast_folder
from tests.webhooks.receiver import Receiver, listening
from tests.webhooks.room import Room, open_room


@pytest.fixture
def room() -> Iterator[Room]:
    with fast_folder() as folder, open_room(folder) as room:
        yield room


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver
