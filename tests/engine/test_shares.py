"""Tenants in one engine: compute time is shared, whatever it is spent on, and nobody is starved inside a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagend.engine.engine import Engine
from imagend.engine.events import Event, Finished
from imagend.engine.shares import Shares
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine

STEP, DRAW = 1.0, 20.0  # seconds


class Timed:
    """An engine beside a clock that says what each step took: a row costs `STEP`, a decoding `draw` seconds."""

    def __init__(self, *, useful_lanes: int | None = 1, draw: float = DRAW, free_batches: bool = False) -> None:
        self.backend = ToyBackend()
        self.backend.spec = replace(self.backend.spec, useful_lanes=useful_lanes)
        self.engine: Engine = toy_engine(self.backend)
        self.now = 0.0
        self.spent: dict[str, float] = {}
        self.done_at: dict[str, float] = {}
        self._draw = draw
        self._free_batches = free_batches

    def step(self) -> list[Event]:
        calls = len(self.backend.batches)
        events = self.engine.step()
        rows = sum(self.backend.batches[calls:])
        cost = min(rows, 1) * STEP if self._free_batches else rows * STEP
        cost += sum(self._draw for event in events if isinstance(event, Finished))
        self.now += cost
        for ticket, seconds in self.engine.charge(cost).items():
            self.spent[ticket[0]] = self.spent.get(ticket[0], 0.0) + seconds
        self.done_at |= {event.ticket: self.now for event in events if isinstance(event, Finished) and not event.left}
        return events

    def run(self, until: Callable[[], bool]) -> None:
        while not until():
            self.step()


def crowd(timed: Timed, jobs: int = 8, **changes: int) -> None:
    for number in range(jobs):
        timed.engine.add(f"a{number}", recipe(**changes), share="a")


def alone(**changes: int) -> float:
    timed = Timed()
    timed.engine.add("b", recipe(**changes), share="b")
    timed.run(lambda: timed.engine.idle)
    return timed.now


@pytest.mark.parametrize("arrives_at", [0, 7, 30, 100])
def test_a_single_picture_beside_a_crowd_takes_at_most_twice_its_time_and_one_piece_of_work(arrives_at: int) -> None:
    timed = Timed()
    crowd(timed, steps=20)
    for _ in range(arrives_at):
        timed.step()
    before = timed.now
    timed.engine.add("b", recipe(steps=20), share="b")
    timed.run(lambda: "b" in timed.done_at)
    assert timed.done_at["b"] - before <= 2 * alone(steps=20) + DRAW


def test_a_long_decoding_waits_until_the_other_has_had_as_much() -> None:
    """The crowd has a picture ready to be drawn when the newcomer comes: its steps go first, for they end sooner."""
    timed = Timed()
    crowd(timed, jobs=2, steps=4)
    timed.run(lambda: bool(timed.done_at))  # from now on it is known what a drawing takes
    timed.run(lambda: timed.engine.pictures_in_flight == 1 and not timed.engine._lanes)
    before = timed.now
    timed.engine.add("b", recipe(steps=10), share="b")
    timed.run(lambda: timed.spent.get("b", 0.0) == 10 * STEP)
    assert timed.now - before == 10 * STEP
    timed.run(lambda: "b" in timed.done_at)
    assert timed.done_at["b"] - before <= alone(steps=10) + DRAW


def test_shares_get_equal_time_and_not_equal_steps() -> None:
    """One share draws often (few steps), the other denoises long."""
    timed = Timed()
    for number in range(40):
        timed.engine.add(f"a{number}", recipe(steps=1), share="a")
        timed.engine.add(f"b{number}", recipe(steps=60), share="b")
    timed.run(lambda: timed.now > 600)
    assert timed.spent["a"] == pytest.approx(timed.spent["b"], abs=2 * DRAW)


def test_weights_divide_the_time() -> None:
    timed = Timed(draw=1.0)
    for number in range(30):
        timed.engine.add(f"a{number}", recipe(steps=20), share="a", weight=1.0)
        timed.engine.add(f"b{number}", recipe(steps=20), share="b", weight=3.0)
    timed.run(lambda: timed.now > 200)
    assert timed.spent["b"] == pytest.approx(3 * timed.spent["a"], rel=0.1)


def test_one_share_is_served_as_if_there_were_no_shares() -> None:
    tickets = [f"{number}" for number in range(6)]
    order = []
    for share in ("", "someone"):
        engine = toy_engine()
        for number, ticket in enumerate(tickets):
            engine.add(ticket, recipe(steps=3 + number % 3), share=share)
        order.append([event.ticket for event in run_to_end(engine) if isinstance(event, Finished)])
    assert order[0] == order[1]


def test_batches_are_filled_from_all_shares_when_that_is_free() -> None:
    timed = Timed(useful_lanes=None, free_batches=True, draw=0.0)
    crowd(timed, jobs=20, steps=30)
    timed.step()
    before = timed.now
    timed.engine.add("b", recipe(steps=10), share="b")
    timed.run(lambda: "b" in timed.done_at)
    assert set(timed.backend.batches) == {8}
    assert timed.done_at["b"] - before == alone(steps=10) - DRAW  # in every batch: no slower than alone


def test_useful_lanes_keep_batches_small_and_pictures_the_same() -> None:
    small, large = Timed(useful_lanes=2), Timed(useful_lanes=None)
    pictures = []
    for timed in (small, large):
        for number in range(6):
            timed.engine.add(f"{number}", recipe(steps=4, seed=number), share=str(number % 3))
        events: list[Event] = []
        while not timed.engine.idle:
            events += timed.step()
        pictures.append({key: event.pixels.tobytes() for key, event in finished(events).items()})
    assert max(small.backend.batches) == 2
    assert max(large.backend.batches) == 6
    assert pictures[0] == pictures[1]


def test_a_short_order_passes_long_ones_of_its_own_share_also_without_batches() -> None:
    timed = Timed(draw=1.0)
    crowd(timed, jobs=8, steps=100)
    timed.engine.add("s", recipe(steps=4), share="a")
    timed.run(lambda: "s" in timed.done_at)
    assert len(timed.done_at) <= 3


def test_leaving_and_coming_back_earns_nothing() -> None:
    """A tenant that orders one picture after another gets no more than one that keeps a queue."""
    timed = Timed()
    for number in range(60):
        timed.engine.add(f"a{number}", recipe(steps=10), share="a")
    count = 0
    while timed.now < 900:
        if not any(ticket.startswith("b") for ticket in timed.engine._orders):
            timed.engine.add(f"b{count}", recipe(steps=10), share="b")
            count += 1
        timed.step()
    assert timed.spent["b"] <= timed.spent["a"] + 2 * DRAW


def test_a_step_that_nobody_measured_counts_as_a_second() -> None:
    engine = toy_engine()
    engine.add("a", recipe(steps=2), share="a")
    engine.step()
    assert engine.charge(0.5) == {"a": 0.5}
    assert engine.charge(0.5) == {}
    engine.step()
    engine.step()  # the step before was counted meanwhile
    assert engine.charge(4.0) == {"a": 4.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["enter", "leave", "charge"])), max_size=80))
def test_the_memory_of_shares_is_bounded_by_those_at_work_and_their_debts(acts: list[tuple[str, str]]) -> None:
    shares, orders = Shares(), dict.fromkeys("abc", 0)
    for who, act in acts:
        if act == "enter":
            shares.enter(who, 1.0)
            orders[who] += 1
        elif act == "leave" and orders[who]:
            shares.leave(who)
            orders[who] -= 1
        elif act == "charge":
            shares.charge(who, 1.0)
        if not any(orders.values()):
            assert not shares._tags
            assert not shares._weights
        assert all(shares.turn(name)[0] >= 0 for name in orders if orders[name])
