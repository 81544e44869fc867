"""A family behind the engine's port: arrays go to the device and come back, guidance is mixed there."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, Prompt, PromptNotes, Stage
from imagend.engine.backends.torch_diffusers.family import (
    Embedding,
    Family,
    Guidance,
    MixedShapes,
    OwnMixing,
    OwnNegatives,
    classic,
)
from imagend.engine.backends.torch_diffusers.residency import OwnRoom, Seat
from imagend.engine.backends.torch_diffusers.rows import Row, Rows
from imagend.engine.backends.torch_diffusers.side_stream import SideStream, lasting
from imagend.engine.schedule import NoiseSchedule

USUAL_PIXELS = 1024  # the size whose schedule stands in the spec
BESIDE: frozenset[Stage] = frozenset({"encode", "decode"})
PREVIEW_PIXELS = 256  # along the longer side of a preview, whatever a place of the latent is worth in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchConditioning:
    embedding: Embedding
    notes: PromptNotes = field(default_factory=PromptNotes)

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self.embedding.values())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sides:
    """A batch of N pictures in which those with a negative side stand once more, behind all."""

    rows: list[int]  # those with a negative side
    order: list[int]  # [N + rows], whose latent stands where
    each: list[Row]  # [N + rows]
    embeddings: list[Embedding]  # [N + rows]
    told: Tensor  # [N], scales that the network may be told
    scales: Tensor  # [rows], of the mixing


class TorchBackend:
    """Same seed, same picture within the tolerance of the kernels: batches of other sizes sum in another order."""

    def __init__(
        self,
        family: Family,
        name: str,
        *,
        revision: str,
        device: str,
        max_lanes: int = 8,
        decode_pixels: int = USUAL_PIXELS**2,
        negative_scale: float = 1.0,
        rows: Rows | None = None,
        adapters: Mapping[str, str] | None = None,
        seat: Seat | OwnRoom | None = None,
        overlap: bool = False,
    ) -> None:
        """device: as torch names it. revision: of the weights, for receipts. decode_pixels: in one call at the most,
        for a decoder's memory grows with them; small pictures gain from company, large ones fill a GPU alone.
        negative_scale: how far pictures are drawn away from a negative prompt where guidance does not do it (distilled
        models, and all at scale 1), by a second evaluation and the classic formula; 1: not, and who asked hears so.
        rows: where modules of the family's network look whose rows they see. adapters: see BackendSpec. seat: of a
        model that may go out of the device's memory for others. overlap: prompts may be read and latents decoded
        beside the network, in another thread."""
        self._family = family
        self.stride = family.stride  # sizes between its multiples are cut out of the next larger ones
        self._device = torch.device(device)
        self._negative_scale = negative_scale
        self._rows = rows or Rows()
        self._seat = seat or OwnRoom()
        self._side = SideStream(self._device) if overlap else None
        self.spec = BackendSpec(
            name=name,
            prediction=family.prediction,
            noise=family.noise_at(USUAL_PIXELS, USUAL_PIXELS),
            max_lanes=max_lanes,
            scheduler=family.scheduler,
            revision=revision,
            reads_size=False,
            decode_pixels=decode_pixels,
            adapters=adapters or {},
        )

    @property
    def is_resident(self) -> bool:
        return self._seat.is_taken

    def bring_in(self) -> None:
        with self._seat.hold():
            pass

    @property
    def beside(self) -> frozenset[Stage]:
        """Text encoder, network and decoder are modules of their own, and no family writes down anything that two of
        them look at. Within one stage two threads would meet: decoders may keep state while they work."""
        return frozenset[Stage]() if self._side is None else BESIDE

    def aside(self) -> AbstractContextManager[None]:
        return nullcontext() if self._side is None else self._side.entered()

    def noise_at(self, width: int, height: int) -> NoiseSchedule:
        return self._family.noise_at(*self._whole(width, height))

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return self._family.latent_shape(*self._whole(width, height))

    def _whole(self, width: int, height: int) -> tuple[int, int]:
        """The next size that the model can make."""
        return -(-width // self.stride) * self.stride, -(-height // self.stride) * self.stride

    def uses_negative(self, negative_prompt: str, scale: float) -> bool:
        return self._is_guided(scale) or (self._negative_scale != 1 and negative_prompt != "")

    def _is_guided(self, scale: float) -> bool:
        return self._family.guidance is Guidance.CLASSIC and scale != 1

    def encode(self, prompt: str, width: int, height: int) -> TorchConditioning:
        return self.encode_many([Prompt(prompt, width, height)])[0]

    def encode_negative(self, prompt: str, width: int, height: int) -> TorchConditioning:
        return self.encode_many([Prompt(prompt, width, height, negative=True)])[0]

    def encode_many(self, prompts: Sequence[Prompt]) -> list[TorchConditioning]:
        """Those that are worded alike in one call."""
        made: dict[Prompt, TorchConditioning] = {}
        apart = isinstance(self._family, OwnNegatives)
        for negative in (False, True):
            alike = [prompt for prompt in prompts if (apart and prompt.negative) == negative]
            made |= zip(alike, self._embedded([prompt.text for prompt in alike], negative), strict=True)
        return [made[prompt] for prompt in prompts]

    def _embedded(self, texts: Sequence[str], negative: bool) -> list[TorchConditioning]:
        if not texts:
            return []
        with self._seat.hold(), torch.inference_mode():
            if negative and isinstance(self._family, OwnNegatives):
                embeddings = self._family.embed_negative(texts)
            else:
                embeddings = self._family.embed(texts)
            return [TorchConditioning(embedding=_apart(embedding)) for embedding in embeddings]

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[TorchConditioning]]) -> Floats:
        with self._seat.hold(), torch.inference_mode():
            return _array(self._guided(self._tensor(latents), self._tensor(times), guides))

    def _guided(self, x: Tensor, t: Tensor, guides: Sequence[Guide[TorchConditioning]]) -> Tensor:
        sides = self._both_sides(guides)
        order, rows = sides.order, sides.rows
        with self._rows.evaluating(sides.each):
            out = self._family.denoise(x[order], t[order], sides.embeddings, sides.told[order])
        answer, negative = out[: len(guides)].clone(), out[len(guides) :]
        if rows:
            answer[rows] = self._mixed(answer[rows], negative, sides.scales, t[rows])
        return answer

    def _both_sides(self, guides: Sequence[Guide[TorchConditioning]]) -> _Sides:
        rows, scales = [], []
        embeddings = [guide.positive.embedding for guide in guides]
        each = [_row(guide, "positive") for guide in guides]
        for row, guide in enumerate(guides):
            if guide.negative is not None:
                rows.append(row)
                embeddings.append(guide.negative.embedding)
                each.append(_row(guide, "negative"))
                scales.append(guide.scale if self._is_guided(guide.scale) else self._negative_scale)
        return _Sides(
            rows=rows,
            order=[*range(len(guides)), *rows],
            each=each,
            embeddings=embeddings,
            told=self._tensor(np.array([guide.scale for guide in guides], np.float32)),
            scales=self._tensor(np.array(scales, np.float32)),
        )

    def batch_key(self, latent_shape: tuple[int, ...]) -> Hashable:
        return self._family.batch_key(latent_shape) if isinstance(self._family, MixedShapes) else latent_shape

    def denoise_mixed(
        self, latents: Sequence[Floats], times: Floats, guides: Sequence[Guide[TorchConditioning]]
    ) -> list[Floats]:
        with self._seat.hold(), torch.inference_mode():
            xs = [self._tensor(latent) for latent in latents]
            return [_array(answer) for answer in self._guided_apart(xs, self._tensor(times), guides)]

    def _guided_apart(self, xs: list[Tensor], t: Tensor, guides: Sequence[Guide[TorchConditioning]]) -> list[Tensor]:
        """As `_guided`, for latents that cannot be stacked."""
        assert isinstance(self._family, MixedShapes)
        sides = self._both_sides(guides)
        order = sides.order
        mixed = [xs[row] for row in order]
        with self._rows.evaluating(sides.each):
            out = self._family.denoise_mixed(mixed, t[order], sides.embeddings, sides.told[order])
        for place, row in enumerate(sides.rows):
            positive, negative = out[row][None], out[len(guides) + place][None]
            out[row] = self._mixed(positive, negative, sides.scales[[place]], t[[row]])[0]
        return out[: len(guides)]

    def _mixed(self, positive: Tensor, negative: Tensor, scales: Tensor, times: Tensor) -> Tensor:
        if isinstance(self._family, OwnMixing):
            return self._family.mix(positive, negative, scales, times)
        return classic(positive, negative, scales)

    def decode(self, latents: Floats, conditioning: TorchConditioning, width: int, height: int) -> Pixels:
        return self.decode_many(latents[None], [conditioning], width, height)[0]

    def decode_many(
        self, latents: Floats, conditionings: Sequence[TorchConditioning], width: int, height: int
    ) -> list[Pixels]:
        with self._seat.hold(), torch.inference_mode():
            return [_middle(_pixels(picture), width, height) for picture in self._family.decode(self._tensor(latents))]

    def preview(self, latents: Floats, conditioning: TorchConditioning, width: int, height: int) -> Pixels:
        """The decoder's own view of the latent, made smaller."""
        x = self._tensor(latents)[None]
        small = PREVIEW_PIXELS / max(width, height)
        if small < 1:
            places = [max(2, 2 * round(side * small / 2)) for side in x.shape[2:]]
            x = torch.nn.functional.interpolate(x, size=places, mode="area")
        with self._seat.hold(), torch.inference_mode():
            return _pixels(self._family.decode(x)[0])

    def _tensor(self, array: Floats) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


def _apart(embedding: Embedding) -> Embedding:
    """Out of the batch that it was made in, which can then be forgotten."""
    return {name: lasting(tensor) for name, tensor in embedding.items()}


def _row(guide: Guide[TorchConditioning], side: str) -> Row:
    return Row(memory=guide.memory.setdefault(side, {}), adapters=guide.adapters)


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array


def _pixels(picture: Tensor) -> Pixels:
    """[3, H, W], -1 to 1 -> uint8 [H, W, 3]."""
    scaled = ((picture.clamp(-1, 1) + 1) * 127.5).round()
    pixels: Pixels = scaled.permute(1, 2, 0).to(torch.uint8).cpu().numpy()
    return pixels


def _middle(pixels: Pixels, width: int, height: int) -> Pixels:
    """What is asked for of a picture that is a few pixels larger."""
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])
