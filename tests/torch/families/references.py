"""What diffusers' own loop makes of the same noise: how each pipeline is called, and the shape of its latents."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import torch
from diffusers import EulerDiscreteScheduler
from torch import Tensor

from imagend.core.recipe import Recipe
from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.patches import patches
from imagend.engine.noise import first_noise, step_noise

CONSISTENCY_NOISE = "diffusers.schedulers.scheduling_scm.randn_tensor"

Call = Callable[[Any, Recipe, Tensor], dict[str, Any]]
"""Arguments for the pipeline, from it, a recipe and the first latent [1, c, h, w]."""


def _flux1(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    return {"guidance_scale": asked.guidance_scale, "latents": patches(noise)}


def _flux2(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    return {"guidance_scale": asked.guidance_scale, "latents": noise}


def _klein(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    with torch.inference_mode():
        negative, _ = pipeline.encode_prompt(asked.negative_prompt)
    return {"guidance_scale": asked.guidance_scale, "negative_prompt_embeds": negative, "latents": noise}


def _z_image(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    scale = asked.guidance_scale - 1
    return {"guidance_scale": scale, "negative_prompt": [asked.negative_prompt], "latents": noise}


def _classic(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    return {"guidance_scale": asked.guidance_scale, "negative_prompt": asked.negative_prompt, "latents": noise}


def _stable_diffusion(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    call = _classic(pipeline, asked, noise)
    if asked.steps > 1:
        return call
    # under leading spacing one step begins at the cleanest level there and returns the noise (decision 0002)
    if isinstance(pipeline.scheduler, EulerDiscreteScheduler):  # under trailing spacing at another scale, too
        return call | {"timesteps": [999]}
    pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, timestep_spacing="trailing")
    return call


def _qwen_image(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    if asked.steps == 1:  # to stretch a schedule of one step diffusers divides 0 by 0
        pipeline.scheduler = pipeline.scheduler.from_config(pipeline.scheduler.config, shift_terminal=None)
    scale = asked.guidance_scale
    return {"true_cfg_scale": scale, "negative_prompt": asked.negative_prompt, "latents": patches(noise)}


def _unbinned(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    return {"use_resolution_binning": False, **_classic(pipeline, asked, noise)}


def _pixart_sigma(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    return {"clean_caption": False, **_unbinned(pipeline, asked, noise)}


def _sana_sprint(pipeline: Any, asked: Recipe, noise: Tensor) -> dict[str, Any]:
    middle = 1.3 if asked.steps == 2 else None  # the pipeline refuses its own default for any other number of steps
    return {
        "use_resolution_binning": False, "guidance_scale": asked.guidance_scale, "intermediate_timesteps": middle,
        "latents": noise,
    }  # fmt: skip


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "FluxPipeline": _flux1,
        "Flux2Pipeline": _flux2,
        "Flux2KleinPipeline": _klein,
        "QwenImagePipeline": _qwen_image,
        "ZImagePipeline": _z_image,
        "Lumina2Pipeline": _classic,
        "PixArtSigmaPipeline": _pixart_sigma,
        "SanaPipeline": _unbinned,
        "SanaSprintPipeline": _sana_sprint,
        "StableDiffusion3Pipeline": _classic,
        "StableDiffusionPipeline": _stable_diffusion,
        "StableDiffusionXLPipeline": _stable_diffusion,
    }
)


def picture(pipeline: Any, asked: Recipe, shape: tuple[int, ...]) -> Pixels:
    noise = torch.from_numpy(first_noise(asked.seed, shape))[None]
    call = CALLS[type(pipeline).__name__](pipeline, asked, noise)
    fresh = (torch.from_numpy(step_noise(asked.seed, step, shape))[None] for step in range(asked.steps))
    with warnings.catch_warnings(), patch(CONSISTENCY_NOISE, lambda *_, **__: next(fresh)):
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # in schedulers
        made = pipeline(
            prompt=asked.prompt, width=asked.width, height=asked.height, num_inference_steps=asked.steps,
            output_type="np", **call,
        )  # fmt: skip
    pixels: Pixels = (made.images[0] * 255).round().astype("uint8")
    return pixels
