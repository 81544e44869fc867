"""Tiny models of the families whose own text encoders are small language models, or whose latents are."""

from __future__ import annotations

from diffusers import FlowMatchEulerDiscreteScheduler, Lumina2Pipeline, Lumina2Transformer2DModel

from tests.torch.families.pieces import gemma2, image_vae, louder
from tests.torch.families.words import gemma_tokenizer


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
