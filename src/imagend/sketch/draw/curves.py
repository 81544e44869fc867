"""Smooth outlines as SVG path data."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, sin
from random import Random

Point = tuple[float, float]


def smooth(points: list[Point], *, closed: bool = False) -> str:
    """A Catmull-Rom spline through the points, written as cubic Béziers."""
    last = len(points)
    parts = [f"M{points[0][0]:.2f} {points[0][1]:.2f}"]
    for i in range(last if closed else last - 1):
        before, here, there, after = (_at(points, i + k, closed) for k in (-1, 0, 1, 2))
        parts.append(
            f"C{here[0] + (there[0] - before[0]) / 6:.2f} {here[1] + (there[1] - before[1]) / 6:.2f} "
            f"{there[0] - (after[0] - here[0]) / 6:.2f} {there[1] - (after[1] - here[1]) / 6:.2f} "
            f"{there[0]:.2f} {there[1]:.2f}"
        )
    return "".join(parts) + ("Z" if closed else "")


def _at(points: list[Point], index: int, closed: bool) -> Point:
    return points[index % len(points)] if closed else points[min(max(index, 0), len(points) - 1)]


def ridge(
    random: Random, width: float, base: float, rise: float, *, waves: int = 5, floor: float | None = None
) -> tuple[str, list[Point]]:
    """A rolling line across the picture, up to `rise` above `base`, closed below at `floor`: path and its points."""
    points = []
    for i in range(waves + 1):
        x = width * (-0.06 + 1.12 * i / waves)
        y = base - rise * (0.5 + 0.5 * sin(i * 2.3 + random.uniform(0, 2.2))) * random.uniform(0.55, 1.0)
        points.append((x, y))
    if floor is None:
        return smooth(points), points
    return smooth(points) + f"L{points[-1][0]:.2f} {floor:.2f}L{points[0][0]:.2f} {floor:.2f}Z", points


def height_at(points: list[Point], x: float) -> float:
    """The y of a ridge's polyline at x."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1:
            share = (x - x0) / (x1 - x0) if x1 > x0 else 0.0
            share = share * share * (3 - 2 * share)
            return y0 + (y1 - y0) * share
    return points[0][1] if x < points[0][0] else points[-1][1]


def blob(random: Random, cx: float, cy: float, rx: float, ry: float, *, bumps: int = 9, wild: float = 0.12) -> str:
    """A closed, slightly irregular round outline."""
    points = []
    turn = random.uniform(0, 2 * pi)
    for i in range(bumps):
        angle = turn + 2 * pi * i / bumps
        grow = 1 + random.uniform(-wild, wild)
        points.append((cx + rx * grow * cos(angle), cy + ry * grow * sin(angle)))
    return smooth(points, closed=True)


def circles(rounds: list[tuple[float, float, float]]) -> str:
    """The union of (cx, cy, r) circles as one path, so that it takes one gradient and one opacity."""
    return "".join(
        f"M{x - r:.2f} {y:.2f}a{r:.2f} {r:.2f} 0 1 1 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 1 {-2 * r:.2f} 0Z"
        for x, y, r in rounds
    )


def cloud(random: Random, cx: float, base: float, width: float) -> str:
    """A heap of round puffs over a flat base, as one path."""
    sizes = [0.10, 0.16, 0.21, 0.17, 0.11]
    if random.random() < 0.5:
        sizes = [0.09, 0.13, 0.18, 0.22, 0.13]
    at, rounds = cx - width * 0.40, []
    for size in sizes:
        r = width * size * random.uniform(0.9, 1.1)
        rounds.append((at, base - r, r))
        at += width * 0.20
    left, right, r = rounds[0][0], rounds[-1][0], width * 0.09
    flat = f"M{left:.2f} {base - 2 * r:.2f}H{right:.2f}V{base:.2f}H{left:.2f}Z"  # clockwise, as the circles are
    return circles(rounds) + flat
