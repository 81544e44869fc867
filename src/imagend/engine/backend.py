"""The port between the engine and a model: four verbs over arrays. The engine knows no model, a model knows no sampler.

Why guidance is the backend's: the engine hands over both conditionings and the scale of every picture, and receives one
guided answer. A network that returns logits mixes logits, a distilled network is told the scale as a number, a network
on a GPU makes one batch of 2 N rows, and a CPU network may compute both halves of one picture together. Ordinary
networks use `guided_by_stacking`, which is the classic formula.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from imagend.engine.schedule import NoiseSchedule, Prediction

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Stage = Literal["encode", "decode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptNotes:
    """What a model made of the words of a prompt; shown to the user as warnings. Empty: nothing to report."""

    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()  # strings that will be written in the picture, without their quotes


class Conditioning(Protocol):
    """An encoded prompt. Its content is the backend's own; it must not change after `encode` returned it."""

    @property
    def notes(self) -> PromptNotes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainConditioning:
    """A conditioning that is one array: enough for most backends."""

    embedding: Floats
    notes: PromptNotes = field(default_factory=PromptNotes)

    @property
    def nbytes(self) -> int:
        return self.embedding.nbytes


C = TypeVar("C", bound=Conditioning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide(Generic[C]):
    """Where one picture is to go. `negative` is None exactly when one evaluation is enough; see `Steering`.

    `memory` is the backend's to write in: empty at the picture's first evaluation, there again at each of the next, and
    gone with the picture, however that ends. So what is remembered of one picture never meets another one.
    `adapters`: names of `BackendSpec.adapters` and how strongly each counts, for both sides.
    """

    positive: C
    negative: C | None
    scale: float
    memory: dict[str, Any] = field(default_factory=dict)
    adapters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """What the engine must know of a model before it runs.

    `prediction` and `noise` say what the network was trained on; plans are made from them.
    `max_lanes` pictures at the most are denoised in one call; `useful_lanes` (None: as many) is the size from which on
    a larger batch takes in proportion more time, so that it only makes everybody wait. `scheduler` is the model's
    native sampler, one of the names in `plan.SAMPLERS`. Width and height of a picture must be multiples of `stride`
    pixels. `revision` names the weights in receipts, for example a digest. `max_prompts`: see `Encoding`; `reads_size`
    is False when `encode` makes the same of a prompt whatever the size of the picture, so that it is read once for all.
    `decode_pixels`: see `DecodingMany`. `adapters`: LoRAs that recipes may name -> digests of their weights.
    """

    name: str
    prediction: Prediction
    noise: NoiseSchedule
    max_lanes: int
    scheduler: str = "FlowMatchEuler"
    stride: int = 1
    revision: str = ""
    useful_lanes: int | None = None
    max_prompts: int = 16
    reads_size: bool = True
    decode_pixels: int = 0
    adapters: Mapping[str, str] = field(default_factory=dict)

    @property
    def lanes_per_tick(self) -> int:
        return self.max_lanes if self.useful_lanes is None else min(self.useful_lanes, self.max_lanes)


class Backend(Protocol[C]):
    """One loaded model. Called from one thread; every answer is a pure function of the arguments,
    with what the picture's own `Guide.memory` holds among them.

    The bit-equality that the engine promises (a picture is the same alone and in any batch) holds when row k of
    `denoise` depends on row k of the arguments only, down to the last bit; networks on BLAS or GPU kernels that
    cannot promise this say so in their documentation. Any exception from a verb breaks the jobs that it was called
    for, never the engine.
    """

    @property
    def spec(self) -> BackendSpec: ...

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        """Shape of one picture's latent, without the batch axis. Pictures of equal shape share batches; see also
        `MixingShapes`."""
        ...

    def encode(self, prompt: str, width: int, height: int) -> C:
        """Read a prompt, for a picture of width x height pixels. The empty prompt is the unconditional one."""
        ...

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[C]]) -> Floats:
        """Evaluate the network: latents [N, *latent_shape] in its own scale and times [N] -> [N, *latent_shape].

        Times are what the network was trained to be told: training timesteps (0 to 999, may be fractions), or for
        flow models the share of noise s * time_scale. The answer is what `spec.prediction` says, guided.
        Must not write into its arguments.
        """
        ...

    def decode(self, latents: Floats, conditioning: C, width: int, height: int) -> Pixels:
        """Turn one clean latent [*latent_shape] into the picture, uint8 [height, width, 3]."""
        ...

    def preview(self, latents: Floats, conditioning: C, width: int, height: int) -> Pixels:
        """Draw a cheap small picture, uint8 [h, w, 3] with h, w of about 256 or less, in the ratio width : height.

        `latents` [*latent_shape] is the present estimate of the clean latent. Must cost little beside `decode`: the
        other pictures of the batch wait for it.
        """
        ...


@runtime_checkable
class Describing(Protocol):
    """A backend that knows what it draws says so. Optional; others are looked at from outside."""

    def describe(self, latents: Floats, conditioning: Any, width: int, height: int) -> tuple[str, ...]:
        """What the picture of `decode` with the same arguments shows: at least one English word or phrase, e.g.
        ("meadow", "child", "kite"). Persons must be among them, and children by a word of their own."""
        ...


