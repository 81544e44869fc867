"""Which of our samplers a model was made for, by the class of diffusers' scheduler that lies beside its weights.

Known where torch is not loaded too: requests that do not say are drawn with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DIFFUSION_SAMPLERS: Mapping[str, str] = MappingProxyType(
    {
        "DDIMScheduler": "DDIM",
        "PNDMScheduler": "PNDM",
        "LMSDiscreteScheduler": "LMSDiscrete",
        "DPMSolverMultistepScheduler": "DPMSolverMultistep",
        "EulerAncestralDiscreteScheduler": "EulerAncestralDiscrete",
        "EulerDiscreteScheduler": "FlowMatchEuler",  # the same steps; see decision 0002
    }
)
"""diffusers' class -> our sampler, of models that predict noise."""

NATIVE_SAMPLERS: Mapping[str, str] = MappingProxyType(
    {
        **DIFFUSION_SAMPLERS,
        "FlowMatchEulerDiscreteScheduler": "FlowMatchEuler",
        "SCMScheduler": "FlowMatchEuler",  # SANA-Sprint's, which on its schedule is consistency sampling
    }
)
"""The same of all models."""
