"""How much noise is in a latent at which time: the noise schedules of models, and the walks down through them.

A *level* of noise is a pair (signal, noise) with signal^2 + noise^2 = 1. The three ways in which papers write a noisy
latent differ by one factor only, so every sampler can run on every model:

    variance preserving   signal x0 + noise n            DDIM, PNDM, DPM-Solver; Stable Diffusion
    variance exploding    x0 + sigma n                   sigma = noise / signal; LMS, Euler ancestral
    straight line         (1 - s) x0 + s n               s = noise / (signal + noise); flow matching
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]

LARGEST_SHARE = 0.999
"""Where the classic samplers enter a flow model: at s = 1 their sigma is infinite. The same value as in diffusers."""


FAINTEST_POWER = 2.0**-24
"""Signal^2 at the noisiest timestep of a zero-terminal schedule, so that sigma (4096) is finite; as in diffusers."""


class Prediction(Enum):
    """What a network answers, given the noisy latent x = signal x0 + noise n in its own scale."""

    EPSILON = "epsilon"  # n
    V_PREDICTION = "v_prediction"  # signal n - noise x0 (arXiv 2202.00512, appendix D)
    SAMPLE = "sample"  # x0
    FLOW_VELOCITY = "flow_velocity"  # n - x0, with x = (1 - s) x0 + s n (arXiv 2209.03003)
    FLOW_SAMPLE = "flow_sample"  # x0, with x = (1 - s) x0 + s n

    @property
    def is_flow(self) -> bool:
        return self in (Prediction.FLOW_VELOCITY, Prediction.FLOW_SAMPLE)


class Spacing(Enum):
    """Which of the training timesteps are visited (arXiv 2305.08891, table 2)."""

    LEADING = "leading"
    TRAILING = "trailing"
    LINSPACE = "linspace"


class Betas(Enum):
    """How the variances of the forward process grow from the first to the last training timestep."""

    LINEAR = "linear"  # arXiv 2006.11239, section 4
    SCALED_LINEAR = "scaled_linear"  # linear in sqrt(beta); latent diffusion, arXiv 2112.10752


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionNoise:
    """A discrete variance-preserving schedule. The defaults are Stable Diffusion's."""

    betas: Betas = Betas.SCALED_LINEAR
    beta_start: float = 0.00085
    beta_end: float = 0.012
    num_train_timesteps: int = 1000
    steps_offset: int = 1  # added to every timestep under LEADING
    spacing: Spacing | None = None  # None: the customary one of each sampler
    ends_clean: bool = False  # DDIM and PNDM end at zero noise, not at timestep 0 (`set_alpha_to_one` in diffusers)
    zero_terminal: bool = False  # rescaled until the last timestep is noise only (arXiv 2305.08891, algorithm 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNoise:
    """The straight line between picture and noise, x = (1 - s) x0 + s n.

    `shift` > 1 spends more of the steps at high noise (arXiv 2403.03206, section 5.3.2). The model is told
    t = s * time_scale, so with the default 1.0 it is told the share of noise: 1 is pure noise, 0 the clean latent.
    The last of n evaluations is made at s = 1/n, or at `last` (Stable Diffusion 3), before the shift; with `terminal`
    all are stretched so that it is made there, after the shift (Qwen-Image). Where the shift depends on the number of
    steps (FLUX.2) it is shift * exp(steps * log_shift_per_step).
    """

    shift: float = 1.0
    time_scale: float = 1.0
    last: float | None = None
    terminal: float | None = None
    log_shift_per_step: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrigNoise:
    """The quarter circle between picture and noise, x = cos(t) x0 + sin(t) n (TrigFlow, arXiv 2410.11081, section 4).

    Of models that are distilled to answer the end of the whole path from any point on it (SANA-Sprint, arXiv
    2503.09641). Steps are equal in the angle t, from pi/2 to 0; two of them meet at `middle`. As a flow model, the
    network is fed the straight line and told s * time_scale.
    """

    middle: float = 1.3
    time_scale: float = 1.0


