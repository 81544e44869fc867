"""Figures of presets, counted in the full-size models' own classes: on torch's meta device, which holds no numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import diffusers
import pytest
import torch
import transformers

from imagend.weights.presets import preset_names, read_preset


def _qwen3() -> Any:
    return transformers.Qwen3Model(transformers.Qwen3Config(
        hidden_size=2560, num_hidden_layers=36, intermediate_size=9728, num_attention_heads=32, num_key_value_heads=8,
        head_dim=128, vocab_size=151936,
    ))  # fmt: skip


def _gemma2() -> Any:
    return transformers.Gemma2Model(transformers.Gemma2Config(
        hidden_size=2304, num_hidden_layers=26, intermediate_size=9216, num_attention_heads=8, num_key_value_heads=4,
        head_dim=256, vocab_size=256000,
    ))  # fmt: skip


def _qwen_vl() -> Any:
    text = {
        "hidden_size": 3584, "num_hidden_layers": 28, "intermediate_size": 18944, "num_attention_heads": 28,
        "num_key_value_heads": 4, "vocab_size": 152064,
    }  # fmt: skip
    seen = {"hidden_size": 1280, "intermediate_size": 3420, "depth": 32, "num_heads": 16, "out_hidden_size": 3584}
    return transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(text_config=text, vision_config=seen, tie_word_embeddings=False)
    )


def _flux_vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), latent_channels=16, layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip


FULL: Mapping[str, Mapping[str, Callable[[], Any]]] = {
    "ZImagePipeline": {
        "transformer": diffusers.ZImageTransformer2DModel, "text_encoder": _qwen3, "vae": _flux_vae,
    },
    "QwenImagePipeline": {
        "transformer": diffusers.QwenImageTransformer2DModel, "text_encoder": _qwen_vl,
        "vae": diffusers.AutoencoderKLQwenImage,
    },
    "Lumina2Pipeline": {
        "transformer": lambda: diffusers.Lumina2Transformer2DModel(cap_feat_dim=2304), "text_encoder": _gemma2,
        "vae": _flux_vae,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", preset_names())
def test_presets_have_the_figures_of_the_full_size_models(name: str) -> None:
    for choice in read_preset(name).choices:
        with torch.device("meta"):
            models = {part: make() for part, make in FULL[choice.pipeline].items()}
        counted = sum(sum(weight.numel() for weight in model.parameters()) for model in models.values())
        assert choice.load.shape.numbers == pytest.approx(counted, rel=0.005)
        config = models["transformer"].config
        width = getattr(config, "hidden_size", None) or getattr(config, "dim", None)
        assert choice.load.shape.width == (width or config.num_attention_heads * config.attention_head_dim)
