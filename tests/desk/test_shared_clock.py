"""The database's time in a gateway."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.core.errors import StorageUnavailable
from imagend.desk.shared_clock import REFRESH_SECONDS, SET_BACK_SECONDS, SharedClock


@dataclass
class Worlds:
    """A machine and a database with clocks of their own, and the way between them."""

    there: float = 1_800_000_000.0  # minus the machine's monotonic clock
    here: float = 5.0
    way_out: list[float] = field(default_factory=list)  # seconds of the next questions; then 0.001
    way_back: float = 0.001
    away: bool = False

    def monotonic(self) -> float:
        return self.here

    def ask(self) -> float:
        if self.away:
            raise StorageUnavailable("away")
        self.here += self.way_out.pop(0) if self.way_out else 0.001
        answer = self.here + self.there
        self.here += self.way_back
        return answer

    @property
    def true(self) -> float:
        return self.here + self.there

    def clock(self) -> SharedClock:
        return SharedClock(self.ask, self.monotonic)

    def later(self, clock: SharedClock, seconds: float = REFRESH_SECONDS) -> None:
        self.here += seconds
        clock.refresh()


def test_it_tells_the_time_of_the_database_whatever_the_machine_believes() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    assert clock() == pytest.approx(worlds.true, abs=0.001)
    worlds.here += 1000
    assert clock() == pytest.approx(worlds.true, abs=0.001)
    assert clock.doubt_seconds == pytest.approx(0.2, abs=0.01)


def test_slow_answers_are_not_believed() -> None:
    worlds = Worlds(way_out=[0.001, 2.0, 3.0, 1.0, 0.5, 0.4, 2.0, 9.0])
    clock = worlds.clock()
    assert clock() == pytest.approx(worlds.true, abs=0.001)
    worlds.way_out = [1.0, 2.0, 0.8]
    worlds.later(clock)
    assert clock() == pytest.approx(worlds.true, abs=0.001)


def test_a_drift_is_followed() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    for drift in (0.0005, -0.0005) * 5:
        worlds.there += drift
        worlds.later(clock)
        worlds.here += 1
        assert clock() == pytest.approx(worlds.true, abs=0.0021)


def test_it_jumps_forward_with_the_database() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    worlds.there += 7200  # the machine slept
    worlds.later(clock)
    assert clock() == pytest.approx(worlds.true, abs=0.001)


def test_it_waits_instead_of_going_back() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    before = clock()
    worlds.there -= 30
    worlds.later(clock)
    assert clock() == pytest.approx(before + REFRESH_SECONDS, abs=0.1)
    worlds.here += 10
    assert clock() == pytest.approx(before + REFRESH_SECONDS + 5, abs=0.1)
    worlds.here += 51
    assert clock() == pytest.approx(worlds.true, abs=0.1)


def test_a_clock_that_was_set_back_far_is_not_followed() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    worlds.there -= SET_BACK_SECONDS + 7200
    worlds.later(clock)
    worlds.there += SET_BACK_SECONDS + 7200
    assert clock() == pytest.approx(worlds.true, abs=0.01)


def test_without_a_database_time_goes_on() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    worlds.away = True
    worlds.later(clock, 3600)
    assert clock() == pytest.approx(worlds.true, abs=0.001)
    with pytest.raises(StorageUnavailable):
        worlds.clock()


def test_it_is_not_asked_more_often_than_needed() -> None:
    worlds = Worlds()
    clock = worlds.clock()
    worlds.away = True
    worlds.later(clock, REFRESH_SECONDS - 1)
    assert worlds.here == pytest.approx(5.0 + 0.016 + REFRESH_SECONDS - 1)


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32))
def test_it_never_goes_back_and_ends_near_the_truth(seed: int) -> None:
    draw = random.Random(seed)
    worlds = Worlds()
    clock, seen = worlds.clock(), float("-inf")
    for _ in range(60):
        worlds.here += draw.expovariate(0.2)
        worlds.there += draw.choice((0, 0, 0, 0, 0.001, -0.001, 5, -5))
        worlds.way_out = [draw.expovariate(10) for _ in range(3)]
        clock.refresh()
        now = clock()
        assert now >= seen
        seen = now
    for _ in range(120):
        worlds.later(clock)
        clock()
    assert abs(clock() - worlds.true) <= clock.doubt_seconds + 0.001
