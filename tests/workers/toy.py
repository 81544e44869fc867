"""Models for tests: small, deterministic, and on request deadly. Opened in workers as `tests.workers.toy:<name>`."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, PlainConditioning, PromptNotes
from imagend.engine.schedule import FlowNoise, Prediction

POISON = "poison"  # a prompt with this word ends the process in the middle of denoising
BROKEN = "broken"  # ... makes the model raise
TICKS = "ticks:"  # the rest of the word is a file, to which the beginning of each evaluation is written
FROZEN = "frozen"  # ... hangs for ever in a native call, with the interpreter lock released
LOCKED = "locked"  # ... with the interpreter lock held
GREEDY = "greedy"  # ... takes 20 MB more every 20 ms

DELIBERATE = "tests.workers.toy:deliberate"
SPEC = BackendSpec(name="toy", prediction=Prediction.FLOW_VELOCITY, noise=FlowNoise(), max_lanes=8, revision="toy-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(PlainConditioning):
    text: str = ""


class ToyBackend:
    """Pulls every latent towards a colour that the prompt names; each step lasts `step_seconds`."""

    def __init__(self, step_seconds: float) -> None:
        self.spec = replace(SPEC)
        self._step_seconds = step_seconds
        self._eaten: list[bytearray] = []

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return (3, 4, 4)

    def encode(self, prompt: str, width: int, height: int) -> Words:
        colour = np.frombuffer(prompt.encode().ljust(3)[:3], np.uint8).astype(np.float32) / 255
        unknown = tuple(word for word in prompt.split() if word.startswith("zz"))
        return Words(
            text=prompt, embedding=colour.reshape(3, 1, 1).astype(np.float32), notes=PromptNotes(unknown=unknown)
        )

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[Words]]) -> Floats:
        for guide in guides:
            write_tick(guide.positive.text)
        time.sleep(self._step_seconds)
        words = " ".join(guide.positive.text for guide in guides)
        if POISON in words:
            os._exit(9)
        if BROKEN in words:
            raise RuntimeError("the toy is broken")
        if FROZEN in words:
            time.sleep(3600)
        if LOCKED in words:
            ctypes.PyDLL(None).sleep(3600)  # a PyDLL keeps the lock, as a badly written extension does
        while GREEDY in words:
            self._eaten.append(bytearray(os.urandom(1) * 20_000_000))
            time.sleep(0.02)
        goals = np.stack([guide.positive.embedding for guide in guides])
        return np.asarray(latents - goals, np.float32)

    def decode(self, latents: Floats, conditioning: Words, width: int, height: int) -> Pixels:
        small = np.clip(np.moveaxis(latents, 0, -1) * 64 + 128, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.kron(small, np.ones((height // 4, width // 4, 1), np.uint8)))

    def preview(self, latents: Floats, conditioning: Words, width: int, height: int) -> Pixels:
        return self.decode(latents, conditioning, 64, 64)


def write_tick(prompt: str) -> None:
    for word in prompt.split():
        if word.startswith(TICKS):
            with Path(word.removeprefix(TICKS)).open("a") as file:
                file.write(f"{time.monotonic()}\n")  # one clock for all processes of a machine


def read_ticks(file: Path) -> list[float]:
    """Moments at which the evaluations of a job with this file began."""
    return [float(line) for line in file.read_text().splitlines()] if file.exists() else []


def fast() -> ToyBackend:
    return ToyBackend(0.0)


def slow() -> ToyBackend:
    """20 steps a second."""
    return ToyBackend(0.05)


def deliberate() -> ToyBackend:
    """4 steps a second: longer than a word takes through a busy machine. Named so that a server can be set to it."""
    backend = ToyBackend(0.25)
    backend.spec = replace(SPEC, name=DELIBERATE)
    return backend


def unloadable() -> ToyBackend:
    raise OSError("weights are missing")
