"""Pictures through the whole engine, and through diffusers' own loop, from the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from imagend.core.recipe import Recipe
from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.table import family_of
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished
from tests.torch.families.models import make

NAME = "tiny"


def backend_of(pipeline: Any) -> TorchBackend:
    family = family_of(type(pipeline).__name__)
    return TorchBackend(family(pipeline), NAME, revision="random", device="cpu")


def open_tiny(model: str) -> TorchBackend:
    return backend_of(make(model))


def recipe(backend: TorchBackend, **changes: Any) -> Recipe:
    side = 4 * backend.stride
    plain = {
        "model": "imagen-4", "backend": NAME, "prompt": "a red kite", "negative_prompt": "fog", "width": side,
        "height": side, "steps": 4, "guidance_scale": 3.0, "scheduler": backend.spec.scheduler, "seed": 5,
    }  # fmt: skip
    return Recipe(**(plain | changes))


def paint(backend: TorchBackend, recipes: Sequence[Recipe]) -> list[Pixels]:
    """The first picture of each recipe, all in flight together."""
    engine = Engine({NAME: backend})
    for number, one in enumerate(recipes):
        engine.add(str(number), one)
    found: dict[str, Pixels] = {}
    while not engine.idle:
        for event in engine.step():
            assert not isinstance(event, Broken), event
            if isinstance(event, Finished):
                found.setdefault(event.ticket, event.pixels)
    return [found[str(number)] for number in range(len(recipes))]


def farthest(one: Pixels, other: Pixels) -> int:
    """The largest difference of two pictures, 0 to 255."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())
