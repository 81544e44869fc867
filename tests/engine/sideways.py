"""A toy that can read and decode beside its evaluations, and somebody beside the engine who ends work when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from imagend.engine.backend import BackendSpec, Floats, Pixels, PlainConditioning, Prompt, Stage
from imagend.engine.beside import Handle
from imagend.engine.engine import Engine
from tests.engine.toy import ToyBackend

BOTH: frozenset[Stage] = frozenset({"encode", "decode"})


@dataclass
class SidewaysBackend(ToyBackend):
    """A prompt with "poison" cannot be read, one with "crop" not be decoded; "blind" has no preview. All that it does
    is in `calls`, with a star where it was done aside."""

    beside: frozenset[Stage] = BOTH
    calls: list[str] = field(default_factory=list)
    fails_aside: bool = False
    _aside: bool = False

    def encode_many(self, prompts: Sequence[Prompt]) -> list[PlainConditioning]:
        self._note(f"read {len(prompts)}")
        return [self._read(prompt.text, prompt.width, prompt.height) for prompt in prompts]

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        self._note("read 1")
        return self._read(prompt, width, height)

    def _read(self, prompt: str, width: int, height: int) -> PlainConditioning:
        if "poison" in prompt:
            raise KeyError(prompt)
        return super().encode(prompt, width, height)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Any]) -> Floats:
        self._note(f"step {len(latents)}")
        return super().denoise(latents, times, guides)

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        return self.decode_many(latents[None], [conditioning], width, height)[0]

    def decode_many(
        self, latents: Floats, conditionings: Sequence[PlainConditioning], width: int, height: int
    ) -> list[Pixels]:
        self._note(f"draw {len(latents)}")
        pictures = [
            super(SidewaysBackend, self).decode(*one, width, height) for one in zip(latents, conditionings, strict=True)
        ]
        cropped = ["crop" in one.notes.understood for one in conditionings]
        return [picture[1:] if crop else picture for picture, crop in zip(pictures, cropped, strict=True)]

    def preview(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        self._note("show")
        if "blind" in conditioning.notes.understood:
            raise ZeroDivisionError
        return super().preview(latents, conditioning, width, height)

    @contextmanager
    def aside(self) -> Iterator[None]:
        self._aside = True
        try:
            yield
        finally:
            self._aside = False
        if self.fails_aside:
            raise MemoryError

    def _note(self, call: str) -> None:
        self.calls.append(call + "*" * self._aside)


class Piece:
    """Work that is done when `end` says so."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._outcome: tuple[Any, float] | None = None

    @property
    def ready(self) -> bool:
        return self._outcome is not None

    def end(self, seconds: float = 1.0) -> None:
        self._outcome = self._work(), seconds

    def result(self) -> tuple[Any, float]:
        assert self._outcome is not None
        return self._outcome


class Later:
    """A `Beside` without a thread. `waits`: how many pieces were under way each time that the engine waited."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.waits: list[int] = []

    def start(self, work: Callable[[], Any]) -> Piece:
        self.pieces.append(Piece(work))
        return self.pieces[-1]

    def wait(self, handles: Sequence[Handle[Any]]) -> None:
        self.waits.append(len(handles))
        self.under_way[0].end()

    @property
    def under_way(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.ready]

    def end(self, seconds: float = 1.0) -> None:
        """The oldest piece ends."""
        self.under_way[0].end(seconds)


def sideways(**changes: Any) -> tuple[SidewaysBackend, Later, Engine]:
    """An engine with somebody beside it. changes: of the backend's spec."""
    backend, later = SidewaysBackend(), Later()
    backend.spec = spec(backend, **changes)
    return backend, later, Engine({"toy": backend}, beside=later)


def spec(backend: SidewaysBackend, **changes: Any) -> BackendSpec:
    return replace(backend.spec, **{"decode_pixels": 8 * 128 * 128, **changes})