class Prompt(NamedTuple):
    """What is to be read, and for a picture of which size in pixels."""

    text: str
    width: int
    height: int
    negative: bool = False  # what shall not be in the picture; see `NegativePrompts`


@runtime_checkable
class Encoding(Protocol):
    """A backend that reads several prompts in one call. Optional; others read one by one when a picture begins.

    Reading is then a stage of its own: the prompts of all orders that have just come are gathered, `spec.max_prompts`
    at the most in one call (more only when a single order brings more).
    """

    def encode_many(self, prompts: Sequence[Prompt]) -> Sequence[Any]:
        """What `encode`, or `encode_negative`, would make of each. If it raises, they are read one by one, and only
        who is guilty breaks."""
        ...


@runtime_checkable
class MixingShapes(Protocol):
    """A backend that denoises pictures of different shapes in one batch. Optional."""

    def batch_key(self, latent_shape: tuple[int, ...]) -> Hashable:
        """Shapes of equal keys share batches. What is padded costs time, so shapes of very different size should not;
        the shape itself is the key of a shape that shares with no other."""
        ...

    def denoise_mixed(self, latents: Sequence[Floats], times: Floats, guides: Sequence[Guide[Any]]) -> Sequence[Floats]:
        """As `denoise`, of latents of several shapes, without a batch axis. Not called for equal shapes."""
        ...


@runtime_checkable
class DecodingMany(Protocol):
    """A backend that decodes several pictures in one call. Optional; others decode one by one.

    Pictures of one size that are ready at the same time go together, as many as have `spec.decode_pixels` pixels at
    the most; a larger one goes alone. Nobody waits for company.
    """

    def decode_many(self, latents: Floats, conditionings: Sequence[Any], width: int, height: int) -> Sequence[Pixels]:
        """What `decode` would make of each of [N, *latent_shape]. If it raises, they are decoded one by one."""
        ...


@runtime_checkable
class SideBySide(Protocol):
    """A backend that can read prompts or decode in one other thread while `denoise` runs. Optional; and it only happens
    in engines that have somebody to do it (`engine.beside`).

    With "encode" (for `Encoding` backends), that thread alone calls `encode`, `encode_negative` and `encode_many`; with
    "decode", it alone calls `decode`, `decode_many`, `describe` and `preview`. All else stays where it was.
    """

    @property
    def beside(self) -> frozenset[Stage]:
        """What may be done there; it does not change."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Entered in that thread around each piece of work. When it is left, what was made is complete: nothing of it
        is still being computed."""
        ...


@runtime_checkable
class Weighed(Protocol):
    """A conditioning that says how much memory it holds. Optional; others count as nothing in the memory of prompts."""

    @property
    def nbytes(self) -> int: ...


@runtime_checkable
class SizedNoise(Protocol):
    """A backend whose noise schedule depends on the size of the picture. Optional; others have `spec.noise` for all."""

    def noise_at(self, width: int, height: int) -> NoiseSchedule:
        """The schedule for pictures of this size; of the same kind as `spec.noise`, and hashable."""
        ...


@runtime_checkable
class Steering(Protocol):
    """A backend that cannot, or need not, be guided by every scale. Optional; others are by every scale but 1."""

    def uses_negative(self, negative_prompt: str, scale: float) -> bool:
        """Whether `denoise` looks at the negative side of a guide of this scale. If not, it is not read, and who asked
        for a negative prompt hears that it was not applied."""
        ...


@runtime_checkable
class NegativePrompts(Protocol):
    """A backend that reads a negative prompt in another way than a prompt. Optional; others `encode` both."""

    def encode_negative(self, prompt: str, width: int, height: int) -> Any:
        """Read a negative prompt; otherwise as `encode`."""
        ...


@runtime_checkable
class Resident(Protocol):
    """A backend that may be out of its device's memory. Optional; others are always in."""

    @property
    def is_resident(self) -> bool:
        """False: its next verb would first have to bring it in."""
        ...

    def bring_in(self) -> None:
        """Be in after this; others may go out for it, but none while one of its verbs runs."""
        ...


Network = Callable[[Floats, Floats, Sequence[C]], Floats]


def guided_by_stacking(network: Network[C], latents: Floats, times: Floats, guides: Sequence[Guide[C]]) -> Floats:
    """Classifier-free guidance (arXiv 2207.12598): negative + scale (positive - negative), in one call of the network.

    The negative rows are stacked below the N positive ones, for pictures with a scale other than 1 only.
    """
    rows = [row for row, guide in enumerate(guides) if guide.negative is not None]
    negatives = [guide.negative for guide in guides if guide.negative is not None]
    order = [*range(len(guides)), *rows]
    out = network(latents[order], times[order], [*(guide.positive for guide in guides), *negatives])
    positive, negative = out[: len(guides)].copy(), out[len(guides) :]
    scale = np.array([guides[row].scale for row in rows], np.float32).reshape(-1, *[1] * (latents.ndim - 1))
    positive[rows] = negative + scale * (positive[rows] - negative)
    return positive
