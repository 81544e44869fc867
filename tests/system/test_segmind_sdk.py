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

HERE = Path(__file__).parent


def findings(script: str, version: str, server: Server) -> dict[str, Any]:
    """What the script says when it runs with this version of the SDK."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), server.url, server.key],
        capture_output=True,
        text=True,
        env=clean_environment() | {"PYTHONPATH": str(SDKS[version])},
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module", params=SDKS)
def found(request: pytest.FixtureRequest, server: Server) -> dict[str, Any]:
    return findings("segmind_checks.py", request.param, server)


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


@pytest.mark.parametrize("version", SDKS)
def test_namespaces(version: str, server: Server) -> None:
    found = findings("segmind_namespace_checks.py", version, server)
    assert set(found.pop("models")) == {"imagen", "imagen-4", "imagen-4-fast", "imagen-4-ultra"}
    assert found.pop("recent")
    assert {"user_id", "email", "credits"} <= set(found.pop("account"))
    latest = {"history": [True, "COMPLETED"], "get": "a red ball", "get unknown": 404} if version == "1.3.0" else {}
    broken = "'PixelFlows' object has no attribute 'client'"  # the oldest version cannot poll workflows anywhere
    assert found == latest | {
        "generations": [True, "a red ball"],
        "upload": True,
        "workflow queued": "QUEUED",
        "workflow": broken if version == "1.1.0" else ["COMPLETED", "image"],
        "finetunes": [],
        "finetune": 404,
    }
