"""The programs and commands of the README run as they stand, with the host and the key filled in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.clients import python_of
from tests.system.running import Server
from tests.system.test_samples import SDKS

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
COMMANDS = [code for kind, code in BLOCKS if kind == "sh" and "curl" in code]
PYTHONS = {"segmind": "google-genai-2.19.0", "google": "google-genai-3.4.0", "openai": "openai-3.54.0"}


def filled(code: str, server: Server) -> str:
    assert "http://127.0.0.1:8000" in code
    return code.replace("http://127.0.0.1:8000", server.url).replace("SG_...", server.key)


def run(command: list[str], folder: Path, server: Server, **environ: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH",)}
    env = {**kept, "HOME": str(folder), "NO_PROXY": "127.0.0.1", "IMAGEND_API_KEY": server.key, **environ}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, cwd=folder, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def client_of(code: str) -> str:
    return next(name for name in PYTHONS if f"from {name}" in code)


@pytest.mark.parametrize("client", sorted(PYTHONS))
def test_program(client: str, server: Server, tmp_path: Path) -> None:
    [code] = [code for kind, code in BLOCKS if kind == "python" and client_of(code) == client]
    environ = {"PYTHONPATH": str(SDKS["1.3.0"])} if client == "segmind" else {}
    output = run([str(python_of(PYTHONS[client])), "-c", filled(code, server)], tmp_path, server, **environ)
    if client == "segmind":
        assert output.startswith(server.url)
    else:
        assert (tmp_path / "lighthouse.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_command(number: int, server: Server, tmp_path: Path) -> None:
    output = run(["bash", "-c", "set -euo pipefail\n" + filled(COMMANDS[number], server)], tmp_path, server)
    if "/events" in COMMANDS[number]:
        assert "event: status" in output
        assert json.loads(output.splitlines()[-1])["status"] in ("FAILED", "COMPLETED")
        return
    body = json.loads(output)
    assert "error" not in body or body["error"] is None
    assert body.get("output") or body.get("predictions") or body.get("data")
