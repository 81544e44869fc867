"""Real clients of the three dialects, each in an environment of its own, because their dependencies clash.

`requirements/NAME.txt` pins a client with all it needs; `make test` installs it into `.venv/clients/NAME`. Checks are
plain scripts that the client's Python runs against a real server: `NAME/bin/python checks.py URL KEY`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv" / "clients"
CHECK_SECONDS = 100.0


def python_of(client: str) -> Path:
    """The interpreter that has this client, e.g. "openai-3.54.0"."""
    python = ENVIRONMENTS / client / "bin" / "python"
    assert python.exists(), f"{client} is not installed; `make .venv/clients/{client}/.installed` does it"
    return python


def run_checks(client: str, script: str, *arguments: str) -> str:
    """Run a script of this folder with a client's Python; what it printed. Its assertions are this test's."""
    done = subprocess.run(
        [str(python_of(client)), "-W", "error::DeprecationWarning:__main__", str(HERE / script), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "HOME": str(HERE)},
    )
    assert done.returncode == 0, f"{script} with {client}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
