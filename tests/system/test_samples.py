"""The published samples run with only the host (or the import line) changed, on the SDK versions in use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.running import Server, clean_environment

SAMPLES = Path(__file__).parents[1] / "samples"
ROOT = Path(__file__).parents[2]
SDK_SAMPLES = ["imagen_4_fast_sdk.py", "imagen_4_ultra_sdk.py", "imagen_sdk.py"]
#: Folders that `make test` installs other SDK versions into.
SDKS = {version: ROOT / ".venv" / "sdk" / f"segmind-{version}" for version in ("1.1.0", "1.2.0", "1.3.0")}


def run(code: str, server: Server, **environ: str) -> list[str]:
    """Run a program as its own process; its output lines."""
    env = clean_environment() | {"SEGMIND_API_KEY": server.key} | environ
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=110)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def check_output(lines: list[str], server: Server) -> None:
    status, output, seconds, request_id = lines
    assert status == "COMPLETED"
    assert output.startswith(f"{server.url}/generations/")
    assert float(seconds) > 0
    assert len(request_id) == 36


@pytest.mark.parametrize("version", SDKS)
@pytest.mark.parametrize("sample", SDK_SAMPLES)
def test_sample_on_the_hosted_sdk(sample: str, version: str, server: Server) -> None:
    code = (SAMPLES / sample).read_text("utf-8")
    here = f'SegmindClient(base_url="{server.url}/v1")'
    code = code.replace("import segmind\n", f"import segmind\nsegmind._default_client = segmind.{here}\n", 1)
    code = code.replace("SegmindClient()", here)
    code += "\nassert segmind.__version__ == " + repr(version)
    check_output(run(code, server, PYTHONPATH=str(SDKS[version])), server)


@pytest.mark.parametrize("sample", SDK_SAMPLES)
def test_sample_with_the_import_line_changed(sample: str, server: Server) -> None:
    code = (SAMPLES / sample).read_text("utf-8")
    code = code.replace("import segmind\n", "import imagend as segmind\n").replace("from segmind", "from imagend")
    check_output(run(code, server, IMAGEND_BASE_URL=server.url), server)


@pytest.mark.parametrize("sample", ["imagen_4_fast_requests.py", "imagen_4_requests.py"])
def test_requests_sample(sample: str, server: Server) -> None:
    code = (SAMPLES / sample).read_text("utf-8")
    assert "https://api.segmind.com" in code
    code = code.replace("https://api.segmind.com", server.url).replace("YOUR_API_KEY", server.key)
    result = json.loads("\n".join(run(code, server)))
    assert result["status"] == "COMPLETED"
    assert result["output"] == result["images"][0]["url"]
