"""Whom a pool on a cluster sends for and sends home."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.workers.placing import Backoff, Berth, Moves, Phase, Wish, moves

phases = st.sampled_from([Phase.PLACING, Phase.WARMING, Phase.READY, Phase.DRAINING])
crews = st.lists(phases, max_size=12).map(
    lambda kinds: [
        Berth(worker_id=f"w{number}", backend="toy", since=float(number), phase=phase)
        for number, phase in enumerate(kinds)
    ]
)


def berth(since: float, ready_at: float | None = None, phase: Phase | None = None) -> Berth:
    phase = phase or (Phase.WARMING if ready_at is None else Phase.READY)
    return Berth(worker_id=f"w{since}", backend="toy", since=since, ready_at=ready_at, phase=phase)


@settings(deadline=None)
@given(crews, st.integers(0, 12), st.integers(0, 12), st.sets(st.integers(0, 11)), st.none() | st.integers(0, 3))
def test_moves_lead_to_the_target(crew: list[Berth], target: int, known: int, busy: set[int], room: int | None) -> None:
    holders = frozenset(f"w{number}" for number in busy)
    asked = moves(crew, Wish(target=target, known=known, holders=holders), room)
    staying = {one.worker_id: one for one in crew if one.phase is not Phase.DRAINING}
    home = (*asked.drain, *asked.withdraw)
    assert len(set(home)) == len(home)
    assert set(home) <= staying.keys()
    assert not (asked.place and home)
    assert asked.place <= (99 if room is None else room)
    ready = {name for name, one in staying.items() if one.phase is Phase.READY}
    if room is None and (known >= len(ready) or target >= len(staying)):
        assert len(staying) + asked.place - len(home) == target
    if known < len(ready):
        assert not ready & set(home), "a gateway that has just been restarted knows nobody yet"
    assert all(staying[name].phase is Phase.PLACING for name in asked.withdraw), "only what has no process is cut off"
    sent = ready & set(home)
    if sent & holders:
        assert ready - sent <= holders, "the idle go first"


def test_nothing_to_do() -> None:
    assert moves([berth(1.0, 2.0)], Wish(target=1, known=0), None) == Moves()


def test_one_mistake_of_many_workers_is_one_bad_end() -> None:
    backoff, crew = Backoff(), [berth(0.0) for _ in range(50)]
    for number, one in enumerate(crew):
        backoff.ended(one, 1.0 + number / 100)
    assert backoff.room([], 1.5) == 0
    assert backoff.room([], 2.0) == 1


def test_pauses_double_and_one_is_tried_at_a_time() -> None:
    backoff, now, pauses = Backoff(), 0.0, []
    for _ in range(9):
        one = berth(now)
        assert backoff.room([one], now) in (0, None)
        backoff.ended(one, now + 0.5)
        began = now = now + 0.5
        while not backoff.room([], now):
            now += 0.5
        pauses.append(now - began)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_worker_that_stays_well_ends_the_back_off() -> None:
    backoff = Backoff()
    backoff.ended(berth(0.0), 1.0)
    probe = berth(2.0, ready_at=5.0)
    assert backoff.room([probe], 14.0) == 1, "nobody else is starting, and the pause is over"
    assert backoff.room([probe, berth(14.0)], 14.5) == 0
    assert backoff.room([probe], 15.0) is None


def test_a_node_full_of_healthy_workers_is_replaced_at_once() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.ended(berth(0.0, ready_at=3.0), 100.0)
    assert backoff.room([], 100.0) is None


def test_workers_that_die_of_their_first_job_are_slowed_down() -> None:
    backoff = Backoff()
    backoff.ended(berth(0.0, ready_at=1.0), 2.0)
    assert backoff.room([], 2.0) is None
    backoff.ended(berth(2.0, ready_at=3.0), 4.0)
    assert backoff.room([], 4.5) == 0
    assert backoff.room([], 5.0) == 1
