from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deployments.kinds import KINDS
from tests.system.running import Server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One deployment with the bundled model that tests share as long as they leave it healthy."""
    with KINDS[request.config.getoption("--deployment")](tmp_path_factory.mktemp("imagend"), {}) as running:
        yield running


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers of one's own, for tests that kill them."""
    made: list[Server] = []

    def make(*flags: str) -> Server:
        made.append(Server(tmp_path / f"server-{len(made)}", flags))
        return made[-1].start()

    yield make
    for running in made:
        if running.process and running.process.poll() is None:
            running.stop()
