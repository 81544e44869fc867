"""Six samplers as pure functions: steps and a noise schedule in, a table of numbers out (see `table`).

All six combine linearly, so a sampler needs no code while it runs: `advance` applies the rows of any of them.

Deterministic samplers solve the probability flow equation on one of two *lines*, coordinates in which it reads
dy / dtau = D and a straight path needs one step:

    exploding   y = x / signal,             tau = sigma,  D = n          models that predict noise (arXiv 2206.00364)
    straight    y = x / (signal + noise),   tau = s,      D = n - x0     flow models (arXiv 2210.02747)

On both, one Euler step is the DDIM step. They differ for methods that look back at earlier D: see decision 0002.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from imagend.core.errors import BadParameter
from imagend.engine.schedule import (
    FAINTEST_POWER,
    LARGEST_SHARE,
    DiffusionNoise,
    Float64s,
    FlowNoise,
    Ladder,
    NoiseSchedule,
    Prediction,
    Spacing,
    TrigNoise,
    diffusion_ladder,
    flow_ladder,
    timesteps,
    trig_ladder,
)
from imagend.engine.table import PUSH, SAVE, W0, W1, W3, A, B, Plan, S, Target, evaluations

MAX_STEPS = 100

ADAMS_BASHFORTH = np.array(
    [[1, 0, 0, 0], [3 / 2, -1 / 2, 0, 0], [23 / 12, -16 / 12, 5 / 12, 0], [55 / 24, -59 / 24, 37 / 24, -9 / 24]]
)
"""Weights of D, D1, D2, D3 for equal steps, by order 1 to 4."""


def plan(sampler: str, steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """Lay out `steps` (1 to MAX_STEPS) steps of `sampler` (a key of SAMPLERS) for a model.

    Evaluations = steps, except PNDM: steps + 1 from 2 steps on. Raises BadParameter, or ValueError when a flow
    schedule and a diffusion prediction meet (a backend's mistake).
    """
    if sampler not in SAMPLERS:
        raise BadParameter("scheduler", f"scheduler must be one of {', '.join(SAMPLERS)}")
    if not 1 <= steps <= MAX_STEPS:
        raise BadParameter("steps", f"steps must be between 1 and {MAX_STEPS}")
    if isinstance(noise, DiffusionNoise) == prediction.is_flow:
        raise ValueError(f"prediction {prediction.value} does not go with {type(noise).__name__}")
    made = SAMPLERS[sampler](steps, noise, prediction)
    assert np.isfinite(made.rows).all()
    made.rows.flags.writeable = False
    return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Coordinates in which the probability flow is dy / dtau = D."""

    target: Target
    scale: Float64s  # [n + 1], y = scale x
    tau: Float64s  # [n + 1]


def exploding_line(ladder: Ladder) -> Line:
    return Line(target=Target.NOISE, scale=1 / ladder.signal, tau=ladder.sigma)


def straight_line(ladder: Ladder) -> Line:
    return Line(target=Target.VELOCITY, scale=1 / (ladder.signal + ladder.noise), tau=ladder.share)


def natural_line(ladder: Ladder, prediction: Prediction) -> Line:
    """Straight also where a zero-terminal schedule begins: numbers over sigma would cancel to nothing there."""
    straight = prediction.is_flow or ladder.signal[0] ** 2 < 2 * FAINTEST_POWER
    return straight_line(ladder) if straight else exploding_line(ladder)


def lay_ladder(
    steps: int, noise: NoiseSchedule, customary: Spacing, *, whole: bool, clean: bool, spare: int = 0, top: float = 1.0
) -> Ladder:
    """A model's levels under a sampler: `whole`, `clean`, `spare` speak of diffusion models, `top` of flow models."""
    if isinstance(noise, FlowNoise):
        return flow_ladder(noise, steps, top=top)
    if isinstance(noise, TrigNoise):
        return trig_ladder(noise, steps, top=top)
    times = timesteps(noise, steps, noise.spacing or customary, whole=whole, spare=spare)
    return diffusion_ladder(noise, times, ends_clean=clean or noise.ends_clean)


def euler(ladder: Ladder, prediction: Prediction, line: Line) -> Plan:
    """One step along the line per evaluation."""
    rows = evaluations(ladder, prediction, line.target)
    rows[:, A] = line.scale[:-1] / line.scale[1:]
    rows[:, W0] = np.diff(line.tau) / line.scale[1:]
    return Plan(start_scale=1.0, rows=rows)


def ddim(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """DDIM without added noise (arXiv 2010.02502, equation 12)."""
    ladder = lay_ladder(steps, noise, Spacing.LEADING, whole=True, clean=False)
    return euler(ladder, prediction, natural_line(ladder, prediction))


def flow_match_euler(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """Euler's method on the straight line from noise to picture (arXiv 2209.03003, algorithm 1).

    On a diffusion model it makes the steps of Euler's method over sigma (EulerDiscreteScheduler in diffusers). A model
    that was distilled to answer the end of the line is asked for it: see `consistency`.
    """
    ladder = lay_ladder(steps, noise, Spacing.LINSPACE, whole=False, clean=True)
    if isinstance(noise, TrigNoise):
        return consistency(ladder, prediction)
    return replace(euler(ladder, prediction, straight_line(ladder)), start_scale=first_scale(ladder, noise))


def consistency(ladder: Ladder, prediction: Prediction) -> Plan:
    """Multistep consistency sampling (arXiv 2303.01469, algorithm 1; on the quarter circle 2410.11081 and 2503.09641).

    Every step is one of Euler's all the way to the picture, then fresh noise up to the next level.
    """
    rows = evaluations(ladder, prediction, Target.CLEAN)
    rows[:, W0] = ladder.signal[1:]
    rows[:, S] = ladder.noise[1:]
    return Plan(start_scale=1.0, rows=rows)


def pndm(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """Pseudo linear multistep of order 4 (arXiv 2202.09778, equation 12) with the Runge-Kutta warm-up left out.

    As Stable Diffusion does: the first step is made twice, the second time with the mean of both D (Heun's method).
    """
    ladder = lay_ladder(steps, noise, Spacing.LEADING, whole=True, clean=False)
    line = natural_line(ladder, prediction)
    start = np.array([0] if steps == 1 else [0, *range(steps)])  # the level that each evaluation departs from
    visits = [0] if steps == 1 else [0, 1, *range(1, steps)]  # the level at which it asks the network
    rows = evaluations(ladder, prediction, line.target, visits)
    rows[:, A] = line.scale[start] / line.scale[start + 1]
    stride = (line.tau[start + 1] - line.tau[start]) / line.scale[start + 1]
    order = np.minimum(np.maximum(np.arange(len(start)), 1), 4)
    rows[:, W0 : W3 + 1] = stride[:, None] * ADAMS_BASHFORTH[order - 1]
    rows[:, PUSH] = 1
    if steps > 1:
        rows[0, SAVE], rows[1, PUSH] = 1, 0
        rows[1, A], rows[1, B] = 0, rows[1, A]
        rows[1, W0], rows[1, W1] = stride[1] / 2, stride[1] / 2
    return Plan(start_scale=1.0, rows=rows)


def lms_discrete(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """Linear multistep of order 4 over unequal steps (Katherine Crowson's LMS, after Karras, arXiv 2206.00364)."""
    ladder = lay_ladder(steps, noise, Spacing.LINSPACE, whole=False, clean=True)
    line = natural_line(ladder, prediction)
    rows = evaluations(ladder, prediction, line.target)
    rows[:, A] = line.scale[:-1] / line.scale[1:]
    tau = line.tau.tolist()
    for step in range(steps):
        weights = lagrange_integrals(tau[max(0, step - 3) : step + 1][::-1], tau[step + 1])
        rows[step, W0 : W0 + len(weights)] = weights
    rows[:, W0 : W3 + 1] /= line.scale[1:, None]
    rows[:, PUSH] = 1
    return Plan(start_scale=first_scale(ladder, noise), rows=rows)


def lagrange_integrals(nodes: Sequence[float], end: float) -> list[float]:
    """Integrals from nodes[0] to end of the Lagrange polynomials through 1 to 4 nodes, one for each.

    Gauss-Legendre with two points is exact for them, as they are cubic at the most.
    """
    middle, half = (end + nodes[0]) / 2, (end - nodes[0]) / 2
    points = middle - half / math.sqrt(3), middle + half / math.sqrt(3)
    return [
        half * sum(math.prod((point - other) / (node - other) for other in nodes if other != node) for point in points)
        for node in nodes
    ]


def first_scale(ladder: Ladder, noise: NoiseSchedule) -> float:
    """What the first latent holds besides the picture; under LEADING the custom is unit variance."""
    leading = isinstance(noise, DiffusionNoise) and noise.spacing is Spacing.LEADING
    return 1.0 if leading else float(ladder.noise[0])


def dpm_solver_multistep(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """DPM-Solver++ (2M) with midpoints (arXiv 2211.01095, algorithm 2); the last step is of first order."""
    ladder = lay_ladder(steps, noise, Spacing.LINSPACE, whole=True, clean=True, spare=1, top=LARGEST_SHARE)
    alpha, sigma = ladder.signal, ladder.noise
    rows = evaluations(ladder, prediction, Target.CLEAN)
    rows[:, A] = sigma[1:] / sigma[:-1]
    gain = alpha[1:] - alpha[:-1] * rows[:, A]  # alpha (1 - exp(-h)), h = step in lambda
    lam = np.log(alpha[:-1] / sigma[:-1])
    h = np.diff(lam)  # of all steps but the last, which ends at infinity
    back = np.zeros(steps)
    back[1:-1] = h[1:] / h[:-1] / 2  # 1 / (2 r)
    rows[:, W0], rows[:, W1] = gain * (1 + back), -gain * back
    rows[:, PUSH] = 1
    return Plan(start_scale=1.0, rows=rows)


def euler_ancestral_discrete(steps: int, noise: NoiseSchedule, prediction: Prediction) -> Plan:
    """Euler to below the next level, then noise up to it (Katherine Crowson's ancestral sampling, eta = 1)."""
    ladder = lay_ladder(steps, noise, Spacing.LINSPACE, whole=False, clean=True, top=LARGEST_SHARE)
    here, there = ladder.sigma[:-1], ladder.sigma[1:]
    up = there * np.sqrt(1 - (there / here) ** 2)
    down = there**2 / here
    rows = evaluations(ladder, prediction, Target.CLEAN)
    rows[:, A] = ladder.signal[1:] / ladder.signal[:-1] * (down / here)
    rows[:, W0] = ladder.signal[1:] * (1 - down / here)
    rows[:, S] = ladder.signal[1:] * up
    return Plan(start_scale=first_scale(ladder, noise), rows=rows)


Sampler = Callable[[int, NoiseSchedule, Prediction], Plan]

SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        "DDIM": ddim,
        "PNDM": pndm,
        "LMSDiscrete": lms_discrete,
        "DPMSolverMultistep": dpm_solver_multistep,
        "EulerAncestralDiscrete": euler_ancestral_discrete,
        "FlowMatchEuler": flow_match_euler,
    }
)
"""By their public names."""
