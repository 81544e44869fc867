"""Programs and commands in the documents run as they stand, host and key filled in; those of a page in their order.

A block behind `<!-- not run: why -->` is left out. README and the operators' pages have tests of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.clients import python_of
from tests.system.running import Server
from tests.system.test_samples import SDKS

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^(<!-- not run: [^>]+ -->\n)?```(\w+)\n(.*?)^```", re.M | re.S)
PYTHONS = {"google": "google-genai-3.4.0", "moving-from-google": "google-genai-3.4.0"} | dict.fromkeys(
    ("openai", "moving-from-openai"), "openai-3.54.0"
)
PROGRAMS = [
    "client",
    "google",
    "moving-from-google",
    "moving-from-openai",
    "moving-from-segmind",
    "openai",
    "quickstart",
]
SCRIPTS = ["api", "cli", "google", "live", "quickstart"]


def blocks(page: str, *kinds: str) -> list[str]:
    """What is to run of a page."""
    found = BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text("utf-8"))
    return [code for mark, kind, code in found if kind in kinds and not mark]


def filled(code: str, server: Server) -> str:
    for placeholder in ("SG_...", "YOUR_API_KEY"):
        code = code.replace(placeholder, server.key)
    return code.replace("http://127.0.0.1:8000", server.url)


def run(command: list[str], folder: Path, server: Server) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, timeout=110,
        env={
            "PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1", "HOST": server.url,
            "KEY": server.key, "IMAGEND_API_KEY": server.key, "IMAGEND_BASE_URL": server.url,
            "SEGMIND_API_KEY": server.key, "PYTHONPATH": f"{ROOT / 'src'}:{SDKS['1.3.0']}",
        },
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def awaited(code: str) -> str:
    """A block with `await` in it, as a program."""
    if not re.search(r"^\s*(async|await|.* await )", code, re.M):
        return code
    return f"import asyncio\nasync def main():\n{textwrap.indent(code, '    ')}\nasyncio.run(main())\n"


@pytest.mark.parametrize("page", PROGRAMS)
def test_programs(page: str, server: Server, tmp_path: Path) -> None:
    code = "\n".join(awaited(filled(block, server)) for block in blocks(page, "python"))
    assert code
    python = str(python_of(PYTHONS[page])) if page in PYTHONS else sys.executable
    run([python, "-c", code], tmp_path, server)


@pytest.mark.parametrize("page", SCRIPTS)
def test_commands(page: str, server: Server, tmp_path: Path) -> None:
    code = "\n".join(filled(block, server) for block in blocks(page, "sh", "bash"))
    assert code
    prelude = f'set -euo pipefail\nimagend() {{ "{sys.executable}" -m imagend "$@"; }}\n'
    said = run(["bash", "-c", prelude + code], tmp_path, server)
    assert '"error": "' not in said
    for name in ("cabin.png", "kite.png", "lighthouse.png"):
        if name in code:
            assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
