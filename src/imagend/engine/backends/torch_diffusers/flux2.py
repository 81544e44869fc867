"""FLUX.2 (Black Forest Labs, 2025): klein is distilled, klein-base takes classic guidance, dev is told its scale.

Latents are those of the VAE in squares of 2 x 2 places, put to mean 0 and deviation 1 by its batch norm; the network
reads one such square as one token, so nothing is cut here. klein's own pipeline knows the empty negative prompt only;
the network takes any, and so do we. dev's published folder names a text processor that needs torchvision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.own_places import Turns, attend_by_row, turns_of
from imagend.engine.backends.torch_diffusers.padding import Padded, mask_of_both
from imagend.engine.backends.torch_diffusers.parts import flow_noise, padded_alike
from imagend.engine.backends.torch_diffusers.patches import cut_apart, largest, rows_of_patches
from imagend.engine.schedule import FlowNoise, Prediction

FEW_STEPS, MANY_STEPS = 10, 200  # where the shift was fitted
MOST_TOKENS = 4300  # above, it no longer depends on the steps


class Flux2:
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._network = pipeline.transformer
        self._vae = pipeline.vae
        self.guidance = _guidance(pipeline)
        self.stride = 2 ** len(self._vae.config.block_out_channels)
        attend_by_row(self._network)

    def noise_at(self, width: int, height: int) -> FlowNoise:
        config = self._pipeline.scheduler.config
        tokens = (width // self.stride) * (height // self.stride)
        return fitted_noise(tokens) if config.get("use_dynamic_shifting") else flow_noise(config, tokens)

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        return self._network.config.in_channels, height // self.stride, width // self.stride

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, _ = self._pipeline.encode_prompt(list(prompts), device=self._network.device)
        return sliced(words=words)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        out = self._answer(x.flatten(2).transpose(1, 2), _picture(x), times, embeddings, scales)
        return out.transpose(1, 2).reshape(x.shape)

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        rows, words = rows_of_patches(xs, 1), stacked(embeddings, "words")
        own = {"turns": turns_of(xs, partial(self._turns, words)), "mask": mask_of_both(Padded(words), rows)}
        return cut_apart(self._answer(rows.rows, _picture(largest(xs)), times, embeddings, scales, own), xs, 1)

    def _answer(
        self, rows: Tensor, at: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor,
        own: Mapping[str, Any] | None = None,
    ) -> Tensor:  # fmt: skip
        """own: places and lengths of the rows, where they differ; `at` is then not looked at."""
        words = stacked(embeddings, "words")
        out: Tensor = self._network(
            hidden_states=rows.to(words.dtype),
            timestep=times.to(words.dtype),
            guidance=scales if self.guidance is Guidance.EMBEDDED else None,
            encoder_hidden_states=words,
            txt_ids=_words(words),
            img_ids=at,
            joint_attention_kwargs=own,
            return_dict=False,
        )[0]
        return out.float()

    def _turns(self, words: Tensor, x: Tensor) -> Turns:
        cos, sin = self._network.pos_embed(torch.cat([_words(words), _picture(x)]))
        return cos[:, ::2], sin[:, ::2]  # each stands there for both neighbours

    def decode(self, x: Tensor) -> Tensor:
        norm = self._vae.bn
        deviation = (norm.running_var.float() + self._vae.config.batch_norm_eps).sqrt()
        latents = x * deviation[:, None, None] + norm.running_mean.float()[:, None, None]
        whole = torch.nn.functional.pixel_shuffle(latents, 2)
        pictures: Tensor = self._vae.decode(whole.to(self._vae.dtype), return_dict=False)[0]
        return pictures.float()


def _guidance(pipeline: Any) -> Guidance:
    if pipeline.transformer.config.guidance_embeds:
        return Guidance.EMBEDDED
    return Guidance.NONE if pipeline.config.get("is_distilled") else Guidance.CLASSIC


def fitted_noise(tokens: int) -> FlowNoise:
    """The published fit of log(shift): a line over the tokens for few and for many steps, and one over the steps."""
    few, many = 8.73809524e-05 * tokens + 1.89833333, 0.00016927 * tokens + 0.45666666
    slope = 0.0 if tokens > MOST_TOKENS else (many - few) / (MANY_STEPS - FEW_STEPS)
    return FlowNoise(shift=math.exp(many - slope * MANY_STEPS), log_shift_per_step=slope)


def _words(words: Tensor) -> Tensor:
    return _places((1, 1, words.shape[1]), words.device)


def _picture(x: Tensor) -> Tensor:
    return _places((*x.shape[-2:], 1), x.device)


def _places(lengths: Sequence[int], device: torch.device) -> Tensor:
    """(time 0, row, column, word) of every token, [tokens, 4], for rotary positions."""
    axes = [torch.arange(length, device=device) for length in (1, *lengths)]
    return torch.cartesian_prod(*axes)
