"""FLUX.1 (Black Forest Labs, 2024): dev is told its guidance scale, schnell is distilled for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.own_places import Turns, attend_by_row, turns_of
from imagend.engine.backends.torch_diffusers.padding import Padded, mask_of_both
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise, padded_alike
from imagend.engine.backends.torch_diffusers.patches import cut_apart, largest, patches, rows_of_patches, unpatched
from imagend.engine.schedule import FlowNoise, Prediction


class Flux1(OverVae):
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline, pipeline.transformer, 2)
        self.guidance = Guidance.EMBEDDED if self._network.config.guidance_embeds else Guidance.NONE
        attend_by_row(self._network)

    def noise_at(self, width: int, height: int) -> FlowNoise:
        return flow_noise(self._pipeline.scheduler.config, (width // self.stride) * (height // self.stride))

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        channels, rows, columns = super().latent_shape(width, height)
        return channels // 4, rows, columns  # the network reads patches

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, pooled, _ = self._pipeline.encode_prompt(list(prompts), None, device=self._network.device)
        return sliced(words=words, pooled=pooled)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        return unpatched(self._answer(patches(x), places(x), times, embeddings, scales), x)

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        rows, words = rows_of_patches(xs), stacked(embeddings, "words")
        own = {"turns": turns_of(xs, partial(self._turns, words)), "mask": mask_of_both(Padded(words), rows)}
        return cut_apart(self._answer(rows.rows, places(largest(xs)), times, embeddings, scales, own), xs)

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
            pooled_projections=stacked(embeddings, "pooled"),
            encoder_hidden_states=words,
            txt_ids=words.new_zeros(words.shape[1], 3),
            img_ids=at.to(words.dtype),
            joint_attention_kwargs=own,
            return_dict=False,
        )[0]
        return out.float()

    def _turns(self, words: Tensor, x: Tensor) -> Turns:
        cos, sin = self._network.pos_embed(torch.cat([words.new_zeros(words.shape[1], 3), places(x).to(words.dtype)]))
        return cos[:, ::2], sin[:, ::2]  # each stands there for both neighbours


def places(x: Tensor) -> Tensor:
    """(0, row, column) of each patch, [h/2 w/2, 3], for rotary positions."""
    rows, columns = x.shape[-2] // 2, x.shape[-1] // 2
    found = x.new_zeros(rows, columns, 3)
    found[..., 1] += x.new_tensor(range(rows))[:, None]
    found[..., 2] += x.new_tensor(range(columns))
    return found.reshape(-1, 3)
