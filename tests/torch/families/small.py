"""Tiny models of the families whose own text encoders are small language models, or whose latents are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from diffusers import (
    AutoencoderDC,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    PixArtSigmaPipeline,
    PixArtTransformer2DModel,
    SanaPipeline,
    SanaSprintPipeline,
    SanaTransformer2DModel,
    SCMScheduler,
)

from tests.torch.families.pieces import gemma2, image_vae, louder, t5
from tests.torch.families.words import gemma_tokenizer, t5_tokenizer


def lumina2() -> Lumina2Pipeline:
    network = Lumina2Transformer2DModel(
        in_channels=4, hidden_size=32, num_layers=1, num_refiner_layers=1, num_attention_heads=2, num_kv_heads=1,
        multiple_of=8, axes_dim_rope=(4, 6, 6), axes_lens=(300, 32, 32), cap_feat_dim=16,
    )  # fmt: skip
    louder(network, 3.0)
    return Lumina2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=image_vae(scaling_factor=0.36, shift_factor=0.12, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=gemma2(),
        tokenizer=gemma_tokenizer(),
        transformer=network,
    )


def pixart_sigma() -> PixArtSigmaPipeline:
    network = PixArtTransformer2DModel(
        in_channels=4, out_channels=8, num_attention_heads=2, attention_head_dim=8, num_layers=1, caption_channels=16,
        cross_attention_dim=16, sample_size=32, norm_type="ada_norm_single", use_additional_conditions=False,
    )  # fmt: skip
    louder(network, 2.0)
    return PixArtSigmaPipeline(
        scheduler=DPMSolverMultistepScheduler(beta_schedule="linear", beta_start=0.0001, beta_end=0.02),
        vae=image_vae(scaling_factor=0.13),
        text_encoder=t5(),
        tokenizer=t5_tokenizer(),
        transformer=network,
    )


def sana(*, by_euler: bool) -> SanaPipeline:
    """Published weights come with either scheduler."""
    by_dpm = {"use_flow_sigmas": True, "flow_shift": 3.0, "prediction_type": "flow_prediction"}
    network = sana_network()
    louder(network, 2.0)
    return SanaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0) if by_euler else DPMSolverMultistepScheduler(**by_dpm),
        vae=deep_vae(),
        text_encoder=gemma2(),
        tokenizer=gemma_tokenizer(),
        transformer=network,
    )


def sana_sprint() -> SanaSprintPipeline:
    network = sana_network(guidance_embeds=True, qk_norm="rms_norm_across_heads")
    louder(network, 2.0)
    return SanaSprintPipeline(
        scheduler=SCMScheduler(),
        vae=deep_vae(),
        text_encoder=gemma2(),
        tokenizer=gemma_tokenizer(),
        transformer=network,
    )


def sana_network(**options: Any) -> SanaTransformer2DModel:
    return SanaTransformer2DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1,
        num_cross_attention_heads=2, cross_attention_head_dim=8, cross_attention_dim=16, caption_channels=16,
        sample_size=32, **options,
    )  # fmt: skip


def deep_vae() -> AutoencoderDC:
    """32 pixels to a place, as the real one."""
    return AutoencoderDC(
        latent_channels=4, attention_head_dim=4, scaling_factor=0.41,
        encoder_block_types="ResBlock", decoder_block_types="ResBlock",
        encoder_block_out_channels=(4, 4, 8, 8, 8, 8), decoder_block_out_channels=(4, 4, 8, 8, 8, 8),
        encoder_layers_per_block=(1,) * 6, decoder_layers_per_block=(1,) * 6,
        encoder_qkv_multiscales=((),) * 6, decoder_qkv_multiscales=((),) * 6,
    )  # fmt: skip


SMALL: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "lumina2": lumina2,
        "pixart-sigma": pixart_sigma,
        "sana-dpm": lambda: sana(by_euler=False),
        "sana-euler": lambda: sana(by_euler=True),
        "sana-sprint": sana_sprint,
    }
)
