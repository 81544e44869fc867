from __future__ import annotations

from pathlib import Path

import pytest

from faults.postgres_crashes import run


@pytest.mark.system
def test_a_crash_and_answers_cut_off(tmp_path: Path) -> None:
    """Once each; `make faults` has twenty rounds."""
    finding = run(2, 1, tmp_path)
    assert finding.violations == []
    assert finding.acknowledged > 0
    assert max(finding.recovery_seconds) < 30
