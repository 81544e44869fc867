"""One drawing function per kind of the vocabulary; `DRAWINGS` finds it by name."""

from __future__ import annotations

from collections.abc import Callable

from imagend.sketch.draw.pen import Look, Pen

#: Draws one thing into the box x 0..100*aspect, y 0..100 (downwards, feet at 100), facing right.
Drawing = Callable[[Pen, Look], None]
