"""add, cancel, step: what the engine tells, and that one order never spoils another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from imagend.core.errors import BackendFailure, BadParameter, ContentBlocked, UnknownModel
from imagend.engine.backend import Floats, Guide, Pixels, PlainConditioning
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


class PoisonedBackend(ToyBackend):
    """Fails for the prompts that name a verb."""

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        if "fail encode" in prompt:
            raise KeyError(prompt)
        made = super().encode(prompt, width, height)
        return replace(made, embedding=np.full_like(made.embedding, np.nan)) if "answer nan" in prompt else made

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        words = {word for guide in guides for word in guide.positive.notes.understood}
        if "explode" in words:
            raise MemoryError
        out = super().denoise(latents, times, guides)
        return out[:, :1] if "crop" in words else out

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        if "block" in conditioning.notes.understood:
            raise ContentBlocked
        picture = super().decode(latents, conditioning, width, height)
        return picture[1:] if "lose-a-row" in conditioning.notes.understood else picture

    def preview(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        if "unseen" in conditioning.notes.understood:
            raise ZeroDivisionError
        return super().preview(latents, conditioning, width, height)


def of(events: Sequence[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_one_order_from_start_to_end() -> None:
    engine = toy_engine()
    assert engine.idle
    assert engine.step() == []
    engine.add("a", recipe(scheduler="PNDM", steps=5, seed=11))
    assert not engine.idle
    events = run_to_end(engine)
    assert [(event.done, event.total) for event in of(events, Progress)] == [(done, 6) for done in range(1, 7)]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.ticket, last.index, last.left, last.seed, last.evaluations) == ("a", 0, 0, 11, 6)
    assert last.pixels.shape == (128, 128, 3)
    assert last.notes.understood == ("a", "red", "house")
    assert engine.pictures_in_flight == 0


def test_pictures_of_an_order_count_down() -> None:
    engine = toy_engine()
    engine.add("a", recipe(count=3))
    assert engine.pictures_in_flight == 3
    events = run_to_end(engine)
    assert [event.left for event in of(events, Finished)] == [2, 1, 0]
    assert sorted(event.index for event in of(events, Finished)) == [0, 1, 2]
    assert of(events, Progress)[-1].done == of(events, Progress)[-1].total == 24


def test_guidance_of_one_asks_for_no_negative_prompt() -> None:
    backend = ToyBackend()
    engine = toy_engine(backend)
    engine.add("a", recipe(guidance_scale=1.0, negative_prompt="rain"))
    run_to_end(engine)
    assert backend.encoded == ["a red house"]


def test_negative_prompt_changes_the_picture() -> None:
    engine = toy_engine()
    for ticket in ("rain", "", "snow"):
        engine.add(ticket, recipe(negative_prompt=ticket))
    assert len({picture.pixels.tobytes() for picture in finished(run_to_end(engine)).values()}) == 3


def test_prompts_are_encoded_once() -> None:
    backend = ToyBackend()
    engine = toy_engine(backend)
    for ticket in "abc":
        engine.add(ticket, recipe(seed=ord(ticket), count=2))
    run_to_end(engine)
    assert sorted(backend.encoded) == ["a red house", "rain"]


def test_cancel_frees_the_lanes_before_the_next_step() -> None:
    backend = ToyBackend()
    engine = toy_engine(backend)
    engine.add("a", recipe(count=4))
    engine.add("b", recipe(count=2))
    engine.step()
    assert engine.cancel("a")
    assert not engine.cancel("a")
    assert engine.pictures_in_flight == 2
    events = run_to_end(engine)
    assert {event.ticket for event in events} == {"b"}
    assert backend.batches == [6] + [2] * 7
    engine.add("a", recipe())  # the ticket is free again


def test_cancel_of_a_picture_that_waits_for_its_decoding() -> None:
    engine = toy_engine()
    engine.add("a", recipe(steps=1, count=2))
    engine.step()
    assert engine.cancel("a")
    assert engine.idle
    assert engine.step() == []


def test_previews_of_the_first_picture() -> None:
    engine = toy_engine()
    engine.add("a", recipe(count=2, steps=9), previews=2)
    assert shown(run_to_end(engine)) == [6, 12]  # after 3 and 6 evaluations of both pictures


def shown(events: Sequence[Event]) -> list[int]:
    return [event.done for event in of(events, Progress) if event.preview is not None]


@pytest.mark.parametrize(
    ("steps", "previews", "after"),
    [
        (1, 10, []),
        (2, 1, [1]),
        (4, 10, [1, 2, 3]),
        (20, 0, []),
        (20, 1, [10]),
        (20, 3, [5, 10, 15]),
        (100, 10, [9, 18, 27, 36, 45, 55, 64, 73, 82, 91]),
    ],
)
def test_previews_are_spread_evenly_and_never_show_the_finished_picture(
    steps: int, previews: int, after: list[int]
) -> None:
    engine = toy_engine()
    engine.add("a", recipe(steps=steps), previews=previews)
    assert shown(run_to_end(engine)) == after


def test_previews_are_switched_on_and_off_while_it_runs() -> None:
    engine = toy_engine()
    engine.add("a", recipe(steps=20))
    events: list[Event] = []
    for previews in (0, 9, 0):  # nobody looks, somebody does, nobody does again
        assert engine.watch("a", previews)
        for _ in range(6):
            events += engine.step()
    assert shown(events) == [8, 10, 12]
    assert not engine.watch("gone", 3)


def test_watching_does_not_change_the_picture() -> None:
    def picture(previews: int) -> Pixels:
        engine = toy_engine()
        engine.add("a", recipe(), previews=previews)
        return finished(run_to_end(engine))["a", 0].pixels

    np.testing.assert_array_equal(picture(0), picture(10))


def test_a_preview_that_fails_costs_nothing() -> None:
    engine = toy_engine(PoisonedBackend())
    engine.add("a", recipe(prompt="unseen"), previews=1)
    events = run_to_end(engine)
    assert [type(event.error.__cause__) for event in of(events, PreviewFailed)] == [ZeroDivisionError]
    assert len(of(events, Finished)) == 1


@pytest.mark.parametrize(
    ("prompt", "cause"),
    [
        ("fail encode", KeyError),
        ("explode", MemoryError),
        ("crop", ValueError),
        ("answer nan", ValueError),
        ("lose-a-row", ValueError),
    ],
)
def test_a_broken_order_leaves_its_batch_mates_alone(prompt: str, cause: type[Exception]) -> None:
    engine = toy_engine()
    engine.add("good", recipe(seed=3))
    wanted = finished(run_to_end(engine))["good", 0].pixels

    engine = toy_engine(PoisonedBackend())
    engine.add("bad", recipe(prompt=prompt, count=2))
    engine.add("good", recipe(seed=3))
    events = run_to_end(engine)
    (broken,) = of(events, Broken)
    assert broken.ticket == "bad"
    assert isinstance(broken.error, BackendFailure)
    assert isinstance(broken.error.__cause__, cause)
    assert [event.ticket for event in events[events.index(broken) :]].count("bad") == 1
    np.testing.assert_array_equal(finished(events)["good", 0].pixels, wanted)


def test_a_broken_order_alone() -> None:
    engine = toy_engine(PoisonedBackend())
    engine.add("bad", recipe(prompt="fail encode"))
    assert [type(event) for event in engine.step()] == [Broken]
    assert engine.idle


def test_an_error_in_our_own_words_stays_itself() -> None:
    engine = toy_engine(PoisonedBackend())
    engine.add("bad", recipe(prompt="block"))
    (broken,) = of(run_to_end(engine), Broken)
    assert isinstance(broken.error, ContentBlocked)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"backend": "nowhere"}, UnknownModel, "nowhere"),
        ({"width": 100}, BadParameter, "width must be a multiple of 8"),
        ({"height": 100}, BadParameter, "height must be a multiple of 8"),
        ({"scheduler": "Heun"}, BadParameter, "DDIM, PNDM"),
        ({"steps": 0}, BadParameter, "between 1 and 100"),
        ({"steps": 101}, BadParameter, "between 1 and 100"),
    ],
)
def test_orders_that_cannot_be_taken(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    engine = toy_engine()
    with pytest.raises(error, match=words):
        engine.add("a", recipe(**changes))
    assert engine.idle


def test_a_ticket_in_flight_is_refused() -> None:
    engine = toy_engine()
    engine.add("a", recipe())
    with pytest.raises(ValueError, match="in flight"):
        engine.add("a", recipe())


def test_an_engine_without_models() -> None:
    engine = Engine({})
    assert engine.idle
    assert engine.step() == []
