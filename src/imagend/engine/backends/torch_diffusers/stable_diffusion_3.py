"""Stable Diffusion 3 and 3.5 (arXiv 2403.03206): three text encoders, of which T5 may be left out of the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.largest_grid import in_largest_grid, placed_by_row
from imagend.engine.backends.torch_diffusers.own_places import attend_by_row
from imagend.engine.backends.torch_diffusers.padding import Padded, mask_of_both
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise, padded_alike
from imagend.engine.schedule import FlowNoise, Prediction


class StableDiffusion3(OverVae):
    guidance = Guidance.CLASSIC
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline, pipeline.transformer, pipeline.transformer.config.patch_size)
        self._side: int = self._network.config.patch_size
        attend_by_row(self._network)

    def noise_at(self, width: int, height: int) -> FlowNoise:
        """Equal steps end at the lowest level of the training, which is shifted already, and are shifted again."""
        scheduler = self._pipeline.scheduler
        train = scheduler.config.num_train_timesteps
        noise = flow_noise(scheduler.config, (width // self.stride) * (height // self.stride), time_scale=train)
        return replace(noise, last=float(scheduler.sigma_min))

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, _, pooled, _ = self._pipeline.encode_prompt(
            list(prompts), None, None, device=self._network.device, do_classifier_free_guidance=False
        )
        return sliced(words=words, pooled=pooled)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        return self._answer(x, times, embeddings)

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        def answer(grid: Tensor, rows: Padded) -> Tensor:
            own = {"mask": mask_of_both(Padded(stacked(embeddings, "words")), rows)}
            with placed_by_row(self._network, xs):
                return self._answer(grid, times, embeddings, own)

        return in_largest_grid(xs, self._side, answer)

    def _answer(
        self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], own: Mapping[str, Any] | None = None
    ) -> Tensor:
        out: Tensor = self._network(
            hidden_states=x.to(self._network.dtype),
            timestep=times,
            encoder_hidden_states=stacked(embeddings, "words"),
            pooled_projections=stacked(embeddings, "pooled"),
            joint_attention_kwargs=own,
            return_dict=False,
        )[0]
        return out.float()
