"""A tiny model of each family, with random weights, in the real pipeline classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import Qwen3Model

from tests.torch.families.classic import CLASSIC
from tests.torch.families.flux2 import dev, klein
from tests.torch.families.pieces import clip, image_vae, qwen3_config, t5
from tests.torch.families.qwen import qwen_image
from tests.torch.families.small import SMALL
from tests.torch.families.words import clip_tokenizer, qwen_tokenizer, t5_tokenizer


def flux1(*, dev: bool) -> FluxPipeline:
    """dev is told its guidance and shifts its schedule with the size; schnell does neither."""
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0 if dev else 1.0, use_dynamic_shifting=dev),
        vae=image_vae(scaling_factor=0.36, shift_factor=0.12, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=t5(),
        tokenizer_2=t5_tokenizer(),
        transformer=FluxTransformer2DModel(
            patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=16, pooled_projection_dim=16, axes_dims_rope=(4, 4, 8),
            guidance_embeds=dev,
        ),
    )  # fmt: skip


def z_image(*, shifts_with_size: bool) -> ZImagePipeline:
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=shifts_with_size),
        vae=image_vae(scaling_factor=0.36, shift_factor=0.12, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=Qwen3Model(qwen3_config(layers=2)),
        tokenizer=qwen_tokenizer(),
        transformer=ZImageTransformer2DModel(
            in_channels=4, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16,
            axes_dims=[4, 6, 6], axes_lens=[640, 32, 32],
        ),
    )  # fmt: skip


MODELS: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "flux1-dev": lambda: flux1(dev=True),
        "flux1-schnell": lambda: flux1(dev=False),
        "flux2-dev": dev,
        "flux2-klein": lambda: klein(distilled=True),
        "flux2-klein-base": lambda: klein(distilled=False),
        "qwen-image": qwen_image,
        "z-image": lambda: z_image(shifts_with_size=True),
        "z-image-turbo": lambda: z_image(shifts_with_size=False),
        **SMALL,
        **CLASSIC,
    }
)


def make(name: str) -> Any:
    torch.manual_seed(7)
    pipeline = MODELS[name]()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
