"""Path data of the closed shapes that things are built of, and the tones laid over them.

Closed shapes only: the line-drawing style outlines whatever is filled, and a thick stroke would come out black.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import cos, dist, hypot, pi, sin

from imagend.sketch.draw.pen import Pen, mix

Point = tuple[float, float]
_NUMBERS = re.compile(r"-?\d*\.?\d+")

TIMBER = "#8a5a3b"
METAL = "#c9ced6"
RUBBER = "#33313d"
GLASS = "#bfe3f2"
GLOW = "#ffd97a"  # windows with a light behind them
CREAM = "#fff4dc"
LEAF = "#5fa04e"


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def deep(color: str, share: float = 0.22) -> str:
    return mix(color, "#1e1630", share)


def pale(color: str, share: float = 0.32) -> str:
    return mix(color, "#fffaf0", share)


def distance(color: str, other: str) -> float:
    """How far apart two `#rrggbb` colours are, 0 (the same) to 442 (black and white)."""
    first, second = (bytes.fromhex(value[1:]) for value in (color, other))
    return dist(first, second)


def apart(choices: Sequence[str], base: str, index: int, least: float = 95.0) -> str:
    """One of the choices that are at least `least` away from `base` (see `distance`).

    Every fourth index jumps ahead: most drawings come in four forms, and the two variants of one form shall differ.
    """
    clear = [color for color in choices if distance(color, base) > least]
    clear = clear or [max(choices, key=lambda color: distance(color, base))]
    return clear[(index + 3 * (index // 4)) % len(clear)]


def oval(cx: float, cy: float, rx: float, ry: float | None = None, *, hole: bool = False) -> str:
    """An ellipse as a path; as a `hole` it runs the other way round and cuts out of the shape before it."""
    ry, sweep = rx if ry is None else ry, 0 if hole else 1
    arc = f"A{number(rx)} {number(ry)} 0 0 {sweep}"
    left, right, y = number(cx - rx), number(cx + rx), number(cy)
    return f"M{left} {y}{arc} {right} {y}{arc} {left} {y}Z"


def placed(d: str, x: float, y: float, wide: float = 1.0, high: float = 1.0) -> str:
    """Scale path data, then move it. Only for absolute M, L, Q, C and Z, whose numbers come in pairs of x and y."""
    place, turn = ((x, wide), (y, high)), [1]

    def moved(found: re.Match[str]) -> str:
        turn[0] = 1 - turn[0]
        offset, scale = place[turn[0]]
        return number(offset + scale * float(found[0]))

    return _NUMBERS.sub(moved, d)


def cloud(cx: float, cy: float, rx: float, ry: float, bumps: int, turn: float = -90.0) -> str:
    """An ellipse with a scalloped edge: leaves, wool, smoke."""
    points = [(cx + rx * x, cy + ry * y) for x, y in around(0, 0, 1, bumps, turn)]
    d = f"M{_xy(points[-1])}"
    for before, point in zip([points[-1], *points], points, strict=False):
        r = number(hypot(point[0] - before[0], point[1] - before[1]) * 0.56)
        d += f"A{r} {r} 0 0 1 {_xy(point)}"
    return d + "Z"


def crescent(cx: float, cy: float, r: float) -> str:
    """The lower right edge of a disc, where its shadow lies."""
    ends = f"{number(cx - r * 0.8)} {number(cy + r * 0.6)}", f"{number(cx + r * 0.6)} {number(cy - r * 0.8)}"
    near, far = number(r), number(r * 1.28)
    return f"M{ends[1]}A{near} {near} 0 0 1 {ends[0]}A{far} {far} 0 0 0 {ends[1]}Z"


def ring(cx: float, cy: float, outer: float, inner: float) -> str:
    return oval(cx, cy, outer) + oval(cx, cy, inner, hole=True)


def rounded(points: Sequence[Point], radius: float | Sequence[float] = 0.0) -> str:
    """A polygon whose corners are rounded by `radius` (one for all, or one each)."""
    radii = [float(radius)] * len(points) if isinstance(radius, int | float) else list(radius)
    out: list[str] = []
    for i, corner in enumerate(points):
        start = _toward(corner, points[i - 1], radii[i])
        end = _toward(corner, points[(i + 1) % len(points)], radii[i])
        out.append(f"{'L' if out else 'M'}{_xy(start)}Q{_xy(corner)} {_xy(end)}")
    return "".join(out) + "Z"


def block(x: float, y: float, w: float, h: float, r: float = 0.0) -> str:
    return rounded([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], r)


def arch(x: float, y: float, w: float, h: float) -> str:
    """A doorway: flat at the bottom, half round at the top; (x, y) is its upper left corner."""
    r = min(w / 2, h)
    left, right, bottom, spring = number(x), number(x + w), number(y + h), number(y + r)
    return f"M{left} {bottom}V{spring}A{number(w / 2)} {number(r)} 0 0 1 {right} {spring}V{bottom}Z"


def bar(start: Point, end: Point, width: float, tip: float | None = None) -> str:
    """A thick line with round ends as a closed shape; `tip` is its width at `end`."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1) or 1.0
    nx, ny = (y2 - y1) / length / 2, (x1 - x2) / length / 2
    tip = width if tip is None else tip
    a, b = (x1 + nx * width, y1 + ny * width), (x2 + nx * tip, y2 + ny * tip)
    c, d = (x2 - nx * tip, y2 - ny * tip), (x1 - nx * width, y1 - ny * width)
    near, far = number(width / 2), number(tip / 2)
    return f"M{_xy(a)}L{_xy(b)}A{far} {far} 0 0 1 {_xy(c)}L{_xy(d)}A{near} {near} 0 0 1 {_xy(a)}Z"


