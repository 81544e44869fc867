"""A model for fault runs: 5 ms a picture, which shows the mark of its prompt; and words in a prompt that it obeys.

`imagend serve --set backend=faults.model:open_model`. Words: `sleep=MS` takes longer, `die` ends the process, `hang`
sleeps in native code with the interpreter's lock held, `hoard` takes memory until it is killed, `large` makes the
picture about a megabyte.
"""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from faults.marks import squares, word_in
from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, PromptNotes
from imagend.engine.schedule import FlowNoise, Prediction

NAME = "faults.model:open_model"
PICTURE_SECONDS = 0.005
_SLEEP = re.compile(r"\bsleep=(\d+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a prompt asks for."""

    mark: str
    seconds: float = PICTURE_SECONDS
    words: frozenset[str] = frozenset()
    notes: PromptNotes = field(default_factory=PromptNotes)


def read_orders(prompt: str) -> Orders:
    slow = _SLEEP.search(prompt)
    seconds = int(slow.group(1)) / 1000 if slow else PICTURE_SECONDS
    return Orders(mark=word_in(prompt), seconds=seconds, words=frozenset(prompt.split()))


class FaultModel:
    """Pure but for the words that are meant to harm."""

    spec = BackendSpec(name=NAME, prediction=Prediction.FLOW_SAMPLE, noise=FlowNoise(), max_lanes=64, revision="1")

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return (1,)

    def encode(self, prompt: str, width: int, height: int) -> Orders:
        return read_orders(prompt)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[Orders]]) -> Floats:
        for guide in guides:
            _obey(guide.positive.words)
        return np.zeros_like(latents)

    def decode(self, latents: Floats, conditioning: Orders, width: int, height: int) -> Pixels:
        time.sleep(conditioning.seconds)
        pixels = squares(conditioning.mark, width, height)
        if "large" in conditioning.words:
            pixels += _noise(height, width)
        return pixels

    def preview(self, latents: Floats, conditioning: Orders, width: int, height: int) -> Pixels:
        return squares(conditioning.mark, 64, 64)

    def describe(self, latents: Floats, conditioning: Orders, width: int, height: int) -> tuple[str, ...]:
        return ("squares",)


@cache
def _noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 32, (height, width, 3), np.uint8)


def _obey(words: frozenset[str]) -> None:
    if "die" in words:
        os._exit(9)
    if "hang" in words:
        ctypes.PyDLL(None).sleep(3600)
    if "hoard" in words:
        hoard = [b""]
        while True:
            hoard.append(os.urandom(1 << 24))


def open_model() -> FaultModel:
    return FaultModel()
