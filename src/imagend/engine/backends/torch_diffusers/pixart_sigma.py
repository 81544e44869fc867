"""PixArt-Sigma (arXiv 2403.04692): a transformer that predicts the noise, with the words of T5 beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from imagend.engine.backends.torch_diffusers.diffusion_schedule import DiffusionTrained
from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.largest_grid import in_largest_grid, placed_by_row
from imagend.engine.backends.torch_diffusers.padding import Padded
from imagend.engine.backends.torch_diffusers.parts import padded_alike


class PixArtSigma(DiffusionTrained):
    """The network answers a variance behind the noise, which no sampler here asks for.

    Prompts are lowercased as published, and not cleaned: addresses and marks in them stay (`clean_caption`).
    """

    guidance = Guidance.CLASSIC

    def __init__(self, pipeline: Any) -> None:
        """Raises BadSetting for a scheduler that our tables do not follow."""
        super().__init__(pipeline, pipeline.transformer, pipeline.transformer.config.patch_size)
        self._side: int = self._network.config.patch_size

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, mask, _, _ = self._pipeline.encode_prompt(
            list(prompts), do_classifier_free_guidance=False, device=self._network.device
        )
        return sliced(words=words, mask=mask)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        return self._answer(x, times, embeddings)

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        def answer(grid: Tensor, rows: Padded) -> Tensor:
            with placed_by_row(self._network, xs):
                return self._answer(grid, times, embeddings, rows.mask)

        return in_largest_grid(xs, self._side, answer)

    def _answer(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], mask: Tensor | None = None) -> Tensor:
        """mask: of the patches that there are, [N, patches]."""
        out: Tensor = self._network(
            x.to(self._network.dtype),
            encoder_hidden_states=stacked(embeddings, "words"),
            encoder_attention_mask=stacked(embeddings, "mask"),
            attention_mask=mask,
            timestep=times,
            added_cond_kwargs={"resolution": None, "aspect_ratio": None},
            return_dict=False,
        )[0]
        return out[:, : x.shape[1]].float()
