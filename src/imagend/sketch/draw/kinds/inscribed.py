"""Cake, book and mug: things that may carry a few words."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.lettering import write
from imagend.sketch.draw.pen import Look, Pen
from imagend.sketch.draw.shapes import (
    CREAM,
    apart,
    bar,
    block,
    deep,
    halo,
    heart,
    oval,
    pale,
    placed,
    rounded,
    shine,
    star,
    tone,
)

BLOOMS = ("#e8607a", "#f4c145", "#fff4dc", "#b784d8")


def draw_cake(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    tiers = 2 if variant % 2 else 1
    plate = "#e6e4ea"
    pen.path(oval(52.5, 94, 52, 6), plate)
    tone(pen, oval(52.5, 95.5, 44, 4), deep(plate, 0.14))
    icing = apart((CREAM, "#fbd3de", "#8a5138", "#bfe3d8"), ink.base, variant, least=60)
    top = 46.0
    if tiers == 2:
        _candles(pen, 34, 71, 10, 3, variant)
        _tier(pen, 26, 24, 53, 34, icing, pale(icing, 0.2), ink.base)
        top = 52.0
    else:
        _candles(pen, 22, 83, 24, (3, 5, 4, 2)[variant // 2], variant)
    _tier(pen, 8, top, 89, 93 - top, ink.base, pale(ink.base, 0.3), icing)
    if look.words:
        plaque = (18, top + 15, 69, 75 - top)
        pen.path(block(*plaque, 5), icing if icing != CREAM else pale(CREAM, 0.4))
        write(
            pen,
            look.words,
            plaque[0] + 4,
            plaque[1] + 2.5,
            plaque[2] - 8,
            plaque[3] - 5,
            icing,
            most_lines=3,
        )
    else:
        for i in range(5):
            _dot_trim(pen, 18 + i * 17.2, top + 28, apart(BLOOMS, ink.base, i + variant))


def _dot_trim(pen: Pen, x: float, y: float, color: str) -> None:
    pen.path(oval(x, y, 3.6), color)
    tone(pen, oval(x - 1, y - 1, 1.2), pale(color, 0.6))


def _tier(pen: Pen, x: float, y: float, w: float, h: float, side: str, light: str, icing: str) -> None:
    """One round layer seen from the side, icing running down its edge."""
    pen.path(rounded([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], (2, 2, 8, 8)), side)
    tone(
        pen,
        rounded([(x + w * 0.8, y), (x + w, y), (x + w, y + h), (x + w * 0.8, y + h)], (0, 2, 8, 0)),
        deep(side, 0.14),
    )
    tone(pen, block(x + w * 0.05, y + 8, w * 0.05, h - 16, 2), light)
    drips, step = 6, w / 6
    d = (
        f"M{x - 1:.2f} {y + 3:.2f}C{x - 1:.2f} {y - 7:.2f} {x + w + 1:.2f} {y - 7:.2f} {x + w + 1:.2f} {y + 3:.2f}"
        f"V{y + 7:.2f}"
    )
    for i in range(drips):
        right = x + w + 1 - i * (w + 2) / drips
        deepness = (9, 5, 11, 6, 8, 5)[i]
        mid = right - step / 2
        d += (
            f"C{right:.2f} {y + deepness + 4:.2f} {mid + 1.5:.2f} {y + deepness + 4:.2f} {mid:.2f} {y + 7:.2f}"
            f"C{mid - 1:.2f} {y + 5:.2f} {right - step + 1:.2f} {y + 5:.2f} {right - (w + 2) / drips:.2f} {y + 7:.2f}"
        )
    pen.path(d + "Z", icing)
    tone(pen, oval(x + w * 0.4, y - 0.5, w * 0.3, 1.6), pale(icing, 0.6))


def _candles(pen: Pen, first: float, last: float, y: float, count: int, variant: int) -> None:
    for i in range(count):
        x = (first + last) / 2 if count == 1 else first + i * (last - first) / (count - 1)
        color = ("#e8607a", "#4a9fd0", "#f4c145", "#8fb85a", "#b784d8")[(i + variant) % 5]
        pen.path(block(x - 2.2, y, 4.4, 22, 1), color)
        tone(pen, block(x - 2.2, y + 6, 4.4, 3), CREAM)
        tone(pen, block(x - 2.2, y + 14, 4.4, 3), CREAM)
        halo(pen, x, y - 4, 9)
        shine(pen, placed("M0 -11C4 -5 3.5 0 0 0C-3.5 0 -4 -5 0 -11Z", x, y), "#f9a13f")
        shine(pen, oval(x, y - 2.5, 1.4, 2.2), "#ffe79a")


def draw_book(pen: Pen, look: Look) -> None:
    (_upright_book if look.variant % 4 != 2 else _open_book)(pen, look)


def _upright_book(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(("#f2c14a", CREAM, "#e2603f", "#8fd0c8"), ink.base, variant)
    with pen.group("translate(12 0)"):
        spine = [(4, 6), (20, 1), (98, 1), (98, 93), (20, 99), (4, 99)]
        pen.path(rounded(spine, (4, 4, 4, 3, 3, 5)), deep(ink.base, 0.34))
        pen.path(rounded([(10, 84), (94, 82), (96, 92), (14, 97)], 1.5), "#fbf3df")
        for y in (87, 91):
            pen.line(f"M14 {y + 1}L94 {y - 1.5}", "#d9cdb4", 0.7)
        pen.path(rounded([(6, 2), (99, 2), (99, 85), (14, 87), (6, 93)], (5, 4, 4, 2, 2)), ink.base)
        tone(pen, rounded([(6, 2), (16, 2), (16, 87), (6, 93)], (5, 0, 2, 2)), ink.shade)
        _cover_trim(pen, variant, trim)
        if variant >= 4:
            pen.path("M78 1H88V26L83 21L78 26Z", apart(("#d9483b", "#4a8fd0"), ink.base, variant))
        if look.words:
            write(pen, look.words, 26, 14, 62, 60, ink.base)
        else:
            _emblem(pen, variant % 4, trim, ink.base)


def _cover_trim(pen: Pen, variant: int, trim: str) -> None:
    if variant in (3, 5, 7):
        for x, y, wide, high in ((18, 4, 1, 1), (97, 4, -1, 1), (18, 83, 1, -1), (97, 83, -1, -1)):
            pen.path(placed("M0 0L14 0L0 14Z", x, y, wide, high), trim)
    elif variant in (1, 6):
        for y in (7, 78):
            tone(pen, block(17, y, 82, 3.5), trim)
    else:
        tone(pen, block(21, 8, 72, 72, 4) + rounded([(23, 10), (23, 78), (91, 78), (91, 10)], 3), trim)


def _emblem(pen: Pen, variant: int, trim: str, cover: str) -> None:
    if variant == 1:
        pen.path(star(57, 45, 24, 11, 5, soft=3), trim)
    elif variant == 3:
        pen.path(heart(57, 45, 20), trim)
    else:
        pen.path(oval(57, 40, 18), trim)
        tone(pen, oval(62, 36, 15), cover)
        pen.path(star(44, 62, 5, 2.3, 5), trim)


def _open_book(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path(
        "M62.5 30C48 18 22 16 2 22V92C22 86 48 88 62.5 98C77 88 103 86 123 92V22C103 16 77 18 62.5 30Z",
        ink.base,
    )
    tone(pen, "M2 84C22 79 48 81 62.5 92C77 81 103 79 123 84V92C103 86 77 88 62.5 98C48 88 22 86 2 92Z", ink.shade)
    pen.path("M62.5 24C50 12 28 10 8 15V82C28 77 50 79 62.5 90Z", "#fffaf0")
    pen.path("M62.5 24C75 12 97 10 117 15V82C97 77 75 79 62.5 90Z", "#f6eeda")
    tone(pen, "M62.5 24C58 20 53 17 48 15.5V79.5C54 81.5 58 85 62.5 90Z", "#e2d8c4")
    if look.variant >= 4:
        pen.path("M59 22L67 20L67 100L63 95.5L59 100Z", apart(("#d9483b", "#4a8fd0"), ink.base, 0))
    if look.words:
        write(pen, look.words, 68, 24, 44, 50, "#f6eeda")
        lines = [(14, 44)]
    else:
        lines = [(14, 44), (72, 110)]
    for x1, x2 in lines:
        for y in (28, 38, 48, 58, 68):
            tone(pen, bar((x1, y), (x2 - (12 if y == 68 else 0), y + (1 if x1 < 60 else -1)), 2), "#cfc4b4")


STRAIGHT_MUG = (
    "M8 26C8 60 9 84 14 93C18 100 74 100 78 93C83 84 86 60 86 26Z",
    "M68 26L86 26C86 60 83 84 78 93C75 98 55 99.5 40 98.5C62 94 70 60 68 26Z",
)
TAPERED_MUG = (
    "M4 26C4 52 12 78 22 92C28 100 66 100 72 92C82 78 88 52 88 26Z",
    "M68 26L88 26C88 52 82 78 72 92C67 98.5 50 99 40 98C60 90 69 56 68 26Z",
)


def draw_mug(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    drink = ("#6b4330", "#8a5a3a", "#b9763f", "#5a3a2c")[variant % 4]
    for x, bend in ((34, 5), (50, -5), (64, 5))[: 2 + variant % 2]:
        steam = f"M{x} 18C{x - 6 - bend} 12 {x + 6 + bend} 8 {x} 1C{x + 10 + bend} 8 {x - 1 - bend} 12 {x + 3} 18Z"
        tone(pen, steam, "#ffffff", 0.7)
    if variant >= 4:
        saucer = apart((pale(ink.base, 0.4), deep(ink.base, 0.3)), ink.base, 0)
        pen.path(oval(47, 95, 46, 5), saucer)
    handle = "M82 40C104 36 114 48 112 62C110 76 96 84 80 80L81 70C92 73 100 68 101 60C102 51 95 47 82 51Z"
    pen.path(handle, deep(ink.base, 0.12))
    side, shadow = TAPERED_MUG if variant % 4 == 3 else STRAIGHT_MUG
    pen.path(side, ink.base)
    _mug_pattern(pen, look)
    tone(pen, shadow, "#1e1630", 0.18)
    tone(
        pen,
        block(15, 40, 5, 40, 2.5) if side is STRAIGHT_MUG[0] else rounded([(11, 38), (16, 38), (24, 76), (20, 76)], 2),
        ink.light,
    )
    pen.path(oval(46.5, 26, 40.5, 8.5), pale(ink.base, 0.45))
    pen.path(oval(46.5, 27, 36.5, 6), drink)
    tone(pen, oval(38, 26.5, 16, 2.4), pale(drink, 0.25))
    if look.words:
        write(pen, look.words, 19, 40, 56, 42 if variant % 4 == 1 else 47, ink.base)


def _mug_pattern(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    paint = apart(("#e2603f", "#4a9fb0", "#f2c14a", "#e8769a"), base, variant)
    if look.words:
        if variant % 4 == 1:
            pen.path("M11.4 84C30 90 62 90 82 84L80.4 89C62 95 30 95 12.6 89Z", paint)
    elif variant % 4 == 1:
        pen.path(heart(46, 66, 18), paint)
    elif variant % 4 == 2:
        for y in (54, 72):
            pen.path(placed("M9 0C30 6 62 6 85 0L84.5 8C62 14 30 14 9.5 8Z", 0, y), paint)
    elif variant % 4 == 3:
        pen.path(star(46, 66, 17, 8, 5, soft=2), paint)
    elif variant == 4:
        for x, y in ((28, 52), (46, 60), (64, 52), (28, 74), (46, 82), (64, 74)):
            pen.path(oval(x, y, 4.5), paint)


DRAWINGS: dict[str, Drawing] = {
    "cake": draw_cake,
    "book": draw_book,
    "mug": draw_mug,
}