NoiseSchedule = DiffusionNoise | FlowNoise | TrigNoise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder:
    """The levels that a sampler walks down, from the noisiest to the cleanest; n evaluations visit the first n."""

    times: Float64s  # [n], what the network is told
    signal: Float64s  # [n + 1]
    noise: Float64s  # [n + 1]; signal^2 + noise^2 = 1

    @property
    def sigma(self) -> Float64s:
        """Noise level of the variance exploding form. Infinite where signal is 0."""
        return self.noise / self.signal

    @property
    def share(self) -> Float64s:
        """Share of noise s on the straight line, 0 to 1."""
        return self.noise / (self.signal + self.noise)


def diffusion_sigmas(schedule: DiffusionNoise) -> Float64s:
    """Sigma of every training timestep, ascending, [num_train_timesteps]."""
    power = 2.0 if schedule.betas is Betas.SCALED_LINEAR else 1.0
    ends = schedule.beta_start ** (1 / power), schedule.beta_end ** (1 / power)
    betas = np.linspace(*ends, schedule.num_train_timesteps) ** power
    signal_power = np.cumprod(1 - betas)
    if schedule.zero_terminal:
        signal = np.sqrt(signal_power)
        signal_power = ((signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])) ** 2
        signal_power[-1] = FAINTEST_POWER
    return np.sqrt((1 - signal_power) / signal_power)


def timesteps(
    schedule: DiffusionNoise, steps: int, spacing: Spacing, *, whole: bool = True, spare: int = 0
) -> Float64s:
    """The training timesteps that are visited, descending, [steps].

    `whole`: only integers, for samplers that were defined on them. `spare`: so many points more are laid out and the
    lowest left away (DPM-Solver walks its last step from there to zero noise). A single step always starts from the
    noisiest level; published code starts it at timestep 0 or 1, which returns the noise.
    """
    train, points = schedule.num_train_timesteps, steps + spare
    if steps == 1:
        return np.array([train - 1.0])
    visited: Float64s
    match spacing:
        case Spacing.LINSPACE:
            visited = np.linspace(0, train - 1, points)[::-1]
        case Spacing.LEADING:
            visited = np.arange(points, dtype=np.float64)[::-1] * (train // points) + schedule.steps_offset
        case Spacing.TRAILING:
            visited = np.round(np.arange(train, 0, -train / steps)[:steps]) - 1
    return np.round(visited[:steps]) if whole else visited[:steps]


def diffusion_ladder(schedule: DiffusionNoise, times: Float64s, *, ends_clean: bool) -> Ladder:
    """Levels at `times`, then the clean level, or else that of timestep 0 (as Stable Diffusion's DDIM does)."""
    trained = diffusion_sigmas(schedule)
    sigma = np.interp(times, np.arange(len(trained)), trained)
    sigma = np.append(sigma, 0.0 if ends_clean else trained[0])
    signal = 1 / np.hypot(1, sigma)
    return Ladder(times=times, signal=signal, noise=sigma * signal)


def flow_ladder(schedule: FlowNoise, steps: int, *, top: float = 1.0) -> Ladder:
    """Equal steps from s = top to 0, shifted and stretched as the model was trained to see them."""
    even = np.linspace(1, 0, steps + 1)
    if schedule.last is not None:
        even = np.append(np.linspace(1, schedule.last, steps), 0.0)
    even = top * even
    shift = schedule.shift * np.exp(steps * schedule.log_shift_per_step)
    share = shift * even / (1 + (shift - 1) * even)
    if schedule.terminal is not None and steps > 1:
        share[:-1] = 1 - (1 - share[:-1]) * (1 - schedule.terminal) / (1 - share[-2])
    length = np.hypot(1 - share, share)
    return Ladder(times=share[:-1] * schedule.time_scale, signal=(1 - share) / length, noise=share / length)


def trig_ladder(schedule: TrigNoise, steps: int, *, top: float = 1.0) -> Ladder:
    """Equal angles from the noise to the picture, none noisier than s = top."""
    angles = np.linspace(np.pi / 2, 0, steps + 1)
    if steps == 2:
        angles[1] = schedule.middle
    angles = np.minimum(angles, np.arctan2(top, 1 - top))
    signal, noise = np.cos(angles), np.sin(angles)
    share = noise / (signal + noise)
    return Ladder(times=share[:-1] * schedule.time_scale, signal=signal, noise=noise)
