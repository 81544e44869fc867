"""Where things may stand: boxes for a picture's real aspect ratio, and the guard that tidies a decoded scene.

Lengths are in units of the picture's shorter side: a picture is max(1, a) wide and max(1, 1/a) high, a = width/height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from imagend.sketch.scene import Thing
from imagend.sketch.vocabulary import KIND, SIZES, X_BINS, Y_BINS

MARGIN = 0.94  # a thing is at most this share of the picture's width or height
TOUCH = 0.15  # overlap (share of the smaller box) that still counts as apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    left: float
    right: float
    bottom: float
    top: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.top - self.bottom)


def frame(aspect: float) -> tuple[float, float]:
    """Width and height of the picture in units of its shorter side."""
    return max(1.0, aspect), max(1.0, 1.0 / aspect)


def box_of(thing: Thing, aspect: float) -> Box:
    width, height = frame(aspect)
    half = thing.height * KIND[thing.kind].aspect / 2
    center, bottom = thing.center_x * width, thing.bottom_y * height
    return Box(left=center - half, right=center + half, bottom=bottom, top=bottom + thing.height)


def overlap(one: Box, other: Box) -> float:
    """Shared area as a share of the smaller box, 0 to 1."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.top, other.top) - max(one.bottom, other.bottom)
    return wide * high / min(one.area, other.area) if wide > 0 and high > 0 else 0.0


def largest_size(kind: str, aspect: float) -> int:
    """Largest size index at which a thing of this kind fits into the picture."""
    width, height = frame(aspect)
    fits = [
        i for i, size in enumerate(SIZES)
        if size <= MARGIN * height and size * KIND[kind].aspect <= MARGIN * width
    ]  # fmt: skip
    return fits[-1] if fits else 0


def x_range(kind: str, size: int, aspect: float) -> tuple[int, int]:
    """First and last x bin that keep the box inside the picture (the middle bins if it hardly fits)."""
    half = SIZES[size] * KIND[kind].aspect / 2 / frame(aspect)[0]
    inside = [i for i in range(X_BINS) if half <= (i + 0.5) / X_BINS + 1e-9 and (i + 0.5) / X_BINS + half <= 1 + 1e-9]
    return (inside[0], inside[-1]) if inside else (X_BINS // 2 - 1, X_BINS // 2)


def y_top(size: int, aspect: float) -> int:
    """Highest y bin at which a thing of this size stays below the upper edge."""
    height = frame(aspect)[1]
    inside = [i for i in range(Y_BINS) if (i + 0.5) / Y_BINS * height + SIZES[size] <= height * 0.985]
    return inside[-1] if inside else 0


def inside(thing: Thing, aspect: float) -> Thing:
    """The thing, made smaller and moved as little as needed to lie in the picture."""
    size = min(thing.size, largest_size(thing.kind, aspect))
    first, last = x_range(thing.kind, size, aspect)
    return replace(thing, size=size, x=min(max(thing.x, first), last), y=min(thing.y, y_top(size, aspect)))
