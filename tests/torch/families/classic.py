"""Tiny models of Stable Diffusion's generations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from diffusers import (
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    PNDMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextModelWithProjection

from tests.torch.families.pieces import clip, image_vae, louder, t5
from tests.torch.families.words import clip_tokenizer, t5_tokenizer

TRAINED = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}


def unet(words: int, **options: Any) -> UNet2DConditionModel:
    """words: numbers per token of the prompt. Loud enough that any two samplers end in different pictures."""
    network = UNet2DConditionModel(
        sample_size=4, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=words, **options,
    )  # fmt: skip
    louder(network, 2.0)
    return network


def stable_diffusion(scheduler: Any) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        scheduler=scheduler, vae=image_vae(scaling_factor=0.18), text_encoder=clip(), tokenizer=clip_tokenizer(),
        unet=unet(16), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def stable_diffusion_xl(scheduler: Any) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        scheduler=scheduler,
        vae=image_vae(scaling_factor=0.13),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(clip().config),
        tokenizer_2=clip_tokenizer(),
        unet=unet(
            32, addition_embed_type="text_time", addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=16 + 6 * 4,
        ),
        add_watermarker=False,
    )  # fmt: skip


def stable_diffusion_3() -> StableDiffusion3Pipeline:
    return StableDiffusion3Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=image_vae(scaling_factor=1.5, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=CLIPTextModelWithProjection(clip().config),
        tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(clip().config),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5(32),
        tokenizer_3=t5_tokenizer(),
        transformer=SD3Transformer2DModel(
            sample_size=8, patch_size=2, in_channels=4, out_channels=4, num_layers=2, num_attention_heads=2,
            attention_head_dim=8, joint_attention_dim=32, caption_projection_dim=16, pooled_projection_dim=32,
            pos_embed_max_size=16, dual_attention_layers=(0,), qk_norm="rms_norm",
        ),
    )  # fmt: skip


def pndm() -> PNDMScheduler:
    """As Stable Diffusion 1.5 is published."""
    return PNDMScheduler(**TRAINED, skip_prk_steps=True, set_alpha_to_one=False)


def v_ddim() -> DDIMScheduler:
    """As Stable Diffusion 2.1 is published."""
    return DDIMScheduler(**TRAINED, prediction_type="v_prediction", set_alpha_to_one=False, clip_sample=False)


def euler(**options: Any) -> EulerDiscreteScheduler:
    """As SDXL is published."""
    return EulerDiscreteScheduler(**TRAINED, timestep_spacing="leading", **options)


def zero_terminal_euler() -> EulerDiscreteScheduler:
    """As later models of v-prediction are published: from pure noise."""
    return EulerDiscreteScheduler(
        **TRAINED, timestep_spacing="trailing", prediction_type="v_prediction", rescale_betas_zero_snr=True
    )


CLASSIC: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "sd15": lambda: stable_diffusion(pndm()),
        "sd21-v": lambda: stable_diffusion(v_ddim()),
        "sdxl": lambda: stable_diffusion_xl(euler()),
        "sdxl-v": lambda: stable_diffusion_xl(euler(prediction_type="v_prediction")),
        "sdxl-v-zero": lambda: stable_diffusion_xl(zero_terminal_euler()),
        "sd35": stable_diffusion_3,
    }
)
