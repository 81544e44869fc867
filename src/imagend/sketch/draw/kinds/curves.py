"""Outlines through a few points: smooth bodies, limbs of changing width, wool and fur."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin

#: x, y and, if given, how round the curve is there: 1 smooth (the default), 0 a corner.
Knot = tuple[float, float] | tuple[float, float, float]
Point = tuple[float, float]


def smooth(knots: Sequence[Knot], *, closed: bool = True) -> str:
    """Path data of a curve through all knots (Catmull and Rom 1974, as cubic Béziers)."""
    count = len(knots)
    spans = range(count if closed else count - 1)
    pieces = [f"M{knots[0][0]:.4g} {knots[0][1]:.4g}"]
    for index in spans:
        near, far = _handles(knots, index, closed)
        end = knots[(index + 1) % count]
        pieces.append(f"C{near[0]:.4g} {near[1]:.4g} {far[0]:.4g} {far[1]:.4g} {end[0]:.4g} {end[1]:.4g}")
    return " ".join(pieces) + (" Z" if closed else "")


def _handles(knots: Sequence[Knot], index: int, closed: bool) -> tuple[Point, Point]:
    count = len(knots)

    def knot(place: int) -> Knot:
        return knots[place % count] if closed else knots[min(max(place, 0), count - 1)]

    before, start, end, after = (knot(index + step) for step in (-1, 0, 1, 2))
    leave, arrive = _roundness(start) / 6, _roundness(end) / 6
    near = (start[0] + (end[0] - before[0]) * leave, start[1] + (end[1] - before[1]) * leave)
    far = (end[0] - (after[0] - start[0]) * arrive, end[1] - (after[1] - start[1]) * arrive)
    return near, far


def _roundness(knot: Knot) -> float:
    return knot[2] if len(knot) == 3 else 1.0


def tube(spine: Sequence[Point], widths: Sequence[float]) -> str:
    """A limb along `spine`, `widths[i]` thick at its point i, with round ends."""
    left: list[Knot] = []
    right: list[Knot] = []
    last = len(spine) - 1
    for index, ((x, y), width) in enumerate(zip(spine, widths, strict=True)):
        along = _direction(spine[max(index - 1, 0)], spine[min(index + 1, last)])
        across = (-along[1] * width / 2, along[0] * width / 2)
        left.append((x + across[0], y + across[1]))
        right.append((x - across[0], y - across[1]))
    start = _beyond(spine[1], spine[0], widths[0] / 2)
    end = _beyond(spine[-2], spine[-1], widths[-1] / 2)
    return smooth([start, *left, end, *reversed(right)])


def _direction(start: Point, end: Point) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy) or 1.0
    return dx / length, dy / length


def _beyond(start: Point, end: Point, distance: float) -> Point:
    dx, dy = _direction(start, end)
    return end[0] + dx * distance, end[1] + dy * distance


def oval(cx: float, cy: float, rx: float, ry: float, count: int = 12) -> list[Knot]:
    """Knots of an ellipse, clockwise from the right."""
    angles = (2 * pi * step / count for step in range(count))
    return [(cx + rx * cos(angle), cy + ry * sin(angle)) for angle in angles]


def fleece(knots: Sequence[Knot], bumps: int, depth: float = 0.45) -> str:
    """The closed curve through `knots` (clockwise) edged with round bumps: wool, curls, clouds."""
    return _edged(knots, bumps, depth, lean=0.0, pointed=False)


def fur(knots: Sequence[Knot], tufts: int, depth: float = 0.5, *, lean: float = 0.35) -> str:
    """The closed curve through `knots` (clockwise) edged with soft pointed tufts: manes, fluffy tails."""
    return _edged(knots, tufts, depth, lean=lean, pointed=True)


def _edged(knots: Sequence[Knot], count: int, depth: float, *, lean: float, pointed: bool) -> str:
    ring = _even(knots, count)
    pieces = [f"M{ring[0][0]:.4g} {ring[0][1]:.4g}"]
    for index, start in enumerate(ring):
        end = ring[(index + 1) % count]
        dx, dy = end[0] - start[0], end[1] - start[1]
        out = (dy * depth, -dx * depth)
        if pointed:
            tip = (start[0] + dx * (0.5 + lean) + out[0], start[1] + dy * (0.5 + lean) + out[1])
            bend = (start[0] + dx * 0.3 + out[0] * 0.9, start[1] + dy * 0.3 + out[1] * 0.9)
            pieces.append(f"Q{bend[0]:.4g} {bend[1]:.4g} {tip[0]:.4g} {tip[1]:.4g}")
            pieces.append(f"Q{end[0]:.4g} {end[1]:.4g} {end[0]:.4g} {end[1]:.4g}")
        else:
            near = (start[0] + out[0] * 1.6, start[1] + out[1] * 1.6)
            far = (end[0] + out[0] * 1.6, end[1] + out[1] * 1.6)
            pieces.append(f"C{near[0]:.4g} {near[1]:.4g} {far[0]:.4g} {far[1]:.4g} {end[0]:.4g} {end[1]:.4g}")
    return " ".join(pieces) + " Z"


def _even(knots: Sequence[Knot], count: int) -> list[Point]:
    """`count` points at equal distances along the closed curve."""
    dense = [_bezier(knots, index, step / 16) for index in range(len(knots)) for step in range(16)]
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(dense, [*dense[1:], dense[0]], strict=True)]
    stride = sum(lengths) / count
    points: list[Point] = []
    travelled = 0.0
    for point, length in zip(dense, lengths, strict=True):
        if len(points) < count and travelled >= stride * len(points) - 1e-9:
            points.append(point)
        travelled += length
    return points


def _bezier(knots: Sequence[Knot], index: int, t: float) -> Point:
    near, far = _handles(knots, index, True)
    ends = knots[index], near, far, knots[(index + 1) % len(knots)]
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    pairs = list(zip(ends, weights, strict=True))
    return sum(end[0] * weight for end, weight in pairs), sum(end[1] * weight for end, weight in pairs)
