"""Models and classifiers for tests; opened by name in workers."""

from __future__ import annotations

import itertools

import numpy as np

from imagend.engine.backend import Floats
from imagend.safety.scores import Pixels, Scores, Severity
from tests.workers.toy import ToyBackend, Words


class Describer(ToyBackend):
    """A toy that says of every second picture that a child is in it."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self._turn = itertools.count()

    def describe(self, latents: Floats, conditioning: Words, width: int, height: int) -> tuple[str, ...]:
        return ("lake", "child") if next(self._turn) % 2 else ("lake", "boat")


class Father(ToyBackend):
    """A toy that says that a man is in all its pictures."""

    def __init__(self) -> None:
        super().__init__(0.0)

    def describe(self, latents: Floats, conditioning: Words, width: int, height: int) -> tuple[str, ...]:
        return ("lake", "man")


class Broken:
    """A classifier that cannot judge anything."""

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        raise RuntimeError("the classifier is broken")


class Word:
    """A prompt classifier with one word. Options: word, severity, category."""

    def __init__(self, word: str, category: str = "other", severity: str = "HIGH") -> None:
        self._word = word
        self._category = category
        self._severity = Severity[severity]

    def scores(self, prompt: str) -> Scores:
        return {self._category: self._severity} if self._word in prompt else {}


class Dark:
    """A picture classifier that calls dark pictures violent. Option: below, 0 to 255."""

    def __init__(self, below: str = "40") -> None:
        self._below = float(below)

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        return {"violence": Severity.HIGH} if float(np.mean(pixels)) < self._below else {}
