"""Draws a thing freely, measures it, then moves and scales it so that it fills its box exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import cos, hypot, inf, radians, sin

from imagend.sketch.draw.pen import Look, Pen

Matrix = tuple[float, float, float, float, float, float]  # a b c d e f, as in SVG's matrix()

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_STEP = re.compile(r"(\w+)\(([^)]*)\)")
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Sketchpad(Pen):
    """A pen that keeps the bounds of what it drew. Paths may use absolute M, L, C, Q and Z only."""

    left: float = inf
    top: float = inf
    right: float = -inf
    bottom: float = -inf
    frames: list[Matrix] = field(default_factory=lambda: [_IDENTITY])

    def path(
        self, d: str, fill: str | None = None, *,
        stroke: str | None = None, width: float = 1.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        Pen.path(self, d, fill, stroke=stroke, width=width, opacity=opacity)
        numbers = [float(text) for text in _NUMBER.findall(d)]
        spread = width / 2 if stroke else 0.0
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            self._reach(x, y, spread, spread)

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float | None = None, fill: str | None = None, *,
        stroke: str | None = None, width: float = 1.0, opacity: float = 1.0, turn: float = 0.0,
    ) -> None:  # fmt: skip
        Pen.ellipse(self, cx, cy, rx, ry, fill, stroke=stroke, width=width, opacity=opacity, turn=turn)
        tall = rx if ry is None else ry
        c, s = cos(radians(turn)), sin(radians(turn))
        self._reach(cx, cy, hypot(rx * c, tall * s), hypot(rx * s, tall * c))

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str | None = None, *,
        r: float = 0.0, stroke: str | None = None, width: float = 1.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        Pen.rect(self, x, y, w, h, fill, r=r, stroke=stroke, width=width, opacity=opacity)
        self._reach(x + w / 2, y + h / 2, w / 2, h / 2)

    @contextmanager
    def group(self, transform: str = "", *, opacity: float = 1.0) -> Iterator[None]:
        frame = self.frames[-1]
        for name, text in _STEP.findall(transform):
            frame = _times(frame, _matrix(name, [float(number) for number in text.split()]))
        self.frames.append(frame)
        with Pen.group(self, transform, opacity=opacity):
            yield
        self.frames.pop()

    def _reach(self, x: float, y: float, rx: float, ry: float) -> None:
        """Widen the bounds by an upright ellipse around x, y (exact for turned groups)."""
        a, b, c, d, e, f = self.frames[-1]
        cx, cy = a * x + c * y + e, b * x + d * y + f
        wide, tall = hypot(a * rx, c * ry), hypot(b * rx, d * ry)
        self.left, self.right = min(self.left, cx - wide), max(self.right, cx + wide)
        self.top, self.bottom = min(self.top, cy - tall), max(self.bottom, cy + tall)


def _matrix(name: str, numbers: list[float]) -> Matrix:
    if name == "translate":
        return (1.0, 0.0, 0.0, 1.0, numbers[0], numbers[1])
    if name == "scale":
        return (numbers[0], 0.0, 0.0, numbers[-1], 0.0, 0.0)
    assert name == "rotate", name
    c, s = cos(radians(numbers[0])), sin(radians(numbers[0]))
    x, y = (numbers[1], numbers[2]) if len(numbers) == 3 else (0.0, 0.0)
    return (c, s, -s, c, x - c * x + s * y, y - s * x - c * y)


def _times(outer: Matrix, inner: Matrix) -> Matrix:
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (
        a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f,
    )  # fmt: skip


def fitted(draw: Callable[[Pen, Look], None], aspect: float) -> Callable[[Pen, Look], None]:
    """The same drawing, scaled evenly into the box 0..100*aspect x 0..100, standing on its lower edge."""

    def draw_fitted(pen: Pen, look: Look) -> None:
        pad = Sketchpad(style=pen.style, grade=pen.grade)
        draw(pad, look)
        scale = min(100 * aspect / (pad.right - pad.left), 100 / (pad.bottom - pad.top))
        x = 50 * aspect - scale * (pad.left + pad.right) / 2
        y = 100 - scale * pad.bottom
        with pen.group(f"translate({x:.4f} {y:.4f}) scale({scale:.5f})"):
            pen.raw(pad.svg())

    return draw_fitted
