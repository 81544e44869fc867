"""Thousands of generated requests against the document that a running server gives of itself: every answer is one
that the document names, and none is the server's own fault. Phases and exceptions are in `schemathesis.toml`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients import HERE, python_of, run_checks
from tests.system.running import Server, imagend

CLIENT, FOLDER = "schemathesis-4.32.5", HERE / "schemathesis"
LONGEST_SECONDS = 900
SETTINGS = {
    "IMAGEND_BACKEND": "noop",
    "IMAGEND_WORKERS": "1",
    "IMAGEND_PROVENANCE": "off",
    "IMAGEND_SAFETY_PICTURE": "contents",
    "IMAGEND_GOOGLE_DEFAULT_SAMPLE_COUNT": "1",
    "IMAGEND_FAILED_KEYS_PER_MINUTE": "0",
    "IMAGEND_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    "IMAGEND_WEBHOOKS_PER_ACCOUNT": "100",
    "IMAGEND_LOG_LEVEL": "warning",
}
#: Whose key, which paths, how many cases at least.
RUNS = {
    "callers": ((), ("--exclude-path-regex", "^/admin"), 4500),
    "operators": (("--admin",), ("--include-path-regex", "^/admin"), 1000),
}


def run(server: Server, credential: dict[str, Any], folder: Path, *words: str) -> tuple[str, dict[str, Any]]:
    """What schemathesis printed, and its report. Failures make it say how to send each case again."""
    command = [
        str(python_of(CLIENT).with_name("schemathesis")), "--config-file", str(FOLDER / "schemathesis.toml"),
        "run", f"{server.url}/openapi.json", "--report-json-path", str(folder / "report.json"), *words,
    ]  # fmt: skip
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(FOLDER),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1",
        "HOME": str(folder),
        "IMAGEND_FUZZ_KEY": credential["key"],
        "IMAGEND_FUZZ_KEY_ID": credential["id"],
        "IMAGEND_FUZZ_ACCOUNT": credential["account"],
    }
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=environment, timeout=LONGEST_SECONDS
    )
    return done.stdout + done.stderr, json.loads((folder / "report.json").read_text())


@pytest.mark.timeout(LONGEST_SECONDS + 60)
@pytest.mark.parametrize("who", RUNS)
def test_document_holds(who: str, tmp_path: Path) -> None:
    flags, words, least = RUNS[who]
    server = Server(tmp_path / "server", settings=SETTINGS).start()
    try:
        made = imagend(
            "keys", "create", "--name", who, "--credits", "100000", *flags, "--json", "--data-dir", str(server.data_dir)
        )
        said, report = run(server, json.loads(made.stdout), tmp_path, *words)
    finally:
        assert server.stop() == 0
    assert report["exit_code"] == 0, said
    assert report["complete"], said
    assert report["operations"]["tested"] == report["operations"]["selected"] > 0
    assert report["test_cases"]["generated"] >= least
    assert report["test_cases"]["errored"] == 0
    assert not [line for line in server.lines if "internal error" in line], "\n".join(server.lines[-100:])


def test_document_is_valid(server: Server) -> None:
    assert run_checks(CLIENT, "openapi_checks.py", server.url) == "ok\n"
