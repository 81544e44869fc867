from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateways.pair import Pair, make_pair
from tests.servers.postgres import Cluster

NewPair = Callable[..., Pair]


@pytest.fixture(scope="module")
def pair(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both run; tests share them and leave them healthy. The books are audited at the end."""
    made = make_pair(postgres_cluster, tmp_path_factory.mktemp("pair"))
    try:
        yield made.start()
        assert made.audit() == ""
    finally:
        made.stop()


@pytest.fixture
def new_pair(postgres_cluster: Cluster, tmp_path: Path) -> Iterator[NewPair]:
    """For tests that kill or stop gateways. Nothing is started."""
    made: list[Pair] = []

    def make(workers: tuple[int, int] = (1, 0), **settings: str) -> Pair:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(make_pair(postgres_cluster, folder, workers, **settings))
        return made[-1]

    yield make
    for one in made:
        one.stop()
