"""One drawing function per kind of the vocabulary; `DRAWINGS` finds it by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from imagend.sketch.draw.pen import Look, Pen

#: Draws one thing into the box x 0..1*aspect, y 0..1 (downwards, feet at 100), facing right.
Drawing = Callable[[Pen, Look], None]


def _joined() -> dict[str, Drawing]:
    drawings: dict[str, Drawing] = {}
    for module in iter_modules(__path__):
        drawings |= getattr(import_module(f"{__name__}.{module.name}"), "DRAWINGS", {})
    return drawings


DRAWINGS: dict[str, Drawing] = _joined()
