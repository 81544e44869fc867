"""Clean latents to pictures: which are decoded in one call, and what comes of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from imagend.core.errors import ImagendError
from imagend.engine.backend import DecodingMany, Pixels
from imagend.engine.batch import attempt, in_turn
from imagend.engine.lane import Lane

Decoded = tuple[Pixels, tuple[str, ...]]
"""A picture, and what the backend says that it shows."""


def company(first: Lane, ready: Sequence[Lane], turn: Callable[[str], Any] = str) -> list[Lane]:
    """`first` and those that are decoded in the same call; places go to the shares as in `batch.pick`."""
    backend = first.order.backend
    if not isinstance(backend, DecodingMany):
        return [first]
    most = max(1, backend.spec.decode_pixels // (first.order.recipe.width * first.order.recipe.height))
    return in_turn(first, [lane for lane in ready if _size(lane) == _size(first)], turn)[:most]


def decode(lanes: Sequence[Lane]) -> list[Decoded | ImagendError]:
    """What becomes of each of the lanes, which are of one backend and size."""
    together = attempt(partial(_together, lanes)) if len(lanes) > 1 else None
    if together is None or isinstance(together, ImagendError):
        return [attempt(partial(lane.order.decode, lane.latents.x[0])) for lane in lanes]
    return [
        attempt(partial(lane.order.check, pixels, lane.latents.x[0]))
        for lane, pixels in zip(lanes, together, strict=True)
    ]


def _together(lanes: Sequence[Lane]) -> Sequence[Pixels]:
    recipe, backend = lanes[0].order.recipe, lanes[0].order.backend
    assert isinstance(backend, DecodingMany)
    latents = np.concatenate([lane.latents.x for lane in lanes])
    conditionings = [lane.order.guided.positive for lane in lanes]
    made = backend.decode_many(latents, conditionings, recipe.width, recipe.height)
    if len(made) != len(lanes):
        raise ValueError(f"{len(lanes)} latents were decoded to {len(made)} pictures")
    return made


def _size(lane: Lane) -> tuple[str, int, int]:
    return lane.order.recipe.backend, lane.order.recipe.width, lane.order.recipe.height
