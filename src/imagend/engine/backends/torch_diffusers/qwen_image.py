"""Qwen-Image (Alibaba, 2025): classic guidance whose answer is then made as long as the positive one.

Prompts keep their own length; in a batch the shorter ones are padded and the padding is masked. The VAE is one for
video, so its latents have an axis of time of length 1. A schedule of one step is not stretched to `shift_terminal`:
there is nothing to stretch, and diffusers' own division by zero is not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, classic
from imagend.engine.backends.torch_diffusers.parts import flow_noise
from imagend.engine.backends.torch_diffusers.patches import patches, unpatched
from imagend.engine.schedule import FlowNoise, Prediction

LONGEST_PROMPT = 512  # tokens; the same as in diffusers


class QwenImage:
    guidance = Guidance.CLASSIC
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._network = pipeline.transformer
        self._factor = 2 ** len(pipeline.vae.config.temperal_downsample)
        self.stride = 2 * self._factor

    def noise_at(self, width: int, height: int) -> FlowNoise:
        return flow_noise(self._pipeline.scheduler.config, (width // self.stride) * (height // self.stride))

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        return self._network.config.in_channels // 4, height // self._factor, width // self._factor

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, mask = self._pipeline.encode_prompt(
            list(prompts), device=self._network.device, max_sequence_length=LONGEST_PROMPT
        )
        lengths = [words.shape[1]] * len(words) if mask is None else mask.sum(dim=1).tolist()
        return [{"words": row[:length].clone()} for row, length in zip(words, lengths, strict=True)]

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        words = [embedding["words"] for embedding in embeddings]
        padded = pad_sequence(words, batch_first=True)
        out = self._network(
            hidden_states=patches(x).to(padded.dtype),
            timestep=times.to(padded.dtype),
            encoder_hidden_states=padded,
            encoder_hidden_states_mask=_mask(words, padded),
            img_shapes=[[(1, x.shape[2] // 2, x.shape[3] // 2)]] * len(x),
            return_dict=False,
        )[0]
        return unpatched(out.float(), x)

    def mix(self, positive: Tensor, negative: Tensor, scales: Tensor, times: Tensor) -> Tensor:
        """The classic formula for the direction of every patch; its length is the positive answer's."""
        mixed = patches(classic(positive, negative, scales))
        length = mixed.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(mixed.dtype).tiny)
        return unpatched(mixed * (patches(positive).norm(dim=-1, keepdim=True) / length), positive)

    def decode(self, x: Tensor) -> Tensor:
        vae = self._pipeline.vae
        mean, deviation = (
            x.new_tensor(numbers).view(1, -1, 1, 1) for numbers in (vae.config.latents_mean, vae.config.latents_std)
        )
        frames: Tensor = vae.decode((x * deviation + mean)[:, :, None].to(vae.dtype), return_dict=False)[0]
        return frames[:, :, 0].float()


def _mask(words: Sequence[Tensor], padded: Tensor) -> Tensor | None:
    """True where a prompt has a word, [N, longest]; None when all are of one length, which is faster."""
    lengths = torch.tensor([len(row) for row in words], device=padded.device)
    if len({len(row) for row in words}) == 1:
        return None
    return torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]
