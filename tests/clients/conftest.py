from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.running import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the bundled model for all clients; it answers to names of models that it does not have."""
    aliases = {"IMAGEND_MODEL_ALIASES": "gemini-2.5-flash-image=imagen-4-fast,dall-e-3=imagen-4-fast"}
    running = Server(tmp_path_factory.mktemp("imagend"), settings=aliases).start()
    yield running
    assert running.stop() == 0, "\n".join(running.lines)
