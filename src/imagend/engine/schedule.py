"""How much noise is in a latent at which time: the noise schedules that models are trained on, and the walks through them.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNoise:
    """The straight line between picture and noise, x = (1 - s) x0 + s n.

    `shift` > 1 spends more of the steps at high noise (arXiv 2403.03206, section 5.3.2). The model is told
    t = s * time_scale, so with the default 1.0 it is told the share of noise: 1 is pure noise, 0 the clean latent.
    """

    shift: float = 1.0
    time_scale: float = 1.0


NoiseSchedule = DiffusionNoise | FlowNoise
