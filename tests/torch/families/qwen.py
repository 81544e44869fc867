"""Tiny models whose words are read by a Qwen: no weights, no size."""

from __future__ import annotations

from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from tests.torch.families.pieces import louder
from tests.torch.families.words import qwen_tokenizer


def qwen_vl() -> Qwen2_5_VLForConditionalGeneration:
    tokenizer = qwen_tokenizer()
    ends = tokenizer.pad_token_id
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer), "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 2048,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
            "bos_token_id": ends, "eos_token_id": ends, "pad_token_id": ends,
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 16,
            "fullatt_block_indexes": [0],
        },
        image_token_id=len(tokenizer) + 1, video_token_id=len(tokenizer) + 2,
    ))  # fmt: skip


def qwen_image() -> QwenImagePipeline:
    made = QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, max_image_seq_len=8192, shift_terminal=0.02
        ),
        vae=AutoencoderKLQwenImage(
            base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
            latents_mean=[0.1, -0.2, 0.3, 0.0], latents_std=[2.0, 1.5, 2.5, 3.0],
        ),
        text_encoder=qwen_vl(),
        tokenizer=qwen_tokenizer(),
        transformer=QwenImageTransformer2DModel(
            in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=16, axes_dims_rope=(4, 6, 6),
        ),
    )  # fmt: skip
    louder(made.transformer.transformer_blocks, 2)
    louder(made.transformer.proj_out, 2)
    louder(made.vae.decoder.conv_out, 4)
    return made
