"""Stable Diffusion 1.x and 2.x (arXiv 2112.10752) and SDXL (arXiv 2307.01952): a U-Net in latents of eight pixels.

Whether it predicts the noise or v, and on which schedule it was trained, stands in the scheduler's configuration. The
safety checker of the folder is not used: pictures are judged in imagend's own way, whatever the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.diffusion_schedule import DiffusionTrained
from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked


class StableDiffusion(DiffusionTrained):
    """1.x, 2.x, and what was trained from them."""

    guidance = Guidance.CLASSIC

    def __init__(self, pipeline: Any) -> None:
        """Raises BadSetting for a scheduler that our tables do not follow."""
        super().__init__(pipeline, pipeline.unet, 1)

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, _ = self._pipeline.encode_prompt(list(prompts), self._network.device, 1, False)
        return sliced(words=words)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        out: Tensor = self._network(
            x.to(self._network.dtype),
            times,
            encoder_hidden_states=stacked(embeddings, "words"),
            added_cond_kwargs=self._conditions(x, embeddings),
            return_dict=False,
        )[0]
        return out.float()

    def _conditions(self, x: Tensor, embeddings: Sequence[Embedding]) -> Mapping[str, Tensor] | None:
        """What the network is told besides the words."""
        return None


class StableDiffusionXL(StableDiffusion):
    """Told the pooled words, and that the picture is whole: original size = target size, nothing cropped."""

    def __init__(self, pipeline: Any) -> None:
        super().__init__(pipeline)
        if pipeline.vae.config.force_upcast and pipeline.vae.dtype == torch.float16:
            pipeline.vae.to(torch.float32)  # it overflows in float16

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        words, _, pooled, _ = self._pipeline.encode_prompt(
            list(prompts), device=self._network.device, do_classifier_free_guidance=False
        )
        return sliced(words=words, pooled=pooled)

    def embed_negative(self, prompts: Sequence[str]) -> list[Embedding]:
        """Without a negative prompt, zeros: so the base model was trained."""
        told = self.embed(prompts)
        if not self._pipeline.config.force_zeros_for_empty_prompt:
            return told
        silence = {name: torch.zeros_like(tensor) for name, tensor in told[0].items()}
        return [embedding if prompt else silence for prompt, embedding in zip(prompts, told, strict=True)]

    def _conditions(self, x: Tensor, embeddings: Sequence[Embedding]) -> Mapping[str, Tensor]:
        size = [side * self._vae.factor for side in x.shape[2:]]  # height, width
        whole = x.new_tensor([*size, 0, 0, *size]).expand(len(x), -1)
        return {"text_embeds": stacked(embeddings, "pooled"), "time_ids": whole}
