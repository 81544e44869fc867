"""What compose.yaml says, and the secrets that its script makes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.packages import ROOT

FOLDER = ROOT / "deploy" / "compose"
WHOLE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = WHOLE["services"]


def variables(name: str) -> dict[str, str]:
    """As compose gives them: ${NAME:-default} with nothing set."""
    given = SERVICES[name]["environment"]
    return {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in given.items()}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes, in a copy of its folder."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(FOLDER / "secrets.sh", folder)
    subprocess.run(["sh", "secrets.sh"], cwd=folder, check=True)
    return folder / "secrets"
