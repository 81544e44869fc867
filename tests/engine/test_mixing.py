"""Pictures of different shapes in one batch, where a backend takes them: each is as alone, and pays for itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from imagend.core.recipe import Recipe
from imagend.engine.backend import Floats, Guide, PlainConditioning
from imagend.engine.events import Broken, Progress
from imagend.engine.plan import SAMPLERS
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine

HUGE = (16, 16)


@dataclass
class MixingBackend(ToyBackend):
    """Three shapes, two of which share batches. A prompt of "explode" spoils every call that it is part of."""

    mixed: list[list[tuple[int, ...]]] = field(default_factory=list)  # shapes of every mixed call

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return HUGE if width * height >= 512 * 512 else super().latent_shape(width, height)

    def batch_key(self, latent_shape: tuple[int, ...]) -> Hashable:
        return "small" if latent_shape != HUGE else latent_shape

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        if any("explode" in guide.positive.notes.understood for guide in guides):
            raise MemoryError
        return super().denoise(latents, times, guides)

    def denoise_mixed(
        self, latents: Sequence[Floats], times: Floats, guides: Sequence[Guide[PlainConditioning]]
    ) -> list[Floats]:
        self.mixed.append([latent.shape for latent in latents])
        return [
            self.denoise(latent[None], times[[row]], [guide])[0]
            for row, (latent, guide) in enumerate(zip(latents, guides, strict=True))
        ]


def orders() -> dict[str, Recipe]:
    """Two shapes of each sampler, no two of the same steps, guidance and seed."""
    return {
        f"{sampler}-{width}": recipe(
            scheduler=sampler, steps=4 + number, width=width, guidance_scale=(1.0, 2.0, 7.5)[number % 3], seed=number
        )
        for number, (sampler, width) in enumerate((sampler, width) for sampler in SAMPLERS for width in (128, 256))
    }


def test_every_picture_is_the_same_as_alone() -> None:
    backend = MixingBackend()
    engine = toy_engine(backend)
    for ticket, one in orders().items():
        engine.add(ticket, one, previews=2)
    events = run_to_end(engine)
    assert any(len(set(shapes)) == 2 and len(shapes) == 8 for shapes in backend.mixed)
    shown = [event for event in events if isinstance(event, Progress) and event.preview is not None]
    assert len(shown) == 2 * len(orders())
    for (ticket, _), picture in finished(events).items():
        alone = toy_engine()
        alone.add(ticket, orders()[ticket])
        (wanted,) = finished(run_to_end(alone)).values()
        np.testing.assert_array_equal(picture.pixels, wanted.pixels, err_msg=ticket)


def test_shapes_of_other_keys_stay_apart_and_equal_shapes_are_stacked() -> None:
    backend = MixingBackend()
    engine = toy_engine(backend)
    engine.add("huge", recipe(width=512, height=512, steps=3))
    engine.add("small", recipe(count=2, steps=3))
    run_to_end(engine)
    assert backend.mixed == []
    assert sorted(backend.batches) == [1, 1, 1, 2, 2, 2]


def test_a_picture_that_spoils_a_mixed_call_breaks_only_its_own_order() -> None:
    engine = toy_engine(MixingBackend())
    engine.add("wide", recipe(width=256))
    engine.add("bad", recipe(prompt="explode", count=2))
    engine.add("good", recipe())
    events = run_to_end(engine)
    assert [event.ticket for event in events if isinstance(event, Broken)] == ["bad"]
    assert {ticket for ticket, _ in finished(events)} == {"wide", "good"}


@pytest.mark.parametrize("answers", [0, 1])
def test_an_answer_too_few_costs_nobody_a_picture(answers: int) -> None:
    class Forgetful(MixingBackend):
        def denoise_mixed(self, *asked: Any) -> list[Floats]:
            return super().denoise_mixed(*asked)[:answers]

    engine = toy_engine(Forgetful())
    engine.add("wide", recipe(width=256))
    engine.add("square", recipe())
    assert len(finished(run_to_end(engine))) == 2


def test_larger_pictures_pay_more_of_a_mixed_step() -> None:
    backend = MixingBackend()
    engine = toy_engine(backend)
    engine.add("wide", recipe(width=256))  # 36 places
    engine.add("square", recipe(), share="other")  # 24
    engine.step()
    assert backend.mixed == [[(4, 6), (4, 9)]]
    bill = engine.charge(10.0)
    assert bill == {"wide": pytest.approx(6.0), "square": pytest.approx(4.0)}


def test_one_of_them_is_cancelled() -> None:
    backend = MixingBackend()
    backend.spec = replace(backend.spec, max_lanes=2)
    engine = toy_engine(backend)
    engine.add("wide", recipe(width=256))
    engine.add("square", recipe())
    engine.step()
    assert engine.cancel("wide")
    assert set(finished(run_to_end(engine))) == {("square", 0)}
    assert len(backend.mixed) == 1
