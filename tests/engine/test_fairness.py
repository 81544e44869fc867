"""Who makes the next step: short orders pass long ones, equal ones queue, nothing starves, groups do not mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imagend.engine.engine import Engine
from imagend.engine.events import Event, Finished, Progress
from tests.engine.toy import ToyBackend, recipe, run_to_end, toy_engine


def narrow_engine(max_lanes: int) -> Engine:
    backend = ToyBackend()
    backend.spec = replace(backend.spec, max_lanes=max_lanes)
    return toy_engine(backend)


def finishing_order(events: Sequence[Event]) -> list[str]:
    return [event.ticket for event in events if isinstance(event, Finished)]


def test_a_short_order_passes_long_ones_that_fill_the_batch() -> None:
    engine = narrow_engine(2)
    engine.add("long", recipe(steps=50, count=2))
    for _ in range(10):
        engine.step()
    engine.add("short", recipe(steps=4))
    events = [event for _ in range(5) for event in engine.step()]
    assert finishing_order(events) == ["short"]  # four steps and its decoding, without a pause


def test_equal_orders_finish_as_they_came() -> None:
    engine = narrow_engine(2)
    for ticket in "abcdef":
        engine.add(ticket, recipe(steps=6))
    assert finishing_order(run_to_end(engine)) == list("abcdef")


def test_a_stream_of_short_orders_does_not_starve_a_long_one() -> None:
    engine = narrow_engine(1)
    engine.add("long", recipe(steps=20))
    events: list[Event] = []
    for number in range(60):
        engine.add(f"short-{number}", recipe(steps=2))
        events += engine.step() + engine.step()
    assert "long" in finishing_order(events)


def test_groups_never_share_a_batch_and_both_move() -> None:
    backend = ToyBackend()
    engine = toy_engine(backend)
    engine.add("square", recipe(count=3, steps=12))
    engine.add("wide", recipe(count=2, steps=12, width=256))
    run_to_end(engine)
    assert sorted(backend.batches) == [2] * 12 + [3] * 12


def test_decoding_and_denoising_take_turns() -> None:
    engine = narrow_engine(8)
    engine.add("done", recipe(steps=1, count=3))
    engine.add("running", recipe(steps=9))
    engine.step()
    kinds = [type(event) for _ in range(5) for event in engine.step()]
    assert kinds == [Finished, Progress, Finished, Progress, Finished]
