"""What a family of models is asked: five questions over tensors. One file per family; see docs/families.md.

A family holds a diffusers pipeline for its components and its text encoding; it never runs the pipeline. Latents are
float32 [N, channels, height, width] for every family, patches are its own business. Rows of a batch are independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from imagend.engine.schedule import NoiseSchedule, Prediction

Embedding = Mapping[str, Tensor]
"""One encoded prompt: tensors by name, without the batch axis."""


class Guidance(Enum):
    """How far a picture is drawn towards its prompt."""

    CLASSIC = "classic"  # two evaluations, drawn together by `classic` or the family's own `mix`
    EMBEDDED = "embedded"  # one evaluation that is told the scale
    NONE = "none"  # one evaluation; distilled for one scale


class Family(Protocol):
    """One loaded model of a family. Called from one thread, under torch.inference_mode."""

    guidance: Guidance
    prediction: Prediction
    scheduler: str  # the native sampler, one of plan.SAMPLERS
    stride: int  # width and height of pictures are multiples of so many pixels

    def __init__(self, pipeline: Any) -> None: ...

    def noise_at(self, width: int, height: int) -> NoiseSchedule:
        """The schedule that the model was trained on, for pictures of this size in pixels."""
        ...

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        """(channels, height, width) of one latent."""
        ...

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        """Encode prompts as one batch of the text encoder."""
        ...

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        """One evaluation: x [N, c, h, w], times [N] as the schedule tells them, scales [N] for EMBEDDED guidance ->
        [N, c, h, w], what `prediction` says."""
        ...

    def decode(self, x: Tensor) -> Tensor:
        """Clean latents [N, c, h, w] -> pictures [N, 3, H, W], about -1 to 1."""
        ...


@runtime_checkable
class MixedShapes(Protocol):
    """A family whose network takes pictures of different shapes in one batch. Optional."""

    def batch_key(self, latent_shape: tuple[int, ...]) -> Hashable:
        """Shapes of equal keys share batches."""
        ...

    def denoise_mixed(
        self, xs: Sequence[Tensor], times: Tensor, embeddings: Sequence[Embedding], scales: Tensor
    ) -> list[Tensor]:
        """As `denoise`, of latents [c, h, w] of several shapes."""
        ...


@runtime_checkable
class OwnMixing(Protocol):
    """A family whose two evaluations are not mixed by the classic formula. Optional; for CLASSIC guidance only."""

    def mix(self, positive: Tensor, negative: Tensor, scales: Tensor, times: Tensor) -> Tensor:
        """Both answers of `denoise` [N, c, h, w], scales and times [N] -> the guided answer [N, c, h, w]."""
        ...


@runtime_checkable
class OwnNegatives(Protocol):
    """A family that words a negative prompt in another way than a prompt. Optional; others `embed` both."""

    def embed_negative(self, prompts: Sequence[str]) -> list[Embedding]:
        """As `embed`; the shapes are the same, so that both go in one batch."""
        ...


@runtime_checkable
class Apart(Protocol):
    """A family some of whose network's layers do not see a row for each picture. Optional."""

    apart: tuple[str, ...]
    """What their names begin with; no LoRA is served there."""


def classic(positive: Tensor, negative: Tensor, scales: Tensor) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598): answers [N, c, h, w], scales [N]."""
    return negative + scales[:, None, None, None] * (positive - negative)


def stacked(embeddings: Sequence[Embedding], name: str) -> Tensor:
    """One tensor of several prompts, which must agree in shape: [N, ...]."""
    return torch.stack([embedding[name] for embedding in embeddings])


def sliced(**tensors: Tensor) -> list[Embedding]:
    """Embeddings of several prompts, one by one."""
    count = len(next(iter(tensors.values())))
    return [{name: tensor[row] for name, tensor in tensors.items()} for row in range(count)]
