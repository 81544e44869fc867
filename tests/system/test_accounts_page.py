"""Every block of docs/accounts.md, typed into a shell beside a real server, one after the other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.running import Server, clean_environment, imagend

PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"
SHELL = 'set -euo pipefail\nimagend() { "$PYTHON" -m imagend "$@"; }\n'


def made(server: Server, *words: str) -> Any:
    return json.loads(imagend(*words, "--json", "--data-dir", str(server.data_dir)).stdout)


@pytest.mark.timeout(400)  # some thirty commands, each a process that loads its libraries
def test_the_page_can_be_typed(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", flags=("--workers", "1", "--set", "backend=noop")).start()
    try:
        key = made(server, "keys", "create", "--name", "ann", "--credits", "9")
        admin = made(server, "keys", "create", "--name", "operator", "--admin")
        with server.client(key["key"]) as client:
            paid = client.post("/v1/imagen-4-fast", json={"prompt": "a kite", "width": 256, "height": 256})
        assert paid.status_code == 200, paid.text
        words = {
            "HOST": server.url, "IMAGEND_DATA_DIR": str(server.data_dir), "PYTHON": sys.executable,
            "KEY": key["key"], "KEY_ID": key["id"], "ACCOUNT": key["account"], "ADMIN": admin["key"],
            "REQUEST_ID": paid.json()["request_id"],
        }  # fmt: skip
        for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            done = subprocess.run(
                ["bash", "-c", SHELL + block], env=clean_environment() | words, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        row = next(row for row in made(server, "accounts", "list") if row["id"] == key["account"])
        assert row["credits"] == {"available": 54.0, "held": 0.0, "spent": 0.0, "granted": 54.0}
        assert made(server, "keys", "show", key["id"])["revoked_at"] is not None
    finally:
        assert server.stop() == 0
