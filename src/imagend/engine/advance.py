"""The one update of the engine: every picture of a batch by its own row of numbers, whatever its sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagend.engine.schedule import Float64s
from imagend.engine.table import C_IN, PUSH, PX, QX, SAVE, W0, W1, W2, W3, A, B, P, Q, S

Array = NDArray[Any]  # float32 in the engine; the formula keeps whatever precision it is given


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Latents:
    """The state of N pictures between two evaluations; a picture can be moved or frozen by moving its row."""

    x: Array  # [N, *shape]
    anchor: Array  # [N, *shape]
    history: Array  # [N, 3, *shape], newest first: D1, D2, D3


def fed(rows: Float64s, latents: Latents) -> Array:
    """What the network is fed, [N, *shape]. `rows` is [N, 15]."""
    scaled: Array = by_column(rows, latents.x)[C_IN] * latents.x
    return scaled


def estimate(rows: Float64s, latents: Latents, out: Array) -> Array:
    """The clean latents that the network's answer points at, [N, *shape]; for previews."""
    columns = by_column(rows, latents.x)
    clean: Array = columns[PX] * latents.x + columns[QX] * out
    return clean


def advance(rows: Float64s, latents: Latents, out: Array, noise: Array) -> Latents:
    """Make one step: rows [N, 15], out and noise [N, *shape] -> the next state.

    Only elementwise sums in a fixed order, so that each picture is the same to the last bit in any batch.
    """
    x, anchor, history = latents.x, latents.anchor, latents.history
    by = by_column(rows, x)
    d = by[P] * x + by[Q] * out
    following = by[A] * x + by[B] * anchor + by[W0] * d
    following += by[W1] * history[:, 0] + by[W2] * history[:, 1] + by[W3] * history[:, 2]
    following += by[S] * noise
    pushed = np.concatenate([d[:, None], history[:, :2]], axis=1)
    return Latents(
        x=following,
        anchor=np.where(by[SAVE] == 1, x, anchor),
        history=np.where(by[PUSH][:, None] == 1, pushed, history),
    )


def by_column(rows: Float64s, like: Array) -> Array:
    """Rows [N, 15] -> [15, N, 1, ...], to be multiplied with `like` [N, *shape] in its own precision."""
    return rows.T.astype(like.dtype).reshape(rows.shape[1], -1, *[1] * (like.ndim - 1))
