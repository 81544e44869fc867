"""What is done beside the evaluations is paid by those whom it was for, in the seconds that it took."""

from __future__ import annotations

from imagend.engine.engine import Engine
from imagend.engine.events import Finished
from tests.engine.sideways import sideways
from tests.engine.toy import recipe, run_to_end


def test_the_bill_has_the_step_and_what_was_done_beside_it() -> None:
    _, later, engine = sideways()
    engine.add("a", recipe(steps=9), share="x")
    engine.step()
    assert engine.charge(5.0) == {"a": 1.0}  # the reading's own second, whatever the waiting took
    engine.add("b", recipe(prompt="one", steps=9), share="y")
    engine.add("c", recipe(prompt="two", steps=9), share="y")
    engine.step()
    assert engine.charge(2.0) == {"a": 2.0}
    later.end(seconds=3.0)
    engine.step()
    assert engine.last_step == ("toy", "denoise", 3)
    assert [tuple(done) for done in engine.done_beside] == [("toy", "encode", 2, 3.0)]
    assert engine.charge(6.0) == {"a": 2.0, "b": 2.0 + 1.5, "c": 2.0 + 1.5}
    assert engine.charge(1.0) == {}
    engine.step()
    assert list(engine.done_beside) == []


def test_who_is_gone_is_not_in_the_bill_but_his_share_pays() -> None:
    _, later, engine = sideways()
    engine.add("kept", recipe(steps=20), share="x")
    engine.step()
    engine.charge(0.0)
    engine.add("other", recipe(steps=20, prompt="known"), share="y")
    engine.add("gone", recipe(prompt="sea"), share="y")
    engine.step()
    engine.charge(0.0)
    engine.cancel("gone")
    before = engine._shares.turn("y")[0]
    later.end(seconds=8.0)
    engine.step()
    assert engine.charge(0.0) == {"kept": 0.0, "other": 4.0}
    assert engine._shares.turn("y")[0] - before == 8.0


def spent(engine: Engine, beside_seconds: float, seconds: float) -> dict[str, float]:
    """By first letter of the ticket: both keep queues until so much time is gone."""
    total: dict[str, float] = {}
    now = 0.0
    while now < seconds:
        beside = engine._sides.beside
        for piece in beside.under_way:  # type: ignore[union-attr]
            piece.end(beside_seconds)
        engine.step()
        now += 1.0
        for ticket, part in engine.charge(1.0).items():
            total[ticket[0]] = total.get(ticket[0], 0.0) + part
    return total


def test_a_share_of_many_decodings_gets_no_more_than_one_of_many_steps() -> None:
    """One share draws often, beside; the other denoises long. What each has of both together is the same."""
    _, _, engine = sideways(useful_lanes=1, decode_pixels=0)
    for number in range(200):
        engine.add(f"a{number}", recipe(steps=1, prompt="one"), share="a")
        engine.add(f"b{number}", recipe(steps=60, prompt="two"), share="b")
    total = spent(engine, beside_seconds=4.0, seconds=400)
    assert abs(total["a"] - total["b"]) <= 20


def test_the_next_place_beside_is_the_share_s_that_had_least() -> None:
    _, later, engine = sideways(decode_pixels=0)
    engine.add("many", recipe(steps=1, count=3), share="x")
    engine.add("one", recipe(steps=1, seed=50), share="y")
    events = run_to_end(engine)
    order = [event.ticket for event in events if isinstance(event, Finished)]
    assert order.index("one") <= 1
    assert later.under_way == []
