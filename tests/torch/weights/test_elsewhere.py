"""`imagend worker` with a models file and folders of its own, for a gateway that has the slugs only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.crews import Crew, free_port, open_server, write_token
from tests.torch.weights.tiny import models_file, tiny_folder

pytestmark = pytest.mark.timeout(300)


def test_weights_of_another_machine(tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "elsewhere"
    at_gateway = tmp_path / "gateway.toml"
    at_gateway.write_text(f'[models.imagen-4]\nweights = "maker/tiny@{"0" * 40}"\nsteps = 3\nguidance = 2\n')
    tiny_folder(home / "tiny")
    at_worker = models_file(home / "models.toml", "./tiny")
    server = open_server(tmp_path, port, MODELS_FILE=str(at_gateway)).start()
    flags = ("--gateway", f"http://127.0.0.1:{port}", "--token-file", str(write_token(tmp_path)))
    crew = Crew((*flags, "--backend", "weights:imagen-4", "--models-file", str(at_worker))).start().ready()
    try:
        body = {"prompt": "a red kite", "width": 300, "height": 260, "seed": 5}
        with server.client() as client:
            answer = client.post("/v1/imagen-4", json=body, timeout=120)
        assert answer.status_code == 200, answer.text
    finally:
        assert crew.stop() == 0
        assert server.stop() == 0
