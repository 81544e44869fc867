"""FLUX.1 (Black Forest Labs, 2024): dev is told its guidance scale, schnell is distilled for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise
from imagend.engine.backends.torch_diffusers.patches import patches, unpatched
from imagend.engine.schedule import FlowNoise, Prediction


class Flux1(OverVae):
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline, pipeline.transformer, 2)
        self.guidance = Guidance.EMBEDDED if self._network.config.guidance_embeds else Guidance.NONE

    def noise_at(self, width: int, height: int) -> FlowNoise:
        return flow_noise(self._pipeline.scheduler.config, (width // self.stride) * (height // self.stride))

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        channels, rows, columns = super().latent_shape(width, height)
        return channels // 4, rows, columns  # the network reads patches

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, pooled, _ = self._pipeline.encode_prompt(list(prompts), None, device=self._network.device)
        return sliced(words=words, pooled=pooled)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        words = stacked(embeddings, "words")
        out = self._network(
            hidden_states=patches(x).to(words.dtype),
            timestep=times.to(words.dtype),
            guidance=scales if self.guidance is Guidance.EMBEDDED else None,
            pooled_projections=stacked(embeddings, "pooled"),
            encoder_hidden_states=words,
            txt_ids=words.new_zeros(words.shape[1], 3),
            img_ids=places(x).to(words.dtype),
            return_dict=False,
        )[0]
        return unpatched(out.float(), x)


def places(x: Tensor) -> Tensor:
    """(0, row, column) of each patch, [h/2 w/2, 3], for rotary positions."""
    rows, columns = x.shape[2] // 2, x.shape[3] // 2
    found = x.new_zeros(rows, columns, 3)
    found[..., 1] += x.new_tensor(range(rows))[:, None]
    found[..., 2] += x.new_tensor(range(columns))
    return found.reshape(-1, 3)
