"""The kinds of work that an engine does: what a step is called, and what is thought to take equally long."""

from __future__ import annotations

from math import prod
from typing import Literal, NamedTuple

from imagend.engine.lane import Lane

Work = Literal["encode", "denoise", "decode", "load"]


class Kind(NamedTuple):
    """Pieces of work of one kind take about the same time: sizes count to a power of two, so there are few kinds."""

    work: Work
    backend: str
    size: int = 0


def kind_of(lane: Lane) -> Kind:
    """Of what is to be done next for a picture."""
    backend = lane.order.recipe.backend
    if lane.order.is_unread:
        return Kind("encode", backend)
    if lane.is_denoised:
        return Kind("decode", backend, (lane.order.recipe.width * lane.order.recipe.height).bit_length())
    return Kind("denoise", backend, prod(lane.shape).bit_length())