def star(
    cx: float, cy: float, outer: float, inner: float, points: int, *, turn: float = -90.0, soft: float = 0.0
) -> str:
    corners = [
        (cx + r * cos(a), cy + r * sin(a))
        for i in range(points * 2)
        for r, a in [(inner if i % 2 else outer, turn * pi / 180 + i * pi / points)]
    ]
    return rounded(corners, [soft if i % 2 == 0 else soft / 2 for i in range(points * 2)])


def heart(cx: float, cy: float, r: float) -> str:
    unit = "M0 1C-1.5 0 -1.2 -1 -.55 -1C-.25 -1 -.05 -.8 0 -.55C.05 -.8 .25 -1 .55 -1C1.2 -1 1.5 0 0 1Z"
    return placed(unit, cx, cy, r, r)


def around(cx: float, cy: float, radius: float, count: int, turn: float = -90.0) -> list[Point]:
    """`count` points evenly on a circle, the first at `turn` degrees (0 is right, 90 is down)."""
    return [
        (
            cx + radius * cos(turn * pi / 180 + i * 2 * pi / count),
            cy + radius * sin(turn * pi / 180 + i * 2 * pi / count),
        )
        for i in range(count)
    ]


def tone(pen: Pen, d: str, fill: str, opacity: float = 1.0) -> None:
    """A shadow, highlight or fine pattern: a line drawing leaves it out."""
    if pen.style != "drawing":
        pen.path(d, fill, opacity=opacity)


@contextmanager
def own_light(pen: Pen) -> Iterator[None]:
    """What shines keeps its colours, whatever light the scene is in."""
    grade, pen.grade = pen.grade, None
    yield
    pen.grade = grade


def shine(pen: Pen, d: str, color: str = GLOW) -> None:
    """A lit window, a flame, a headlamp."""
    with own_light(pen):
        pen.path(d, color)


def halo(pen: Pen, cx: float, cy: float, r: float, color: str = "#ffe9a3") -> None:
    """The soft glow round a flame or a lamp; a line drawing leaves it out."""
    if pen.style != "drawing":
        with own_light(pen):
            pen.path(oval(cx, cy, r), pen.radial([(0.0, color + "b0"), (0.45, color + "58"), (1.0, color + "00")]))


def wheel(pen: Pen, cx: float, cy: float, r: float, hub: str = METAL) -> None:
    pen.path(oval(cx, cy, r), RUBBER)
    tone(pen, ring(cx, cy, r * 0.86, r * 0.76), pale(RUBBER, 0.16))
    pen.path(oval(cx, cy, r * 0.56), hub)
    tone(pen, oval(cx + r * 0.05, cy + r * 0.06, r * 0.44), deep(hub, 0.14))
    pen.path(oval(cx, cy, r * 0.18), deep(hub, 0.45))


def _toward(corner: Point, other: Point, radius: float) -> Point:
    length = hypot(other[0] - corner[0], other[1] - corner[1]) or 1.0
    share = min(radius / length, 0.5)
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share


def _xy(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
