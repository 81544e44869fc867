"""Prompts are read together, in a step of their own, by backends that can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from imagend.engine.backend import Guide, PlainConditioning, Prompt
from imagend.engine.engine import Engine
from imagend.engine.events import Broken
from imagend.engine.prompts import Prompts
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


@dataclass
class ReadingBackend(ToyBackend):
    """Reads many prompts at once; a prompt of "poison" spoils the whole call, one of "short" loses an answer."""

    readings: list[list[str]] = field(default_factory=list)  # the texts of every call

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        if prompt == "poison":
            raise KeyError(prompt)
        return super().encode(prompt, width, height)

    def encode_many(self, prompts: Sequence[Prompt]) -> list[PlainConditioning]:
        texts = [prompt.text for prompt in prompts]
        self.readings.append(texts)
        return [self.encode(prompt.text, prompt.width, prompt.height) for prompt in prompts][
            : -1 if "short" in texts else None
        ]


def limited(max_prompts: int) -> ReadingBackend:
    backend = ReadingBackend()
    backend.spec = replace(backend.spec, max_prompts=max_prompts)
    return backend


def test_orders_that_came_together_are_read_in_one_call_each_prompt_once() -> None:
    backend = ReadingBackend()
    engine = toy_engine(backend)
    for number, prompt in enumerate(("red", "blue", "red")):
        engine.add(str(number), recipe(prompt=prompt, seed=number, count=2))
    assert engine.step() == []
    assert backend.readings == [["red", "rain", "blue"]]
    together = finished(run_to_end(engine))
    assert len(backend.readings) == 1
    for number, prompt in enumerate(("red", "blue", "red")):
        alone = toy_engine()
        alone.add(str(number), recipe(prompt=prompt, seed=number))
        (picture,) = finished(run_to_end(alone)).values()
        np.testing.assert_array_equal(together[str(number), 0].pixels, picture.pixels)


def test_a_reading_is_no_larger_than_the_backend_wants() -> None:
    backend = limited(3)
    engine = toy_engine(backend)
    for number in range(5):
        engine.add(str(number), recipe(prompt=f"prompt {number}", guidance_scale=1.0))
    run_to_end(engine)
    assert [len(texts) for texts in backend.readings] == [3, 2]
    assert sorted(backend.encoded) == [f"prompt {number}" for number in range(5)]


def test_an_order_with_more_prompts_than_fit_is_read_all_the_same() -> None:
    engine = toy_engine(limited(1))
    engine.add("both sides", recipe())
    assert len(finished(run_to_end(engine))) == 1


@pytest.mark.parametrize("prompt", ["poison", "short"])
def test_a_prompt_that_spoils_the_call_breaks_only_its_own_order(prompt: str) -> None:
    engine = toy_engine(ReadingBackend())
    for ticket, text in (("good", "a red house"), ("bad", prompt), ("also good", "sea")):
        engine.add(ticket, recipe(prompt=text))
    events = run_to_end(engine)
    broken = [event.ticket for event in events if isinstance(event, Broken)]
    assert broken == (["bad"] if prompt == "poison" else [])
    assert {ticket for ticket, _ in finished(events)} == {"good", "bad", "also good"} - set(broken)


def test_newcomers_do_not_stop_who_is_read() -> None:
    """Somebody new, who would be first, comes before every step: no reading follows another without an evaluation."""
    engine = toy_engine(ReadingBackend())
    engine.add("long", recipe(steps=20))
    works = []
    for number in range(12):
        engine.add(f"new {number}", recipe(steps=1, prompt=f"prompt {number}"), share=str(number % 2))
        engine.step()
        assert engine.last_step is not None
        works.append(engine.last_step[1])
    worked = [work for work in works if work != "decode"]
    assert ("encode", "encode") not in pairwise(worked)
    assert worked.count("encode") >= 3


def test_a_reading_is_charged_to_who_was_read() -> None:
    engine = toy_engine(ReadingBackend())
    engine.add("a", recipe(prompt="one"), share="x")
    engine.add("b", recipe(prompt="two"), share="y")
    engine.step()
    assert engine.last_step == ("toy", "encode", 2)
    assert engine.charge(3.0) == {"a": 1.5, "b": 1.5}
    engine.step()
    assert engine.last_step == ("toy", "denoise", 2)


def test_cancel_before_and_after_the_reading() -> None:
    backend = ReadingBackend()
    engine = toy_engine(backend)
    for ticket in ("never read", "read", "kept"):
        engine.add(ticket, recipe(prompt=ticket))
    assert engine.cancel("never read")
    engine.step()
    assert engine.cancel("read")
    assert {ticket for ticket, _ in finished(run_to_end(engine))} == {"kept"}
    assert backend.batches == [1] * 8
    assert "never read" not in backend.encoded


def test_the_memory_of_prompts_is_bounded_in_bytes() -> None:
    backend = ReadingBackend()
    one = backend.encode("one", 128, 128).nbytes
    prompts = Prompts(nbytes=2 * one)
    asked = [recipe(prompt=f"prompt {number}", guidance_scale=1.0) for number in range(5)]
    guides = prompts.guides(backend, asked)  # more at once than it can keep
    assert all(isinstance(guide, Guide) for guide in guides)
    assert (len(prompts), prompts.nbytes) == (2, 2 * one)
    backend.encoded.clear()
    prompts.guides(backend, asked[3:])
    assert backend.encoded == []


def test_prompts_that_do_not_depend_on_the_size_are_read_once_for_all_sizes() -> None:
    backend = ReadingBackend()
    backend.spec = replace(backend.spec, reads_size=False)
    Prompts().guides(backend, [recipe(width=width, guidance_scale=1.0) for width in (128, 256, 128)])
    assert backend.encoded == ["a red house"]


def test_an_engine_keeps_as_many_prompts_as_it_is_told() -> None:
    backend = ReadingBackend()
    engine = Engine({"toy": backend}, Prompts(entries=0))
    for ticket in "ab":
        engine.add(ticket, recipe(guidance_scale=1.0))
        run_to_end(engine)
    assert backend.encoded == ["a red house"] * 2
