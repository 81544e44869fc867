"""The families that can be served: one line each."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from imagend.core.errors import BadSetting

if TYPE_CHECKING:  # which families there are is asked where torch is not loaded, too
    from imagend.engine.backends.torch_diffusers.family import Family

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "FluxPipeline": "flux1:Flux1",
        "Flux2Pipeline": "flux2:Flux2",
        "Flux2KleinPipeline": "flux2:Flux2",
        "QwenImagePipeline": "qwen_image:QwenImage",
        "ZImagePipeline": "z_image:ZImage",
        "Lumina2Pipeline": "lumina2:Lumina2",
        "PixArtSigmaPipeline": "pixart_sigma:PixArtSigma",
        "SanaPipeline": "sana:Sana",
        "SanaSprintPipeline": "sana:SanaSprint",
        "StableDiffusion3Pipeline": "stable_diffusion_3:StableDiffusion3",
        "StableDiffusionPipeline": "stable_diffusion:StableDiffusion",
        "StableDiffusionXLPipeline": "stable_diffusion:StableDiffusionXL",
    }
)
"""diffusers' pipeline class, as `model_index.json` names it -> module and class here."""


def family_of(pipeline_class: str) -> type[Family]:
    """Raises BadSetting for a pipeline that is in no line."""
    if pipeline_class not in FAMILIES:
        raise BadSetting(f"weights are for {pipeline_class}; imagend serves {', '.join(sorted(FAMILIES))}")
    module, _, name = FAMILIES[pipeline_class].partition(":")
    found: type[Family] = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    return found
