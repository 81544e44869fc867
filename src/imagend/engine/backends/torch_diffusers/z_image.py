"""Z-Image (Alibaba Tongyi, 2025) and Z-Image-Turbo, which is distilled and made for guidance scale 1.

Guidance is the classic formula, with 1 for none. diffusers' pipeline writes the same picture with a scale that is one
less: positive + s (positive - negative) = negative + (s + 1) (positive - negative). A card's `guidance_scale: 5.0`
there is 6 here, and 0 there, as the card of Turbo has it, is 1 here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise, padded_alike
from imagend.engine.schedule import FlowNoise, Prediction


class ZImage(OverVae):
    guidance = Guidance.CLASSIC
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"
    apart = ("all_x_embedder", "cap_embedder")  # they see all pictures' places in one row

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline, pipeline.transformer, 2)

    def noise_at(self, width: int, height: int) -> FlowNoise:
        return flow_noise(self._pipeline.scheduler.config, (width // self.stride) * (height // self.stride))

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        found, _ = self._pipeline.encode_prompt(
            list(prompts), device=self._network.device, do_classifier_free_guidance=False
        )
        return [{"words": words} for words in found]

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        """The network is told the share of the picture, 1 - s, and answers from noise to picture, x0 - n."""
        return torch.stack(self.denoise_mixed(list(x), times, embeddings, scales))

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        """The network pads pictures as it pads prompts, behind a mask, and places each by its own rows and columns."""
        frames = [x.to(self._network.dtype)[:, None] for x in xs]
        words = [embedding["words"] for embedding in embeddings]
        out = self._network(frames, 1 - times, words, return_dict=False)[0]
        return [-frame[:, 0].float() for frame in out]
