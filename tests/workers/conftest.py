from __future__ import annotations

from collections.abc import Iterator

import pytest

from imagend.core.job import JobPolicy
from tests.workers.gateway import Gateway, fresh_gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with fresh_gateway(JobPolicy()) as gateway:  # leases that do not end by themselves
        yield gateway
