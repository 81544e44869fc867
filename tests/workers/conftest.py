from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workers.gateway import Gateway, fresh_gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with fresh_gateway() as gateway:
        yield gateway
