"""Prompts are read and pictures decoded beside the evaluations, by backends that can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from imagend.core.errors import BackendFailure
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress
from tests.engine.sideways import Later, SidewaysBackend, sideways, spec
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


def kinds(events: Sequence[Event]) -> list[type[Any]]:
    return [type(event) for event in events]


def test_the_network_goes_on_while_newcomers_are_read_and_pictures_are_drawn() -> None:
    backend, later, engine = sideways()
    engine.add("first", recipe(steps=2))
    engine.step()  # nothing else to do: its prompts are waited for
    assert later.waits == [1]
    engine.add("second", recipe(steps=3, prompt="sea"))
    steps = [kinds(engine.step()) for _ in range(2)]
    assert steps == [[Progress], [Progress]]
    assert backend.calls == ["read 2*", "step 1", "step 1"]
    assert len(later.under_way) == 1  # the second's prompts; nobody waited
    later.end()
    assert kinds(engine.step()) == [Progress]  # of the second; the first is being decoded
    assert (engine.pictures_in_flight, len(later.under_way)) == (2, 1)
    later.end()
    calls = len(backend.calls)
    assert kinds(engine.step()) == [Finished]  # told before the next evaluation is begun
    assert len(backend.calls) == calls
    run_to_end(engine)
    assert backend.calls == [
        "read 2*",
        "step 1",
        "step 1",
        "read 1*",
        "step 1",
        "draw 1*",
        "step 1",
        "step 1",
        "draw 1*",
    ]


def test_pictures_are_the_same_bit_for_bit() -> None:
    asked = [
        recipe(
            seed=number, steps=2 + number % 4, count=1 + number % 2, prompt=f"prompt {number % 3}", scheduler=scheduler
        )
        for number, scheduler in enumerate(["DDIM", "PNDM", "EulerAncestralDiscrete", "DDIM", "PNDM", "DDIM"])
    ]
    _, later, engine = sideways(max_lanes=3, max_prompts=2)
    events: list[Event] = []
    for number, one in enumerate(asked):
        engine.add(str(number), one)
        events += engine.step()
        if number % 2 and later.under_way:
            later.end()
    beside = finished(events + run_to_end(engine))
    alone = toy_engine()
    for number, one in enumerate(asked):
        alone.add(str(number), one)
    in_turn = finished(run_to_end(alone))
    assert beside.keys() == in_turn.keys()
    for key, picture in in_turn.items():
        np.testing.assert_array_equal(beside[key].pixels, picture.pixels)


def test_a_backend_that_takes_turns_does_so_beside_one_that_does_not() -> None:
    plain, (backend, _, _) = ToyBackend(), sideways()
    later = Later()
    backend.spec = spec(backend, name="aside")
    engine = Engine({"toy": plain, "aside": backend}, beside=later)
    engine.add("plain", recipe(steps=2))
    engine.add("aside", recipe(steps=2, backend="aside"))
    assert len(finished(run_to_end(engine))) == 2
    assert plain.batches == [1, 1]
    assert backend.calls == ["read 2*", "step 1", "step 1", "draw 1*"]


def test_what_a_backend_names_is_done_aside_and_nothing_else() -> None:
    backend, _, engine = sideways()
    backend.beside = frozenset({"decode"})
    engine.add("a", recipe(steps=2))
    run_to_end(engine)
    assert backend.calls == ["read 2", "step 1", "step 1", "draw 1*"]


def test_nobody_beside_the_engine_means_that_all_take_turns() -> None:
    backend = SidewaysBackend()
    engine = toy_engine(backend)
    engine.add("a", recipe(steps=1), previews=1)
    run_to_end(engine)
    assert backend.calls == ["read 2", "step 1", "draw 1"]


def test_of_each_stage_one_piece_is_under_way() -> None:
    _, later, engine = sideways(max_prompts=2)
    for number in range(4):
        engine.add(str(number), recipe(prompt=str(number), steps=1))
    engine.step()
    assert (len(later.pieces), len(later.under_way)) == (1, 0)  # the first was waited for
    engine.step()
    assert (len(later.pieces), len(later.under_way)) == (2, 1)  # the second one follows
    for _ in range(3):
        later.end()
        engine.step()
        assert len(later.under_way) <= 2
    assert len(finished(run_to_end(engine))) + 1 >= 4


def test_prompts_that_are_known_are_not_waited_for() -> None:
    backend, later, engine = sideways()
    engine.add("a", recipe(steps=1))
    run_to_end(engine)
    waits = len(later.waits)
    engine.add("again", recipe(steps=1, seed=3))
    assert kinds(engine.step()) == [Progress]
    assert len(later.waits) == waits
    assert backend.calls.count("read 2*") == 1


def test_only_side_work_is_left_and_it_is_waited_for() -> None:
    _, later, engine = sideways()
    engine.add("a", recipe(steps=1))
    steps = [kinds(engine.step()) for _ in range(3)]
    assert steps == [[], [Progress], [Finished]]  # read, evaluated, decoded: no step came back with nothing done
    assert later.waits == [1, 1]
    assert engine.idle
    assert engine.step() == []


@pytest.mark.parametrize("ends_first", [True, False])
def test_cancel_while_prompts_are_read(ends_first: bool) -> None:
    backend, later, engine = sideways()
    engine.add("long", recipe(steps=9))
    engine.step()
    engine.add("dropped", recipe(prompt="sea", count=2))
    engine.step()
    if ends_first:
        later.end()
    assert engine.cancel("dropped")
    assert not engine.cancel("dropped")
    assert engine.pictures_in_flight == 1
    assert {event.ticket for event in run_to_end(engine)} == {"long"}
    assert set(backend.batches) == {1}


@pytest.mark.parametrize("ends_first", [True, False])
def test_cancel_while_pictures_are_decoded(ends_first: bool) -> None:
    _, later, engine = sideways()
    engine.add("dropped", recipe(steps=1, count=2))
    engine.add("kept", recipe(steps=1, seed=4))
    engine.step()
    engine.step()
    engine._launch()  # the decoding of all three begins
    assert engine.pictures_in_flight == 3
    if ends_first:
        later.end()
    assert engine.cancel("dropped")
    assert engine.pictures_in_flight == 1
    engine.add("dropped", recipe(seed=9, steps=1))  # the ticket is free again, and another order
    events = run_to_end(engine)
    assert [event.ticket for event in events if isinstance(event, Finished)] == ["kept", "dropped"]
    alone = toy_engine()
    alone.add("dropped", recipe(seed=9, steps=1))
    (wanted,) = finished(run_to_end(alone)).values()
    np.testing.assert_array_equal(finished(events)["dropped", 0].pixels, wanted.pixels)


def test_not_idle_before_a_cancelled_orders_work_has_ended() -> None:
    _, later, engine = sideways()
    engine.add("a", recipe(steps=1))
    engine.step()
    engine.step()
    engine._launch()
    engine.cancel("a")
    assert not engine.idle
    assert engine.step() == []
    assert engine.idle
    assert later.under_way == []


@pytest.mark.parametrize("prompt", ["poison", "crop"])
def test_who_spoils_a_call_breaks_alone(prompt: str) -> None:
    _, _, engine = sideways()
    engine.add("good", recipe(steps=2))
    engine.add("bad", recipe(steps=2, prompt=prompt, count=2))
    events = run_to_end(engine)
    (broken,) = [event for event in events if isinstance(event, Broken)]
    assert broken.ticket == "bad"
    assert isinstance(broken.error, BackendFailure)
    assert set(finished(events)) == {("good", 0)}
    assert events.index(broken) >= max(number for number, event in enumerate(events) if event.ticket == "bad")


def test_when_the_other_thread_itself_fails_those_in_it_break() -> None:
    backend, later, engine = sideways()
    engine.add("running", recipe(steps=3))
    engine.step()
    backend.fails_aside = True
    engine.add("new", recipe(prompt="sea"))
    engine.step()
    later.end()
    (broken,) = [event for event in engine.step() if isinstance(event, Broken)]
    assert broken.ticket == "new"
    backend.fails_aside = False
    assert set(finished(run_to_end(engine))) == {("running", 0)}


def test_a_decoding_whose_thread_fails_breaks_every_order_in_it_once() -> None:
    backend, _, engine = sideways()
    engine.add("a", recipe(steps=1, count=2))
    engine.add("b", recipe(steps=1))
    engine.step()
    backend.fails_aside = True
    events = run_to_end(engine)
    assert [event.ticket for event in events if isinstance(event, Broken)] == ["a", "b"]


def test_previews_are_drawn_aside_and_the_newest_of_an_order_wins() -> None:
    backend, later, engine = sideways()
    engine.add("a", recipe(steps=8), previews=7)
    engine.step()
    for _ in range(5):
        engine.step()  # the first preview is under way all the time
    assert len(later.under_way) == 1
    later.end()
    (shown,) = engine.step()
    assert isinstance(shown, Progress)
    assert shown.preview is not None
    assert shown.done == 5
    events = run_to_end(engine)
    previews = [event.done for event in events if isinstance(event, Progress) and event.preview is not None]
    assert len(previews) <= 2
    assert "show" not in backend.calls
    assert isinstance(events[-1], Finished)


def test_a_preview_that_fails_aside_costs_nothing() -> None:
    _, _, engine = sideways()
    engine.add("a", recipe(prompt="blind", steps=4), previews=1)
    events = run_to_end(engine)
    assert [type(event.error.__cause__) for event in events if isinstance(event, PreviewFailed)] == [ZeroDivisionError]
    assert len(finished(events)) == 1


def test_no_preview_comes_of_who_is_gone() -> None:
    backend, later, engine = sideways()
    engine.add("a", recipe(steps=4), previews=3)
    engine.add("b", recipe(steps=4, seed=3))
    for _ in range(3):
        engine.step()
    assert len(later.under_way) == 1  # a preview of a
    engine.cancel("a")
    assert {event.ticket for event in run_to_end(engine)} == {"b"}
    assert backend.calls.count("show*") == 1


class Guest(SidewaysBackend):
    """One of two models that have one place in memory; it is put out with nothing of it under way."""

    def __init__(self, name: str, later: Later, inside: list[str]) -> None:
        super().__init__()
        self.spec = spec(self, name=name, max_lanes=1)
        self.later, self.inside = later, inside

    @property
    def is_resident(self) -> bool:
        return self.inside == [self.spec.name]

    def bring_in(self) -> None:
        assert self.later.under_way == []
        self.inside[:] = [self.spec.name]

    def _note(self, call: str) -> None:
        assert self.is_resident
        super()._note(call)


def test_models_change_places_in_memory_only_when_nothing_is_under_way() -> None:
    later, inside = Later(), ["x"]
    guests = {name: Guest(name, later, inside) for name in "xy"}
    engine = Engine(guests, beside=later)
    for number in range(12):
        engine.add(
            str(number), recipe(backend="xy"[number % 2], steps=3, seed=number), previews=1, share=str(number % 3)
        )
        engine.step()
        engine.charge(5.0)
    events = run_to_end(engine)
    assert not [event for event in events if isinstance(event, Broken)]
    assert {call.rstrip("0123456789* ") for guest in guests.values() for call in guest.calls} == {
        "read", "step", "draw", "show"
    }  # fmt: skip
    assert all(call.endswith("*") for guest in guests.values() for call in guest.calls if not call.startswith("step"))
