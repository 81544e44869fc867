"""F34: orders cancelled at random moments. Each ends once, COMPLETED and paid or FAILED and free."""

from __future__ import annotations

from pathlib import Path

from faults.campaign import Plan, finding_of, run_part
from faults.load import Pace
from faults.report import Finding


def run(count: int, seed: int, folder: Path) -> Finding:
    pace = Pace(per_second=60, mix={"cancel": 1})
    part = run_part(Plan(seed=seed, acknowledged=count, faults=0, pause_seconds=0.2, pace=pace), folder)
    return finding_of(part, ("F34",), "cancelled at random moments", part.counts["cancel"])
