from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deployments.kinds import KINDS
from tests.system.running import Server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One deployment with the bundled model for all clients; it answers to names of models that it does not have."""
    aliases = {"IMAGEND_MODEL_ALIASES": "gemini-2.5-flash-image=imagen-4-fast,dall-e-3=imagen-4-fast"}
    kind = KINDS[request.config.getoption("--deployment")]
    with kind(tmp_path_factory.mktemp("imagend"), aliases) as running:
        yield running
