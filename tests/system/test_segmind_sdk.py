"""The hosted API's own SDK, three versions, against a running server process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.running import Server, clean_environment
from tests.system.test_samples import SDKS

CHECKS = Path(__file__).with_name("segmind_checks.py")


@pytest.fixture(scope="module", params=SDKS)
def found(request: pytest.FixtureRequest, server: Server) -> dict[str, Any]:
    env = clean_environment() | {"PYTHONPATH": str(SDKS[request.param])}
    done = subprocess.run(
        [sys.executable, str(CHECKS), server.url, server.key], capture_output=True, text=True, env=env, timeout=110
    )
    assert done.returncode == 0, done.stderr
    findings: dict[str, Any] = json.loads(done.stdout)
    return findings


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("run", ["COMPLETED", True, True]),
        ("run_sync", [200, "COMPLETED"]),
        ("binary", ["image/jpeg", [256, 256]]),
        ("submit", [True, "COMPLETED"]),
        ("timeout", True),
        ("bad_key", [401, "Unauthorized. API key is invalid or may have expired..."]),
        ("no_prompt", [400, "Prompt is Mandatory and must be string"]),
        ("unknown", [404, "Model not found: imagen-99"]),
        ("range", [400, "steps must be an integer from 1 to 100"]),
    ],
)
def test_call(call: str, expected: object, found: dict[str, Any]) -> None:
    assert found[call] == expected


def test_a_failing_job_raises_with_the_servers_words(found: dict[str, Any]) -> None:
    detail, status = found["failed"]
    assert "cancelled" in detail.lower()
    assert status == "FAILED"
