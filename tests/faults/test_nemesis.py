"""A short run of the live system under faults, judged as the long runs are (`make faults`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.campaign import Plan, run_part
from faults.load import Pace

SCRIPT = ("kill-worker", "lose-replies", "kill-gateway", "cut-clients", "kill-both")


@pytest.mark.system
def test_nothing_is_lost_doubled_or_mixed_up(tmp_path: Path) -> None:
    part = run_part(
        Plan(
            seed=20, acknowledged=80, faults=len(SCRIPT), script=SCRIPT, pause_seconds=0.5, pace=Pace(per_second=25)
        ),
        tmp_path,
    )  # fmt: skip
    assert part.violations == []
    assert part.acknowledged >= 80
    assert sum(part.faults.values()) >= len(SCRIPT)
    assert part.completed > 0
    assert set(part.recovery) >= set(SCRIPT), "somebody was served after every fault"
    assert not [name for name in part.counts if name.startswith("harness")]
