"""Tiny autoencoders and text encoders that several families share."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL
from transformers import CLIPTextConfig, CLIPTextModel, Gemma2Config, Gemma2Model, Qwen3Config, T5Config, T5EncoderModel

from tests.torch.families.words import clip_tokenizer, gemma_tokenizer, qwen_tokenizer, t5_tokenizer


def image_vae(channels: int = 4, **options: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=channels, layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, sample_size=64,
        **options,
    )  # fmt: skip


def clip(**options: Any) -> CLIPTextModel:
    tokenizer = clip_tokenizer()
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=16, bos_token_id=0, eos_token_id=1, pad_token_id=1, **options,
    ))  # fmt: skip


def t5(width: int = 16) -> T5EncoderModel:
    return T5EncoderModel(T5Config(
        vocab_size=len(t5_tokenizer()), d_model=width, d_kv=8, d_ff=32, num_layers=2, num_heads=2,
    )).eval()  # without dropout, as when loaded  # fmt: skip


def gemma2() -> Gemma2Model:
    return Gemma2Model(Gemma2Config(
        vocab_size=len(gemma_tokenizer()), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=4096,
        pad_token_id=0, eos_token_id=1, bos_token_id=2,
    ))  # fmt: skip


def qwen3_config(layers: int) -> Qwen3Config:
    tokenizer = qwen_tokenizer()
    return Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=layers,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip


def louder(network: torch.nn.Module, gain: float) -> None:
    """Random weights of the usual size hardly listen to the words; larger ones do."""
    for weight in network.parameters():
        if weight.ndim > 1:
            weight.data.mul_(gain)
