"""Tiny FLUX.2 models."""

from __future__ import annotations

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Pipeline,
    Flux2Transformer2DModel,
)
from transformers import Mistral3Config, Mistral3ForConditionalGeneration, Qwen3ForCausalLM

from tests.torch.families.pieces import louder, qwen3_config
from tests.torch.families.words import qwen_tokenizer

PARTS = (
    "{% for turn in messages %}[{{ turn.role }}]{% for part in turn.content %}{{ part.text }}{% endfor %}{% endfor %}"
)


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


def mistral3() -> Mistral3ForConditionalGeneration:
    tokenizer = qwen_tokenizer()
    ends = tokenizer.pad_token_id
    eyes = {"num_hidden_layers": 1, "image_size": 28, "patch_size": 14}
    words = {
        "num_hidden_layers": 30, "num_key_value_heads": 1, "vocab_size": len(tokenizer), "pad_token_id": ends,
        "bos_token_id": ends, "eos_token_id": ends, "max_position_embeddings": 1024,
    }  # fmt: skip
    both = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "head_dim": 8}
    return Mistral3ForConditionalGeneration(Mistral3Config(
        text_config={"model_type": "mistral", **both, **words},
        vision_config={"model_type": "pixtral", **both, **eyes},
        image_token_index=len(tokenizer) + 1,
    ))  # fmt: skip


def dev() -> Flux2Pipeline:
    """Its words are cut by a plain tokenizer: the published processor takes pictures, too, and needs torchvision."""
    return Flux2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae(),
        text_encoder=mistral3(),
        tokenizer=qwen_tokenizer(chat_template=PARTS),
        transformer=transformer(words=48, guidance_embeds=True),
    )
