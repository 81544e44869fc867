"""Pictures that are ready at the same time are decoded together, by backends that can, and nobody pays for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from imagend.engine.backend import Floats, Pixels, PlainConditioning
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished, Progress
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


@dataclass
class DrawingBackend(ToyBackend):
    """Decodes many at once: "poison" spoils the whole call, "crop" one picture of it, "lose" loses one."""

    drawings: list[int] = field(default_factory=list)  # number of pictures in every call

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        if "poison" in conditioning.notes.understood:
            raise MemoryError
        picture = super().decode(latents, conditioning, width, height)
        return picture[1:] if "crop" in conditioning.notes.understood else picture

    def decode_many(
        self, latents: Floats, conditionings: Sequence[PlainConditioning], width: int, height: int
    ) -> list[Pixels]:
        self.drawings.append(len(latents))
        made = [self.decode(*one, width, height) for one in zip(latents, conditionings, strict=True)]
        return made[:-1] if any("lose" in one.notes.understood for one in conditionings) else made


def drawing(pictures: int) -> tuple[DrawingBackend, Engine]:
    """An engine that decodes so many pictures of 128 x 128 in one call."""
    backend = DrawingBackend()
    backend.spec = replace(backend.spec, decode_pixels=pictures * 128 * 128)
    return backend, toy_engine(backend)


def test_ready_pictures_are_decoded_together_as_many_as_fit() -> None:
    backend, engine = drawing(3)
    engine.add("a", recipe(count=4, steps=2))
    engine.add("b", recipe(count=2, steps=2, seed=50))
    together = finished(run_to_end(engine))
    assert backend.drawings == [3, 3]
    alone = toy_engine()
    alone.add("a", recipe(count=4, steps=2))
    alone.add("b", recipe(count=2, steps=2, seed=50))
    for key, picture in finished(run_to_end(alone)).items():
        np.testing.assert_array_equal(together[key].pixels, picture.pixels)


def test_large_pictures_and_other_sizes_are_decoded_apart() -> None:
    backend, engine = drawing(2)
    engine.add("small", recipe(count=2, steps=2))
    engine.add("large", recipe(count=2, steps=2, width=256, height=256))
    assert len(finished(run_to_end(engine))) == 4
    assert backend.drawings == [2]  # the large ones go alone, by `decode`


@pytest.mark.parametrize(("prompt", "breaks"), [("poison", True), ("crop", True), ("lose", False)])
def test_a_picture_that_spoils_the_call_breaks_only_its_own_order(prompt: str, breaks: bool) -> None:
    _, engine = drawing(8)
    engine.add("good", recipe(steps=2))
    engine.add("bad", recipe(steps=2, prompt=prompt, count=2))
    events = run_to_end(engine)
    assert [event.ticket for event in events if isinstance(event, Broken)] == ["bad"] * breaks
    assert {ticket for ticket, _ in finished(events)} == {"good"} if breaks else {"good", "bad"}


def test_places_go_to_all_shares_and_so_does_the_bill() -> None:
    backend, engine = drawing(2)
    engine.add("many", recipe(count=4, steps=2), share="x")
    engine.add("one", recipe(steps=2, seed=50), share="y")
    while not backend.drawings:
        engine.charge(1.0)
        events = engine.step()
    assert {event.ticket for event in events if isinstance(event, Finished)} == {"many", "one"}
    assert engine.last_step == ("toy", "decode", 2)
    assert engine.charge(4.0) == {"many": 2.0, "one": 2.0}


def test_decoding_and_denoising_still_take_turns() -> None:
    _, engine = drawing(2)
    engine.add("done", recipe(steps=1, count=6))
    engine.add("running", recipe(steps=9))
    engine.step()
    kinds = [{type(event) for event in engine.step()} for _ in range(5)]
    assert kinds == [{Finished}, {Progress}, {Finished}, {Progress}, {Finished}]


def test_cancel_of_pictures_that_wait_for_their_decoding() -> None:
    backend, engine = drawing(8)
    engine.add("kept", recipe(steps=1))
    engine.add("dropped", recipe(steps=1, count=2))
    engine.step()
    assert engine.cancel("dropped")
    assert set(finished(run_to_end(engine))) == {("kept", 0)}
    assert backend.drawings == []
