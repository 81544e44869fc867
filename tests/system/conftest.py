from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.running import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the bundled model that tests share as long as they leave it healthy."""
    running = Server(tmp_path_factory.mktemp("imagend")).start()
    yield running
    assert running.stop() == 0, "\n".join(running.lines)


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
