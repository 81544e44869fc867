"""Qwen-Image (Alibaba, 2025): classic guidance whose answer is then made as long as the positive one.

Prompts keep their own length; in a batch the shorter ones are padded and the padding is masked. The VAE is one for
video, so its latents have an axis of time of length 1. A schedule of one step is not stretched to `shift_terminal`:
there is nothing to stretch, and diffusers' own division by zero is not copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, classic
from imagend.engine.backends.torch_diffusers.own_places import Turns, attend_by_row, turns_of
from imagend.engine.backends.torch_diffusers.padding import Padded, mask_of_both
from imagend.engine.backends.torch_diffusers.parts import flow_noise, padded_alike
from imagend.engine.backends.torch_diffusers.patches import cut_apart, largest, patches, rows_of_patches, unpatched
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
        attend_by_row(self._network)

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
        words = _words(embeddings)
        return unpatched(self._answer(patches(x), _grid(x), times, words), x)

    def batch_key(self, latent_shape: tuple[int, ...]) -> int:
        return padded_alike(latent_shape)

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        rows, words = rows_of_patches(xs), _words(embeddings)
        own = {"turns": turns_of(xs, partial(self._turns, words.rows)), "mask": mask_of_both(words, rows)}
        return cut_apart(self._answer(rows.rows, _grid(largest(xs)), times, words, own), xs)

    def _answer(
        self, rows: Tensor, grid: tuple[int, int, int], times: Tensor, words: Padded,
        own: Mapping[str, Any] | None = None,
    ) -> Tensor:  # fmt: skip
        """own: places and lengths of the rows, where they differ; of `grid` then only the size counts."""
        out: Tensor = self._network(
            hidden_states=rows.to(words.rows.dtype),
            timestep=times.to(words.rows.dtype),
            encoder_hidden_states=words.rows,
            encoder_hidden_states_mask=words.mask,
            img_shapes=[[grid]] * len(rows),
            attention_kwargs=own,
            return_dict=False,
        )[0]
        return out.float()

    def _turns(self, words: Tensor, x: Tensor) -> Turns:
        """Words stand behind the picture's longer side, so each shape has them elsewhere."""
        longest = words.shape[1]
        places, behind = self._network.pos_embed([[_grid(x)]], max_txt_seq_len=longest, device=words.device)
        angles = torch.cat([behind, places])
        return angles.real, angles.imag

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


def _words(embeddings: Sequence[Embedding]) -> Padded:
    return Padded.of([embedding["words"] for embedding in embeddings])


def _grid(x: Tensor) -> tuple[int, int, int]:
    """(frames, rows, columns) of patches."""
    return 1, x.shape[-2] // 2, x.shape[-1] // 2
