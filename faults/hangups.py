"""F35: callers of v1 hang up at random moments. Their orders are cancelled or completed, and nothing of them stays."""

from __future__ import annotations

from pathlib import Path

from faults.campaign import Plan, finding_of, run_part
from faults.load import Pace
from faults.report import Finding


def run(count: int, seed: int, folder: Path) -> Finding:
    pace = Pace(per_second=60, mix={"leave": 9, "wait": 1}, orders="sleep=40")
    plan = Plan(seed=seed, acknowledged=max(1, count // 10), faults=0, pause_seconds=0.2, pace=pace)
    part = run_part(plan, folder)
    return finding_of(part, ("F35",), "callers of v1 hang up", part.counts["leave"])
