"""Schedules of variance-preserving models, read from the configuration of diffusers' scheduler beside the weights.

The scheduler itself is never run: what it says about the training becomes a `DiffusionNoise`, its class the native
sampler. Options that would change the pictures and have no place in our tables are refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from imagend.core.errors import BadSetting
from imagend.core.native_samplers import DIFFUSION_SAMPLERS
from imagend.engine.backends.torch_diffusers.parts import OverVae
from imagend.engine.schedule import Betas, DiffusionNoise, Prediction, Spacing

FOLLOWED: Mapping[str, Any] = MappingProxyType(
    {
        "trained_betas": None,
        "clip_sample": False,
        "thresholding": False,
        "use_karras_sigmas": False,
        "use_exponential_sigmas": False,
        "use_beta_sigmas": False,
        "use_flow_sigmas": False,
        "use_lu_lambdas": False,
        "euler_at_final": False,
        "algorithm_type": "dpmsolver++",
        "solver_order": 2,
        "solver_type": "midpoint",
        "final_sigmas_type": "zero",
        "interpolation_type": "linear",
        "timestep_type": "discrete",
    }
)
"""Options with the one value that our tables follow."""


def native_sampler(scheduler: Any) -> str:
    """Name in plan.SAMPLERS. Raises BadSetting."""
    found = type(scheduler).__name__
    if found not in DIFFUSION_SAMPLERS:
        known = ", ".join(DIFFUSION_SAMPLERS)
        raise BadSetting(f"the weights' scheduler is {found}; for this family it must be one of {known}")
    return DIFFUSION_SAMPLERS[found]


def trained_prediction(config: Mapping[str, Any]) -> Prediction:
    """Raises BadSetting."""
    known = {kind.value: kind for kind in Prediction if not kind.is_flow}
    return known[_one_of(config, "prediction_type", known, "epsilon")]


def diffusion_noise(scheduler: Any) -> DiffusionNoise:
    """The schedule of a scheduler of DIFFUSION_SAMPLERS. Raises BadSetting."""
    config = scheduler.config
    for name, wanted in FOLLOWED.items():
        found = config.get(name)
        if found and found != wanted:
            raise BadSetting(f"the weights' scheduler has {name} = {found!r}; imagend follows {wanted!r} only")
    zero_terminal = bool(config.get("rescale_betas_zero_snr"))
    if zero_terminal and trained_prediction(config) is Prediction.EPSILON:
        raise BadSetting("rescale_betas_zero_snr starts from pure noise, where prediction_type epsilon says nothing")
    return DiffusionNoise(
        betas=Betas(_one_of(config, "beta_schedule", {kind.value for kind in Betas}, "linear")),
        beta_start=float(config["beta_start"]),
        beta_end=float(config["beta_end"]),
        num_train_timesteps=int(config["num_train_timesteps"]),
        steps_offset=int(config.get("steps_offset") or 0),
        spacing=_spacing(config),
        ends_clean=bool(config.get("set_alpha_to_one")),
        zero_terminal=zero_terminal,
    )


def _spacing(config: Mapping[str, Any]) -> Spacing | None:
    """None, each sampler's customary one, where the file does not say; so does diffusers when a pipeline is given
    another scheduler."""
    name = "timestep_spacing"
    if name in config.get("_use_default_values", ()):
        return None
    return Spacing(_one_of(config, name, {kind.value for kind in Spacing}, Spacing.LEADING.value))


def _one_of(config: Mapping[str, Any], name: str, allowed: Any, usual: str) -> str:
    found = str(config.get(name, usual))
    if found not in allowed:
        raise BadSetting(f"the weights' scheduler has {name} = {found!r}; imagend follows {', '.join(sorted(allowed))}")
    return found


class DiffusionTrained(OverVae):
    """What families share that were trained on a diffusion schedule, the same for every size of picture."""

    def __init__(self, pipeline: Any, network: Any, patch: int) -> None:
        """As OverVae. Raises BadSetting for a scheduler that our tables do not follow."""
        super().__init__(pipeline, network, patch)
        self._noise = diffusion_noise(pipeline.scheduler)
        self.scheduler = native_sampler(pipeline.scheduler)
        self.prediction = trained_prediction(pipeline.scheduler.config)

    def noise_at(self, width: int, height: int) -> DiffusionNoise:
        return self._noise
