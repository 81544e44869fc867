"""Runs of the schedulers of diffusers, as its pipelines make them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import diffusers
import numpy as np
import torch

from tests.engine.published import SHAPE, Array, Case, network, noises

ANCESTRAL_NOISE = "diffusers.schedulers.scheduling_euler_ancestral_discrete.randn_tensor"


def scheduler(case: Case, steps: int) -> Any:
    euler = "FlowMatchEulerDiscrete" if case.prediction.is_flow else "EulerDiscrete"
    name = {"FlowMatchEuler": euler}.get(case.sampler, case.sampler)
    made = getattr(diffusers, f"{name}Scheduler")(**case.options)
    if name == "FlowMatchEulerDiscrete":
        made.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps))  # as the pipelines of FLUX and Qwen-Image do
    else:
        made.set_timesteps(steps)
    return made


def sigmas(made: Any) -> Array:
    """Sigma (share s of noise for flow models) at every evaluation."""
    if hasattr(made, "sigmas"):
        return np.array(made.sigmas[:-1], np.float64)
    power = np.array(made.alphas_cumprod[made.timesteps], np.float64)
    with np.errstate(divide="ignore"):  # pure noise
        return np.asarray(np.sqrt((1 - power) / power))


def start_scale(case: Case, made: Any) -> float:
    """Theirs, except that DPM-Solver starts a flow model 0.1 % too loud for its first level, s = 0.999."""
    if "use_flow_sigmas" in case.options:
        top = float(made.sigmas[0])
        return float(np.hypot(1 - top, top))
    return float(getattr(made, "init_noise_sigma", 1.0))


def final(case: Case, steps: int) -> Array:
    """The last latent of a run in float64, [*SHAPE]."""
    made, z = scheduler(case, steps), iter(torch.from_numpy(noises(steps)))
    x = next(z) * start_scale(case, made)
    with patch(ANCESTRAL_NOISE, lambda *_, **__: next(z)):
        for time in made.timesteps:
            told = made.scale_model_input(x, time) if hasattr(made, "scale_model_input") else x
            out = torch.from_numpy(network(told.double().numpy(), case.told(float(time))))
            x = made.step(out, time, x).prev_sample.double()
    return np.asarray(x).reshape(SHAPE)
