from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.running import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the bundled model for all clients."""
    running = Server(tmp_path_factory.mktemp("imagend")).start()
    yield running
    assert running.stop() == 0, "\n".join(running.lines)
