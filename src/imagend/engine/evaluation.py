"""One evaluation of the network: the lanes of a tick as arrays, the question, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from imagend.core.errors import ImagendError
from imagend.engine.advance import Latents, advance, estimate, fed
from imagend.engine.backend import Backend, Floats, Guide, MixingShapes
from imagend.engine.batch import attempt
from imagend.engine.lane import Lane
from imagend.engine.table import T


class Bundle:
    """Lanes of one latent shape, their states as one: samplers are sums over arrays, which must agree in shape."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = lanes
        self.rows = np.stack([lane.row for lane in lanes])  # [N, 15]
        self.latents = pack(lanes)
        self.x: Floats = fed(self.rows, self.latents)  # [N, *shape], what the network is fed
        self.times = self.rows[:, T].astype(np.float32)
        self.guides: list[Guide[Any]] = [lane.guide for lane in lanes]
        self.out = np.zeros_like(self.x)  # the network's answers

    def advance(self) -> None:
        """Hand every lane its new state, one evaluation later."""
        noise = np.stack([lane.draw_noise() for lane in self.lanes])
        latents = advance(self.rows, self.latents, self.out, noise)
        for row, lane in enumerate(self.lanes):
            one = slice(row, row + 1)
            lane.latents = Latents(x=latents.x[one], anchor=latents.anchor[one], history=latents.history[one])
            lane.evaluations += 1

    def clean(self, row: int) -> Floats:
        """The clean latent that the answer for one lane points at, [*shape]."""
        clean: Floats = estimate(self.rows, self.latents, self.out)[row]
        return clean


def bundles(lanes: Sequence[Lane]) -> list[Bundle]:
    """The lanes by shape, in the order of their coming."""
    alike: dict[tuple[int, ...], list[Lane]] = {}
    for lane in lanes:
        alike.setdefault(lane.shape, []).append(lane)
    return [Bundle(found) for found in alike.values()]


def pack(lanes: Sequence[Lane]) -> Latents:
    """The states of N lanes of one shape as one."""
    states = [lane.latents for lane in lanes]
    return Latents(
        x=np.concatenate([state.x for state in states]),
        anchor=np.concatenate([state.anchor for state in states]),
        history=np.concatenate([state.history for state in states]),
    )


def evaluate(asked: Sequence[Bundle]) -> list[tuple[Lane, ImagendError]]:
    """Ask the network for all pictures of a tick at once, and give every bundle its `out`; what went wrong, by lane.

    If the whole batch fails, the pictures are asked for one by one, so that only the guilty one is broken; the answers
    for such a one are zeros.
    """
    outs = attempt(partial(_answers, asked))
    if not isinstance(outs, ImagendError):
        for bundle, out in zip(asked, outs, strict=True):
            bundle.out = out
        return []
    if len(asked) == 1 and len(asked[0].lanes) == 1:
        return [(asked[0].lanes[0], outs)]
    return [failure for bundle in asked for failure in _one_by_one(bundle)]


def _one_by_one(bundle: Bundle) -> list[tuple[Lane, ImagendError]]:
    failures = []
    for row, lane in enumerate(bundle.lanes):
        alone = Bundle([lane])
        failures += evaluate([alone])
        bundle.out[row] = alone.out[0]
    return failures


def _answers(asked: Sequence[Bundle]) -> list[Floats]:
    """What the network says to each bundle, in one call. Raises what it raises, and ValueError."""
    backend: Backend[Any] = asked[0].lanes[0].order.backend
    if len(asked) == 1:
        (only,) = asked
        return [_checked(backend, only.x, backend.denoise(only.x, only.times, only.guides))]
    assert isinstance(backend, MixingShapes)
    latents = list(chain.from_iterable(bundle.x for bundle in asked))
    times = np.concatenate([bundle.times for bundle in asked])
    answers = iter(backend.denoise_mixed(latents, times, [guide for bundle in asked for guide in bundle.guides]))
    outs = [np.stack([next(answers) for _ in bundle.lanes]) for bundle in asked]
    return [_checked(backend, bundle.x, out) for bundle, out in zip(asked, outs, strict=True)]


def _checked(backend: Backend[Any], x: Floats, out: Floats) -> Floats:
    if out.shape != x.shape or not np.isfinite(out).all():
        raise ValueError(f"{backend.spec.name} answered to shape {x.shape} with {out.shape}, or with NaN or infinity")
    return out
