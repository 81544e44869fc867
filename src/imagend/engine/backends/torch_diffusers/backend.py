"""A family behind the engine's port: arrays go to the device and come back, guidance is mixed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, PromptNotes
from imagend.engine.backends.torch_diffusers.family import (
    Embedding,
    Family,
    Guidance,
    OwnMixing,
    OwnNegatives,
    classic,
)
from imagend.engine.schedule import NoiseSchedule

USUAL_PIXELS = 1024  # the size whose schedule stands in the spec
PREVIEW_PLACES = 32  # along the longer side of a latent that is decoded for a preview


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchConditioning:
    embedding: Embedding
    notes: PromptNotes = field(default_factory=PromptNotes)


class TorchBackend:
    """Same seed, same picture within the tolerance of the kernels: batches of other sizes sum in another order."""

    def __init__(self, family: Family, name: str, *, revision: str, device: str, max_lanes: int = 8) -> None:
        """device: as torch names it. revision: of the weights, for receipts."""
        self._family = family
        self._device = torch.device(device)
        self.spec = BackendSpec(
            name=name,
            prediction=family.prediction,
            noise=family.noise_at(USUAL_PIXELS, USUAL_PIXELS),
            max_lanes=max_lanes,
            scheduler=family.scheduler,
            stride=family.stride,
            revision=revision,
        )

    def noise_at(self, width: int, height: int) -> NoiseSchedule:
        return self._family.noise_at(width, height)

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return self._family.latent_shape(width, height)

    def encode(self, prompt: str, width: int, height: int) -> TorchConditioning:
        with torch.inference_mode():
            return TorchConditioning(embedding=self._family.embed([prompt])[0])

    def encode_negative(self, prompt: str, width: int, height: int) -> TorchConditioning:
        if not isinstance(self._family, OwnNegatives):
            return self.encode(prompt, width, height)
        with torch.inference_mode():
            return TorchConditioning(embedding=self._family.embed_negative([prompt])[0])

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[TorchConditioning]]) -> Floats:
        with torch.inference_mode():
            return _array(self._guided(self._tensor(latents), self._tensor(times), guides))

    def _guided(self, x: Tensor, t: Tensor, guides: Sequence[Guide[TorchConditioning]]) -> Tensor:
        scales = self._tensor(np.array([guide.scale for guide in guides], np.float32))
        positives = [guide.positive.embedding for guide in guides]
        if self._family.guidance is not Guidance.CLASSIC:
            return self._family.denoise(x, t, positives, scales)
        negatives = {row: guide.negative.embedding for row, guide in enumerate(guides) if guide.negative is not None}
        order = [*range(len(guides)), *negatives]
        out = self._family.denoise(x[order], t[order], [*positives, *negatives.values()], scales[order])
        answer, negative, rows = out[: len(guides)].clone(), out[len(guides) :], list(negatives)
        if rows:
            answer[rows] = self._mixed(answer[rows], negative, scales[rows], t[rows])
        return answer

    def _mixed(self, positive: Tensor, negative: Tensor, scales: Tensor, times: Tensor) -> Tensor:
        if isinstance(self._family, OwnMixing):
            return self._family.mix(positive, negative, scales, times)
        return classic(positive, negative, scales)

    def decode(self, latents: Floats, conditioning: TorchConditioning, width: int, height: int) -> Pixels:
        with torch.inference_mode():
            return _pixels(self._family.decode(self._tensor(latents)[None])[0])

    def preview(self, latents: Floats, conditioning: TorchConditioning, width: int, height: int) -> Pixels:
        """The decoder's own view of the latent, made smaller."""
        x = self._tensor(latents)[None]
        small = PREVIEW_PLACES / max(x.shape[2:])
        if small < 1:
            places = [max(2, 2 * round(side * small / 2)) for side in x.shape[2:]]
            x = torch.nn.functional.interpolate(x, size=places, mode="area")
        with torch.inference_mode():
            return _pixels(self._family.decode(x)[0])

    def _tensor(self, array: Floats) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array


def _pixels(picture: Tensor) -> Pixels:
    """[3, H, W], -1 to 1 -> uint8 [H, W, 3]."""
    scaled = ((picture.clamp(-1, 1) + 1) * 127.5).round()
    pixels: Pixels = scaled.permute(1, 2, 0).to(torch.uint8).cpu().numpy()
    return pixels
