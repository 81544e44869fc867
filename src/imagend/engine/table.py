"""What a plan is: a table with one row of numbers per model evaluation, and how a row asks a network.

    t, c_in          the network is fed c_in x and told t
    p, q             D = p x + q out
    a, b, w0..w3, s  x' = a x + b anchor + w0 D + w1 D1 + w2 D2 + w3 D3 + s noise      (D1: the last D kept, D2 ...)
    push, save       is D kept as the next row's D1; is x kept as the anchor
    px, qx           estimate of the clean latent = px x + qx out

The state x is variance preserving whatever the model (see `schedule`), so it stays near unit variance; `c_in` carries
it to the scale of the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from imagend.engine.schedule import Float64s, Ladder, Prediction

COLUMNS = ("t", "c_in", "p", "q", "a", "b", "w0", "w1", "w2", "w3", "s", "push", "save", "px", "qx")
T, C_IN, P, Q, A, B, W0, W1, W2, W3, S, PUSH, SAVE, PX, QX = range(len(COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """All that one picture needs of its sampler. The first x is start_scale times standard normal noise."""

    start_scale: float
    rows: Float64s  # [evaluations, 15], read-only


class Target(Enum):
    """What D stands for."""

    CLEAN = "x0"
    NOISE = "n"
    VELOCITY = "n - x0"


def clean_weights(prediction: Prediction, signal: Float64s, noise: Float64s) -> tuple[Float64s, Float64s]:
    """(u, v) with x0 = u x + v out."""
    match prediction:
        case Prediction.EPSILON:
            return 1 / signal, -noise / signal
        case Prediction.V_PREDICTION:
            return signal, -noise
        case Prediction.FLOW_VELOCITY:
            return 1 / (signal + noise), -noise / (signal + noise)
        case _:
            return np.zeros_like(signal), np.ones_like(signal)


def noise_weights(prediction: Prediction, signal: Float64s, noise: Float64s) -> tuple[Float64s, Float64s]:
    """(u, v) with n = u x + v out."""
    match prediction:
        case Prediction.EPSILON:
            return np.zeros_like(signal), np.ones_like(signal)
        case Prediction.V_PREDICTION:
            return noise, signal
        case Prediction.FLOW_VELOCITY:
            return 1 / (signal + noise), signal / (signal + noise)
        case _:
            return 1 / noise, -signal / noise


def evaluations(
    ladder: Ladder, prediction: Prediction, target: Target, visits: Sequence[int] | None = None
) -> Float64s:
    """Rows that know how the network is asked at every visited level and what is made of its answer."""
    at = np.arange(len(ladder.times)) if visits is None else np.array(visits)
    signal, noise = ladder.signal[at], ladder.noise[at]
    clean = np.stack(clean_weights(prediction, signal, noise), axis=1)
    pure = np.stack(noise_weights(prediction, signal, noise), axis=1)
    rows = np.zeros((len(at), len(COLUMNS)))
    rows[:, T] = ladder.times[at]
    rows[:, C_IN] = 1 / (signal + noise) if prediction.is_flow else 1.0
    rows[:, [P, Q]] = {Target.CLEAN: clean, Target.NOISE: pure, Target.VELOCITY: pure - clean}[target]
    rows[:, [PX, QX]] = clean
    return rows
