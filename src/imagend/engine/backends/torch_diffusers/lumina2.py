"""Lumina-Image 2 (arXiv 2503.21758): a flow that runs from noise at 0 to the picture at 1, read by Gemma 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, classic, sliced, stacked
from imagend.engine.backends.torch_diffusers.largest_grid import in_largest_grid
from imagend.engine.backends.torch_diffusers.lumina2_places import placed_by_row
from imagend.engine.backends.torch_diffusers.padding import Padded
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise, padded_alike
from imagend.engine.schedule import FlowNoise, Prediction


class Lumina2(OverVae):
    """Prompts stand behind the published system prompt, negative prompts do not: so was the model trained.

    Guidance is mixed as published: the classic formula, then every row of places back to the length that it has
    without guidance, at every step (`cfg_normalization`; `cfg_trunc_ratio` is 1).
    """

    guidance = Guidance.CLASSIC
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline, pipeline.transformer, pipeline.transformer.config.patch_size)
        self._side: int = self._network.config.patch_size

    def noise_at(self, width: int, height: int) -> FlowNoise:
        """A dynamic shift would be that of as many tokens as there are channels: so the published loop counts them."""
        return flow_noise(self._pipeline.scheduler.config, self._network.config.in_channels)

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, mask, _, _ = self._pipeline.encode_prompt(
            list(prompts), do_classifier_free_guidance=False, device=self._network.device
        )
        return sliced(words=words, mask=mask)

    def embed_negative(self, prompts: Sequence[str]) -> list[Embedding]:
        wanted = list(prompts)
        _, _, words, mask = self._pipeline.encode_prompt(wanted, negative_prompt=wanted, device=self._network.device)
        return sliced(words=words, mask=mask)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        words = stacked(embeddings, "words")
        out: Tensor = self._network(
            hidden_states=x.to(words.dtype),
            timestep=1 - times,
            encoder_hidden_states=words,
            encoder_attention_mask=stacked(embeddings, "mask"),
            return_dict=False,
        )[0]
        return -out.float()

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        words = [int(embedding["mask"].sum()) for embedding in embeddings]

        def answer(grid: Tensor, _: Padded) -> Tensor:
            with placed_by_row(self._network, xs, words):
                return self.denoise(grid, times, embeddings, scales)

        return in_largest_grid(xs, self._side, answer)

    def mix(self, positive: Tensor, negative: Tensor, scales: Tensor, times: Tensor) -> Tensor:
        mixed = classic(positive, negative, scales)
        lengths = torch.linalg.vector_norm(positive, dim=-1, keepdim=True)
        return mixed * (lengths / torch.linalg.vector_norm(mixed, dim=-1, keepdim=True))
