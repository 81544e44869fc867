"""Models for the tests on Ray, opened in workers as `tests.workers.ray_toys:<name>`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from tests.workers.toy import SPEC, ToyBackend

SLOW = "tests.workers.ray_toys:slow"
BROKEN = "tests.workers.ray_toys:broken"


def slow() -> ToyBackend:
    """5 steps take two seconds."""
    backend = ToyBackend(0.4)
    backend.spec = replace(SPEC, name=SLOW)
    return backend


def broken() -> ToyBackend:
    """Notes when it was opened, and cannot be."""
    with (Path.home() / "opened").open("a") as file:
        file.write(f"{time.time()}\n")
    raise ImportError("no module named weights")
