"""Cake, book and mug: things that may carry a few words."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.lettering import readable_on, write
from imagend.sketch.draw.pen import Look, Pen
from imagend.sketch.draw.shapes import CREAM, apart, bar, block, deep, oval, pale, ring, rounded, star, tone

BLOOMS = ("#e8607a", "#f4c145", "#fff4dc", "#b784d8")


def draw_cake(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    tiers = 2 if variant % 2 else 1
    plate = "#e6e4ea"
    pen.path(oval(52.5, 94, 52, 6), plate)
    tone(pen, oval(52.5, 95.5, 44, 4), deep(plate, 0.14))
    icing = apart((CREAM, "#fbd3de", "#8a5138", "#bfe3d8"), ink.base, variant)
    top = 46.0
    if tiers == 2:
        _candles(pen, 34, 71, 10, 3, variant)
        _tier(pen, 26, 24, 53, 34, icing, pale(icing, 0.2), ink.base)
        top = 52.0
    else:
        _candles(pen, 22, 83, 24, (3, 5, 4, 2)[variant // 2], variant)
    _tier(pen, 8, top, 89, 93 - top, ink.base, pale(ink.base, 0.3), icing)
    if look.words:
        plaque = (20, top + 17, 65, 88 - top - 17)
        pen.path(block(*plaque, 5), icing if icing != CREAM else pale(CREAM, 0.4))
        write(
            pen,
            look.words,
            plaque[0] + 4,
            plaque[1] + 2.5,
            plaque[2] - 8,
            plaque[3] - 5,
            readable_on(icing),
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
        pen.path(
            f"M{x} {y - 11}C{x + 4} {y - 5} {x + 3.5} {y} {x} {y}C{x - 3.5} {y} {x - 4} {y - 5} {x} {y - 11}Z",
            "#f9a13f",
        )
        tone(pen, oval(x, y - 2.5, 1.4, 2.2), "#ffe79a")


def draw_book(pen: Pen, look: Look) -> None:
    (_upright_book if look.variant % 4 != 2 else _open_book)(pen, look)


def _upright_book(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(("#f2c14a", CREAM, "#e2603f"), ink.base, variant)
    with pen.group("translate(12 0)"):
        pen.path(
            rounded([(4, 6), (20, 1), (98, 1), (98, 93), (20, 99), (4, 99)], (4, 4, 4, 3, 3, 5)), deep(ink.base, 0.34)
        )
        pen.path(rounded([(10, 84), (94, 82), (96, 92), (14, 97)], 1.5), "#fbf3df")
        for y in (87, 91):
            pen.line(f"M14 {y + 1}L94 {y - 1.5}", "#d9cdb4", 0.7)
        pen.path(rounded([(6, 2), (99, 2), (99, 85), (14, 87), (6, 93)], (5, 4, 4, 2, 2)), ink.base)
        tone(pen, rounded([(6, 2), (16, 2), (16, 87), (6, 93)], (5, 0, 2, 2)), ink.shade)
        tone(pen, ring(0, 0, 0.1, 0.05), trim)
        frame = block(21, 8, 72, 72, 4) + rounded([(23, 10), (23, 78), (91, 78), (91, 10)], 3)
        tone(pen, frame, trim)
        if look.words:
            write(pen, look.words, 27, 14, 60, 60, readable_on(ink.base))
        elif variant % 4 == 1:
            pen.path(star(57, 43, 22, 10, 5, soft=3), trim)
        else:
            pen.path(oval(57, 40, 18), trim)
            tone(pen, oval(62, 36, 15), ink.base)
            pen.path(star(44, 62, 5, 2.3, 5), trim)
        if variant >= 4:
            pen.path("M78 1H88V26L83 21L78 26Z", apart(("#d9483b", "#4a8fd0"), ink.base, variant))


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
    if look.words:
        write(pen, look.words, 68, 24, 44, 50, "#4a3a44")
        lines = [(14, 44)]
    else:
        lines = [(14, 44), (72, 110)]
    for x1, x2 in lines:
        for y in (28, 38, 48, 58, 68):
            tone(pen, bar((x1, y), (x2 - (12 if y == 68 else 0), y + (1 if x1 < 60 else -1)), 2), "#cfc4b4")


def draw_mug(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    drink = ("#6b4330", "#8a5a3a", "#b9763f", "#5a3a2c")[variant % 4]
    for x, bend in ((34, 5), (50, -5), (64, 5))[: 2 + variant % 2]:
        tone(
            pen,
            f"M{x} 18C{x - 6 - bend} 12 {x + 6 + bend} 8 {x} 1C{x + 10 + bend} 8 {x - 1 - bend} 12 {x + 3} 18Z",
            "#ffffff",
            0.7,
        )
    pen.path(
        "M82 40C104 36 114 48 112 62C110 76 96 84 80 80L81 70C92 73 100 68 101 60C102 51 95 47 82 51Z",
        deep(ink.base, 0.12),
    )
    side = (
        "M8 26C8 60 9 84 14 93C18 100 74 100 78 93C83 84 86 60 86 26Z",
        "M4 26C4 52 12 78 22 92C28 100 66 100 72 92C82 78 88 52 88 26Z",
    )[variant % 4 == 3]
    pen.path(side, ink.base)
    tone(
        pen,
        "M68 26H86C86 60 83 84 78 93C75 98 55 99.5 40 98.5C62 94 70 60 68 26Z"
        if variant % 4 != 3
        else "M68 26H88C88 52 82 78 72 92C67 98.5 50 99 40 98C60 90 69 56 68 26Z",
        ink.shade,
    )
    tone(
        pen,
        block(15, 40, 5, 40, 2.5) if variant % 4 != 3 else rounded([(11, 38), (16, 38), (24, 76), (20, 76)], 2),
        ink.light,
    )
    rim_x, rim = (47.0, 39.5) if variant % 4 != 3 else (46.0, 42.0)
    pen.path(oval(rim_x, 26, rim, 8.5), pale(ink.base, 0.45))
    pen.path(oval(rim_x, 27, rim - 4, 6), drink)
    tone(pen, oval(rim_x - 8, 26.5, rim * 0.4, 2.4), pale(drink, 0.25))
    if look.words:
        write(pen, look.words, 20, 41, 52, 47, readable_on(ink.base))
    elif variant in (1, 5):
        pen.path(
            "M46 84C22 66 26 50 37 50C42 50 45 53 46 57C47 53 50 50 55 50C66 50 70 66 46 84Z",
            apart(("#e2483d", "#f8c8d4"), ink.base, 0),
        )
    elif variant in (2, 6):
        for y in (54, 72):
            tone(
                pen,
                f"M9 {y}C30 {y + 6} 62 {y + 6} 85 {y}V{y + 8}C62 {y + 14} 30 {y + 14} 9.5 {y + 8}Z",
                apart(("#4a9fb0", "#f2c14a", "#e2603f"), ink.base, variant),
            )
    elif variant in (3, 4):
        pen.path(star(46, 66, 15, 7, 5, soft=2), apart(("#f2c14a", "#4a8fd0"), ink.base, 0))


DRAWINGS: dict[str, Drawing] = {
    "cake": draw_cake,
    "book": draw_book,
    "mug": draw_mug,
}
