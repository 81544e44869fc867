"""Flowers and a mushroom."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import CREAM, LEAF, apart, around, bar, deep, oval, pale, placed, tone

BARK = "#8a5f43"
Puff = tuple[float, float, float]
CROWNS: tuple[tuple[Puff, ...], ...] = (
    ((42, 24, 23), (22, 42, 21), (63, 42, 21), (42, 50, 22), (30, 30, 18), (56, 30, 18)),
    ((42, 19, 18), (28, 32, 18), (57, 32, 18), (25, 52, 18), (60, 52, 18), (42, 46, 24)),
    ((30, 26, 20), (56, 22, 21), (18, 46, 17), (67, 44, 17), (42, 46, 22)),
    ((43, 34, 33),),
)


def _leaf(pen: Pen, x: float, y: float, reach: float, color: str = LEAF) -> None:
    """A leaf that grows from (x, y) sideways (`reach` < 0: to the left) and a little upwards."""
    pen.path(placed("M0 0C.3 -12 .8 -14 1 -9C.8 2 .3 4 0 0Z", x, y, reach), color)
    tone(pen, placed("M0 0C.4 -4 .7 -7 1 -9C.8 2 .3 4 0 0Z", x, y, reach), deep(color))


def _petals(
    pen: Pen, cx: float, cy: float, radius: float, count: int, size: tuple[float, float], color: str, turn: float = 0.0
) -> None:
    for i in range(count):
        with pen.group(f"rotate({turn + i * 360 / count:.3g} {cx:g} {cy:g})"):
            pen.path(oval(cx, cy - radius, *size), color)


def draw_sunflower(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    count = (14, 16, 12, 18)[variant % 4]
    stem = mix(LEAF, "#3f7a3f", 0.3)
    pen.path(f"M25.5 50C24 66 {25 + variant % 3} 84 25.5 100H30C31 84 {29 + variant % 3} 66 29.5 50Z", stem)
    _leaf(pen, 28, 84, 24, LEAF)
    _leaf(pen, 27, 76 if variant % 2 else 92, -24, LEAF)
    cy = 28.0
    _petals(pen, 27.5, cy, 18.5, count, (4.6, 9), ink.shade, 180 / count)
    _petals(pen, 27.5, cy, 17.5, count, (4.2, 9), ink.base)
    if pen.style != "drawing":
        _petals(pen, 27.5, cy, 17, count, (1.3, 5), ink.light)
    seed = apart(("#6b4328", "#4a3226"), ink.base, variant)
    pen.path(oval(27.5, cy, 12.5), seed)
    tone(pen, oval(27.5, cy, 9.4), pale(seed, 0.14))
    for ring_radius, dots in ((3.4, 6), (7.2, 11)):
        for x, y in around(27.5, cy, ring_radius, dots):
            tone(pen, oval(x, y, 0.9), deep(seed, 0.4))


def draw_flower(pen: Pen, look: Look) -> None:
    variant = look.variant
    pen.path("M28 50C27 66 28 84 28.5 100H32C32.5 84 32 66 32 50Z", mix(LEAF, "#3f7a3f", 0.3))
    _leaf(pen, 30, 88, 24)
    _leaf(pen, 30, 80 if variant % 2 else 95, -24)
    if variant >= 4:
        _bud(pen, look.ink.base)
    (_daisy, _tulip, _blossom, _rose)[variant % 4](pen, look)


def _bud(pen: Pen, color: str) -> None:
    pen.path("M30 86C40 84 46 80 48 72L51 73C50 82 42 88 31 90Z", LEAF)
    pen.path(placed("M-6 2C-8 -8 -3 -12 0 -16C3 -12 8 -8 6 2C3 5 -3 5 -6 2Z", 50, 72), color)
    pen.path(placed("M-6 0C-3 2 3 2 6 0C7 6 3 8 0 8C-3 8 -7 6 -6 0Z", 50, 72), LEAF)


def _daisy(pen: Pen, look: Look) -> None:
    count = 9 if look.variant < 4 else 7
    _petals(pen, 30, 30, 17.5, count, (7.5, 11), look.ink.shade, 180 / count)
    _petals(pen, 30, 30, 17.5, count, (6.6, 11.5), look.ink.base)
    heart = apart(("#f6c33f", "#fff0c4"), look.ink.base, 0)
    pen.path(oval(30, 30, 10), heart)
    tone(pen, oval(31.5, 32, 7.5), deep(heart, 0.12))


def _tulip(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path(
        (
            "M10 14C16 18 18 24 19 30C22 20 26 10 30 4C34 10 38 20 41 30C42 24 44 18 50 14"
            "C54 34 50 56 30 58C10 56 6 34 10 14Z"
        ),
        ink.shade,
    )
    pen.path("M30 4C40 18 46 40 30 58C14 40 20 18 30 4Z", ink.base)
    tone(pen, "M27 16C22 26 20 36 24 46C21 36 24 24 27 16Z", ink.light)
    tone(pen, "M10 14C6 34 10 56 30 58C18 50 12 34 10 14Z", ink.base)


def _blossom(pen: Pen, look: Look) -> None:
    for x, y in around(30, 30, 15.5, 5):
        pen.path(oval(x, y, 13.2), look.ink.base)
    for x, y in around(30, 30, 13, 5):
        tone(pen, oval(x, y + 1, 8), look.ink.light)
    for x, y in around(30, 30, 9, 5, -54):
        tone(pen, bar((30, 30), (x, y), 2), look.ink.shade)
    heart = apart(("#f6c33f", "#fff0c4"), look.ink.base, 0)
    pen.path(oval(30, 30, 7.5), heart)
    for x, y in around(30, 30, 4.2, 6):
        tone(pen, oval(x, y, 1.1), deep(heart, 0.25))


def _rose(pen: Pen, look: Look) -> None:
    ink = look.ink
    for x, y in around(30, 31, 15, 5, -54):
        pen.path(oval(x, y, 13.5), ink.shade)
    for x, y in around(30, 30, 10, 4, 20):
        pen.path(oval(x, y, 12.5), ink.base)
    pen.path(oval(30, 29, 11.5), ink.light)
    pen.path(oval(31, 30.5, 8.6), ink.base)
    tone(pen, oval(30, 29.5, 5.4), ink.shade)
    tone(pen, oval(31, 30.6, 3.2), ink.light)


ROUND_CAP = (
    "M47.5 4C74 4 92 24 93 46C94 57 70 62 47.5 62C25 62 1 57 2 46C3 24 21 4 47.5 4Z",
    "M2.2 43C14 53 80 53 92.8 43C94 57 70 62 47.5 62C25 62 1 57 2.2 43Z",
)
POINTED_CAP = (
    "M47.5 2C60 2 66 14 76 28C86 40 92 46 92 52C92 59 70 62 47.5 62C25 62 3 59 3 52C3 46 9 40 19 28C29 14 35 2 47.5 2Z",
    "M4 49C20 57 76 57 91.5 49C93 59 70 62 47.5 62C25 62 3 59 4 49Z",
)
FLAT_CAP = (
    "M47.5 18C78 18 94 32 94 46C94 54 72 62 47.5 62C23 62 1 54 1 46C1 32 17 18 47.5 18Z",
    "M1.5 43C16 52 79 52 93.5 43C96 54 72 62 47.5 62C23 62 -1 54 1.5 43Z",
)


def draw_mushroom(pen: Pen, look: Look) -> None:
    variant = look.variant
    cap = (ROUND_CAP, ROUND_CAP, POINTED_CAP, FLAT_CAP)[variant % 4]
    few = variant < 4
    if variant % 4 == 1:
        with pen.group("translate(56 50) scale(0.41 0.5)"):
            _toadstool(pen, look.ink.base, ROUND_CAP, few=True)
    if variant % 4 in (2, 3):
        with pen.group("translate(-1 56) scale(0.37 0.44)"):
            _toadstool(pen, look.ink.base, POINTED_CAP if variant % 4 == 3 else ROUND_CAP, few=True)
    shift, wide = ((0, 1.0), (-4, 0.92), (6, 0.94), (6, 0.94))[variant % 4]
    with pen.group(f"translate({shift} 0) scale({wide} 1)"):
        _toadstool(pen, look.ink.base, cap, few=few)
    for x, high in ((6, 6), (10, 11), (14, 7), (79, 8), (83, 12)) if few else ((28, 7), (66, 10), (70, 6), (90, 8)):
        pen.path(placed("M-1.5 0Q0 -.6 2 -1Q2 -.5 2.5 0Z", x, 100, 1, high), LEAF)


def _toadstool(pen: Pen, base: str, cap: tuple[str, str], *, few: bool) -> None:
    pen.path("M37 52C38 68 36 82 31 94C30 99 36 100 47 100C58 100 65 99 64 94C59 82 57 68 58 52Z", CREAM)
    tone(pen, "M51 52C52 70 53 84 54 99.8C62 99 65 98 64 94C59 82 57 68 58 52Z", deep(CREAM, 0.14))
    pen.path("M35 62C40 67 55 67 60 62C61 69 58 73 47 73C37 73 34 69 35 62Z", pale(CREAM, 0.4))
    pen.path(cap[0], base)
    tone(pen, cap[1], deep(base))
    dot = apart((CREAM, "#f6d77a"), base, 0)
    for x, y, r in _spots(cap, few=few):
        pen.path(oval(x, y, r, r * 0.86), dot)
        tone(pen, oval(x + r * 0.15, y + r * 0.25, r * 0.7, r * 0.5), deep(dot, 0.08))


def _spots(cap: tuple[str, str], *, few: bool) -> tuple[tuple[float, float, float], ...]:
    if cap is POINTED_CAP:
        return ((46, 16, 5), (34, 34, 6), (60, 36, 7), (46, 46, 4))
    if cap is FLAT_CAP:
        return ((26, 30, 5), (48, 26, 6), (70, 31, 5.5), (40, 40, 6), (60, 42, 5), (18, 42, 4.5), (80, 42, 4))
    if few:
        return ((30, 22, 7), (56, 16, 6), (74, 34, 7), (46, 38, 8), (18, 40, 5))
    return ((24, 24, 5), (42, 14, 5), (62, 18, 5.5), (34, 36, 6), (54, 34, 5), (74, 36, 6), (16, 42, 4), (82, 26, 4))


DRAWINGS: dict[str, Drawing] = {
    "sunflower": draw_sunflower,
    "flower": draw_flower,
    "mushroom": draw_mushroom,
}
