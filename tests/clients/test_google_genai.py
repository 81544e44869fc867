"""Google's own client, the releases that matter, against a running server process."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.clients import run_checks
from tests.system.running import Server


@pytest.mark.parametrize(
    ("client", "script", "least"),
    [
        ("google-genai-2.19.0", "google_gemini_checks.py", 8),
        ("google-genai-3.4.0", "google_vertex_checks.py", 17),
        ("google-genai-3.4.0", "google_content_checks.py", 12),
    ],
)
def test_google_genai(server: Server, tmp_path: Path, client: str, script: str, least: int) -> None:
    assert run_checks(client, script, server.url, server.key, str(tmp_path)) == "ok\n"
    files = sorted(tmp_path.iterdir())
    assert len(files) >= least
    for file in files:
        with Image.open(file) as picture:
            picture.load()
            found = f"{picture.width}x{picture.height}.{(picture.format or '').lower()}"
        assert file.name.partition("-")[2] == found
