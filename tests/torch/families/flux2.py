"""Tiny FLUX.2 models."""

from __future__ import annotations

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from transformers import Qwen3ForCausalLM

from tests.torch.families.pieces import louder, qwen3_config
from tests.torch.families.words import qwen_tokenizer


def vae() -> AutoencoderKLFlux2:
    made = AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4, layers_per_block=1, sample_size=64
    )
    made.bn.running_mean.copy_(torch.linspace(-0.3, 0.2, 16))
    made.bn.running_var.copy_(torch.linspace(1.5, 4.0, 16))
    return made


def transformer(*, words: int, guidance_embeds: bool) -> Flux2Transformer2DModel:
    made = Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=words, timestep_guidance_channels=32, axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance_embeds,
    )  # fmt: skip
    louder(made, 2)
    return made


def klein(*, distilled: bool) -> Flux2KleinPipeline:
    """Words are read in three layers of the text model, the deepest the 27th."""
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae(),
        text_encoder=Qwen3ForCausalLM(qwen3_config(layers=27)),
        tokenizer=qwen_tokenizer(),
        transformer=transformer(words=48, guidance_embeds=False),
        is_distilled=distilled,
    )
