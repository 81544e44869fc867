"""What a classifier says: how severe something is, by category. Deciding is the policy's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Severity(IntEnum):
    """How clearly and how badly; the four steps of the hosted services."""

    NEGLIGIBLE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


#: Categories of verdicts, in the order in which a verdict names them.
CATEGORIES = (
    "child", "sexual", "hate", "violence", "dangerous", "prohibited",
    "personal", "celebrity", "toxic", "people", "other",
)  # fmt: skip
#: An apparent minor in whatever picture. Not a category: under ALLOW_ADULT it becomes a verdict of category child.
MINOR = "minor"
NAMES = frozenset({*CATEGORIES, MINOR})

Scores = Mapping[str, Severity]
"""Name of NAMES -> severity. What is missing is NEGLIGIBLE."""

Pixels = NDArray[np.uint8]


class PromptClassifier(Protocol):
    """Reads prompts. Called from several threads at once."""

    def scores(self, prompt: str) -> Scores:
        """`prompt` as the customer sent it, at most 32,000 characters. The negative prompt is no wish: it is never
        shown here. An exception fails the request: nothing passes unjudged."""
        ...


class PictureClassifier(Protocol):
    """Looks at pictures. Called from several threads at once."""

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        """`pixels` uint8 [height, width, 3]. `contents`: what the backend itself says that it drew, in its own
        words; () when it cannot tell. An exception fails the attempt: nothing passes unjudged."""
        ...


def worst(several: Iterable[Scores]) -> dict[str, Severity]:
    """The highest severity of each name. Raises ValueError for a name that is not in NAMES."""
    found: dict[str, Severity] = {}
    for scores in several:
        for name, severity in scores.items():
            if name not in NAMES:
                raise ValueError(f"a classifier scored {name!r}; the names are {', '.join(sorted(NAMES))}")
            found[name] = max(Severity(severity), found.get(name, Severity.NEGLIGIBLE))
    return found
