"""The parts of a tiny Z-Image: diffusers' and transformers' own classes, with few and narrow layers."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
from tokenizers import AddedToken
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

from training.tiny.scenes import SIDE, WORDS

CHANNELS = 8  # of a latent
FACTOR = 4  # pixels along a side of one place
SHIFT = 2.0  # of the schedule: small pictures are destroyed by less noise than large ones
WORD_WIDTH = 64
_TURNS = "{% for turn in messages %}{{ turn.content }}{% endfor %}"


def tokenizer() -> Qwen2Tokenizer:
    """One token for each word of the little world; anything else is spelled in bytes."""
    known = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(ByteLevel.alphabet())]
    made = Qwen2Tokenizer(
        vocab={word: number for number, word in enumerate(known)}, merges=[], model_max_length=64,
        chat_template=_TURNS,
    )  # fmt: skip
    made.add_tokens([AddedToken(word, lstrip=True, single_word=True) for word in WORDS])
    return made


def text_encoder(vocabulary: int) -> Qwen3Model:
    """Its table of words is random and stays so: Z-Image reads the last but one of its states, which with one layer is
    that table. What the words mean the denoiser learns."""
    return Qwen3Model(
        Qwen3Config(
            vocab_size=vocabulary, hidden_size=WORD_WIDTH, intermediate_size=64, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=512, pad_token_id=0,
        )
    )  # fmt: skip


def autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 16, 32), norm_num_groups=8, latent_channels=CHANNELS, layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, sample_size=SIDE,
        mid_block_add_attention=False, use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip


def transformer(width: int, layers: int) -> ZImageTransformer2DModel:
    """width: a multiple of 48."""
    return ZImageTransformer2DModel(
        in_channels=CHANNELS, dim=width, n_layers=layers, n_refiner_layers=1, n_heads=width // 48,
        n_kv_heads=width // 48, cap_feat_dim=WORD_WIDTH, axes_dims=[8, 20, 20], axes_lens=[256, 64, 64],
    )  # fmt: skip


def assembled(vae: AutoencoderKL, network: ZImageTransformer2DModel, encoder: Qwen3Model) -> ZImagePipeline:
    pipeline = ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT), vae=vae, text_encoder=encoder, tokenizer=tokenizer(),
        transformer=network,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def read(pipeline: ZImagePipeline, sentences: list[str]) -> list[Any]:
    """Tensors [words, WORD_WIDTH], as the pipeline itself reads prompts."""
    found, _ = pipeline.encode_prompt(list(sentences), device="cpu", do_classifier_free_guidance=False)
    return list(found)
