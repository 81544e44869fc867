"""A picture is the same alone and in any company, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from imagend.core.recipe import Recipe
from imagend.engine.engine import Engine
from imagend.engine.events import Event
from imagend.engine.plan import SAMPLERS
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


def mixed_recipes() -> dict[str, Recipe]:
    """Twelve orders: two of each sampler, no two with the same steps, guidance, prompt and seed."""
    return {
        f"{sampler}-{turn}": recipe(
            scheduler=sampler,
            steps=5 + 3 * number + 7 * turn,
            guidance_scale=(1.0, 2.0, 7.5)[(number + turn) % 3],
            prompt=f"prompt {number * turn}",
            negative_prompt="" if turn else "a cloud",
            seed=100 * number + turn,
        )
        for number, sampler in enumerate(SAMPLERS)
        for turn in (0, 1)
    }


@pytest.fixture(scope="module")
def alone() -> dict[str, np.ndarray]:
    """The pixels (which hold the bits of the latents) of every order in an engine of its own."""
    pictures = {}
    for ticket, one in mixed_recipes().items():
        engine = toy_engine()
        engine.add(ticket, one)
        pictures[ticket] = finished(run_to_end(engine))[ticket, 0].pixels
    return pictures


def run_admitting(engine: Engine, orders: dict[str, Recipe], every: int) -> list[Event]:
    """Add one more order after every `every` steps of the engine."""
    events: list[Event] = []
    for ticket, one in orders.items():
        engine.add(ticket, one)
        for _ in range(every):
            events += engine.step()
    return events + run_to_end(engine)


@pytest.mark.parametrize("every", [0, 1, 2])
def test_mixed_batch_equals_solo_runs(alone: dict[str, np.ndarray], every: int) -> None:
    backend = ToyBackend()
    pictures = finished(run_admitting(toy_engine(backend), mixed_recipes(), every))
    assert len(pictures) == 12
    for (ticket, _), picture in pictures.items():
        np.testing.assert_array_equal(picture.pixels, alone[ticket], err_msg=ticket)
    assert max(backend.batches) == 8
    assert len(backend.batches) < sum(picture.evaluations for picture in pictures.values()) / 2


def test_order_of_arrival_changes_nothing(alone: dict[str, np.ndarray]) -> None:
    backwards = dict(reversed(mixed_recipes().items()))
    for (ticket, _), picture in finished(run_admitting(toy_engine(), backwards, 2)).items():
        np.testing.assert_array_equal(picture.pixels, alone[ticket], err_msg=ticket)


def test_every_sampler_and_seed_makes_another_picture(alone: dict[str, np.ndarray]) -> None:
    assert len({picture.tobytes() for picture in alone.values()}) == len(alone)


def test_images_of_one_order_are_those_of_consecutive_seeds() -> None:
    engine = toy_engine()
    engine.add("four", recipe(count=4, seed=50, scheduler="EulerAncestralDiscrete"))
    four = finished(run_to_end(engine))
    for index in range(4):
        engine.add("one", recipe(seed=50 + index, scheduler="EulerAncestralDiscrete"))
        one = finished(run_to_end(engine))["one", 0]
        assert four["four", index].seed == one.seed == 50 + index
        np.testing.assert_array_equal(four["four", index].pixels, one.pixels)
