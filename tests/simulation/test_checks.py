"""What the judge of the simulation says where a clock was set: time that passed for nobody makes nobody late."""

from __future__ import annotations

import pytest

from faults.simulation import checks
from faults.simulation.history import History
from imagend.core.job import State
from tests.store.databases import NOW, job

#: Of a gateway that was started again and again for a minute: (from, to), seconds of its clock. With its deadline at 32
#: and its end at 156, a job was 124 s late by that clock and 54 s late by everybody else's.
LEAPS = [(8.0, 28.0), (53.0, 73.0), (74.0, 69.0), (69.0, 89.0), (111.0, 106.0), (106.0, 126.0), (130.0, 150.0)]


def verdict(ended: float, leaps: list[tuple[float, float]]) -> list[str]:
    history = History(leaps=[(NOW + since, NOW + to) for since, to in leaps])
    late = job("j", state=State.FAILED, deadline_at=NOW + 32.0, finished_at=NOW + ended, lease=None)
    return list(checks._finality({"j": late}, history))


def test_time_that_a_clock_leapt_over_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(156.0, []) == ["j ended 124 s after its deadline"]
    assert verdict(156.0, LEAPS) == []
    monkeypatch.setattr(checks, "LATE_SECONDS", 50.0)
    assert verdict(156.0, LEAPS) == ["j ended 54 s after its deadline"], "what did pass still counts"


def test_a_leap_before_the_deadline_or_after_the_end_excuses_nothing() -> None:
    assert verdict(156.0, [(0.0, 30.0), (160.0, 400.0)]) == ["j ended 124 s after its deadline"]
    assert verdict(156.0, [(30.0, 34.0)]) == ["j ended 122 s after its deadline"]


def test_time_that_a_clock_showed_twice_passed_twice() -> None:
    assert verdict(151.0, [(100.0, 95.0)]) == ["j ended 124 s after its deadline"]
