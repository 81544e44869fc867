"""Toys, presents and other things that are fun."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.lettering import write
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    METAL,
    TIMBER,
    apart,
    around,
    bar,
    block,
    crescent,
    deep,
    heart,
    number,
    oval,
    pale,
    placed,
    rounded,
    star,
    tone,
)

BRIGHT = ("#f4c145", "#4a9fd0", "#e8607a", "#8fb85a", "#b784d8", CREAM)


def draw_ball(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    second = apart((CREAM, "#f4c145", "#4a9fd0", "#f08a5a"), ink.base, variant // 2)
    pen.path(oval(50, 50, 49), ink.base)
    (_panels, _belt, _dots, _pentagons)[variant % 4](pen, second)
    tone(pen, crescent(50, 50, 49), "#1e1630", 0.2)
    tone(pen, "M16 38C18 24 28 15 40 13C47 12 48 18 42 20C32 23 25 29 22 40C20 46 15 44 16 38Z", "#ffffff", 0.6)


def _panels(pen: Pen, second: str) -> None:
    pen.path("M50 1C26 18 20 66 42 98.3C34 97 27 94.5 21 89.5C4 60 16 20 50 1Z", second)
    pen.path("M50 1C80 20 92 58 78 90.5C72 95 65 97.5 58 98.3C76 62 72 26 50 1Z", second)
    pen.path(oval(50, 6, 7, 4.5), second)


def _belt(pen: Pen, second: str) -> None:
    pen.path("M1.4 44C20 60 70 64 98 40C99 46 99.2 52 98.6 58C72 80 24 76 2 58C1 53 1 48 1.4 44Z", second)
    pen.path(star(50, 58, 9.5, 4.5, 5, soft=1.5), mix(second, "#e2603f", 0.75))


def _dots(pen: Pen, second: str) -> None:
    for x, y, rx, ry in (
        (50, 50, 10, 10),
        (50, 17, 8, 6),
        (50, 83, 8, 6),
        (20, 34, 7, 8),
        (80, 34, 7, 8),
        (20, 68, 7, 8),
        (80, 68, 7, 8),
    ):
        pen.path(oval(x, y, rx, ry), second)


def _pentagons(pen: Pen, second: str) -> None:
    pen.path(star(50, 50, 17, 13.8, 5), second)
    for i, (x, y) in enumerate(around(50, 50, 43.5, 5)):
        with pen.group(f"rotate({i * 72} {number(x)} {number(y)})"):
            pen.path(
                placed("M-12 -1.5Q0 -6.5 12 -1.5L8 8L-8 8Z", x, y),
                second,
            )
    for x, y in around(50, 50, 17, 5):
        tone(pen, bar((x, y), (50 + (x - 50) * 2.05, 50 + (y - 50) * 2.05), 1.4), second)


def draw_cube(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    top, right = pale(ink.base, 0.38), deep(ink.base, 0.26)
    pen.path(rounded([(52, 1), (102, 21), (54, 42), (3, 22)], (6, 7, 6, 7)), top)
    pen.path(rounded([(2, 21), (54, 41), (54, 99), (3, 78)], (6, 4, 6, 7)), ink.base)
    pen.path(rounded([(103, 20), (102, 78), (54, 99), (54, 41)], (6, 7, 6, 4)), right)
    tone(pen, "M3 22L54 41.5L102 21", top)
    letters = ("AB", "", "★♥", "XY", "12", "♥★", "ZO", "●●")[variant]
    inlay = apart((CREAM, "#f4c145", "#ffffff"), ink.base, 0)
    if letters and letters[0].isalnum():
        with pen.group("matrix(0.515 0.204 0 0.58 2.5 21)"):
            tone(pen, block(12, 12, 76, 76, 10), inlay)
            tone(pen, block(19, 19, 62, 62, 6), ink.base)
            write(pen, letters[0], 26, 24, 48, 52, ink.base)
        with pen.group("matrix(0.485 -0.21 0 0.58 54 41)"):
            tone(pen, block(12, 12, 76, 76, 10), inlay)
            tone(pen, block(19, 19, 62, 62, 6), right)
            write(pen, letters[1], 26, 24, 48, 52, right)
    elif "★" in letters:
        faces = ("matrix(0.515 0.204 0 0.58 2.5 21)", "matrix(0.485 -0.21 0 0.58 54 41)")
        with pen.group(faces[letters.index("★")]):
            pen.path(star(50, 52, 34, 16, 5, soft=4), inlay)
        with pen.group(faces[letters.index("♥")]):
            pen.path(heart(50, 54, 28), inlay)
    elif letters:
        _pips(pen, inlay)
    else:
        tone(pen, rounded([(8, 28), (14, 30), (14, 70), (8, 68)], 2), ink.light)


def _pips(pen: Pen, color: str) -> None:
    for matrix, spots in (
        ("matrix(0.515 0.204 0 0.58 2.5 21)", ((25, 25), (75, 75), (50, 50), (75, 25), (25, 75))),
        ("matrix(0.485 -0.21 0 0.58 54 41)", ((28, 28), (72, 72))),
        ("matrix(0.5 0.2 -0.5 0.21 53 1)", ((50, 50), (26, 26), (74, 74))),
    ):
        with pen.group(matrix):
            for x, y in spots:
                pen.path(oval(x, y, 10), color)


def draw_guitar(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    neck = apart((deep(TIMBER, 0.25), "#c99a66", "#d9b98c"), ink.base, variant)
    electric = variant % 4 == 2
    pen.path(rounded([(16.5, 1), (25.5, 1), (24.5, 14), (17.5, 14)], (2, 2, 1, 1)), deep(neck, 0.2))
    for y in (3.5, 7.5, 11.5):
        for x in (14.5, 27.5):
            pen.path(oval(x, y, 1.9), METAL)
    body = (
        (
            "M21 50C27 50 33 52 34 58C35 64 32 66 33 70C34 73 41 77 41 86C41 95 33 100 21 100"
            "C9 100 1 95 1 86C1 77 8 73 9 70C10 66 7 64 8 58C9 52 15 50 21 50Z"
        )
        if not electric
        else (
            "M14 58C12 50 6 46 3 50C0 55 6 62 7 70C7 76 1 78 1 87C1 96 10 100 21 100"
            "C33 100 41 96 41 87C41 78 35 76 35 70C36 63 42 58 38 53C35 49 30 52 28 58Z"
        )
    )
    pen.path(body, ink.base)
    tone(pen, "M33 70C34 73 41 77 41 86C41 95 33 100 21 100C14 100 8 98 5 95C26 98 36 88 33 70Z", ink.shade)
    tone(pen, "M5 84C6 79 10 76 12 73C13 77 9 82 8 88C7 92 4 89 5 84Z", ink.light)
    pen.path(block(18.5, 12, 5, 58 if electric else 52, 1), neck)
    for y in (20, 27, 33, 39, 44, 49):
        tone(pen, block(18.5, y, 5, 0.9), "#d9cfc0")
    if electric:
        for y in (72, 80):
            pen.path(block(14, y, 14, 4.5, 2), "#2f2c36")
        pen.path(oval(33, 89, 2.2), "#f2e6c8")
    else:
        pen.path(oval(21, 68, 7), pale(ink.base, 0.5))
        pen.path(oval(21, 68, 5.4), "#3a2622")
    pen.path(block(13.5, 87, 15, 4, 1.5), deep(ink.base, 0.5))
    for x in (19.6, 21, 22.4):
        pen.line(f"M{x} 12V88", "#f6efe0", 0.45)
    if variant in (1, 5):
        pen.path("M28 70C33 72 36 76 36 82C32 84 27 80 26 74Z", deep(ink.base, 0.55))
    for x, y in (((31, 79),), ((9, 82), (33, 82)))[variant % 2] if variant in (3, 4, 6, 7) else ():
        pen.path(star(x, y, 3.6, 1.7, 5), apart(("#f4c145", CREAM), ink.base, variant))


def draw_kite(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    second = apart(("#f4c145", CREAM, "#4a9fd0", "#8fb85a"), ink.base, variant)
    top, left, right, foot = (52, 1), (22, 24), (78, 30), (38, 68)
    center = (48.0, 27.0)
    pen.line("M38 68C30 74 44 80 34 86C26 91 20 88 12 97", "#6d6672", 1.1)
    for i, (x, y) in enumerate(((36, 77), (33, 87), (19, 92))):
        color = apart(BRIGHT, ink.base, i + variant)
        for side in (-1, 1):
            pen.path(rounded([(x, y), (x + side * 7, y - 4), (x + side * 7, y + 4)], 1.5), color)
        pen.path(oval(x, y, 1.8), deep(color))
    pen.path(rounded([top, right, foot, left], 2), ink.base)
    if variant % 2 == 0:
        pen.path(rounded([top, right, center], 1), second)
        pen.path(rounded([left, center, foot], 1), second)
        tone(pen, rounded([center, right, foot], 1), ink.shade)
    else:
        tone(pen, rounded([center, right, foot], 1), ink.shade)
        tone(pen, rounded([top, right, center], 1), deep(ink.base, 0.1))
        tone(pen, rounded([left, top, center], 1), ink.light)
        pen.path(
            star(center[0], center[1] + 4, 10, 4.8, 5, soft=2)
            if variant % 4 == 1
            else oval(center[0], center[1] + 4, 9),
            second,
        )
    pen.line("M52 2L38 67", deep(TIMBER, 0.2), 1)
    pen.line("M23 24.5L77 30", deep(TIMBER, 0.2), 1)


def draw_box(pen: Pen, look: Look) -> None:
    (_toy_box, _carton, _chest, _crate)[look.variant % 4](pen, look)


def _toy_box(pen: Pen, look: Look) -> None:
    ink = look.ink
    _toys(pen, look)
    pen.path(block(6, 46, 108, 54, 5), ink.base)
    tone(pen, block(6, 86, 108, 14, 4), ink.shade)
    for y in (60, 74):
        tone(pen, block(6, y, 108, 1.2), ink.shade)
    pen.path(block(2, 42, 116, 10, 4), pale(ink.base, 0.18))
    tone(pen, block(4, 48, 112, 4, 2), deep(ink.base, 0.1))
    accent = apart(("#f4c145", "#e8607a", "#4a9fd0", CREAM), ink.base, look.variant)
    for x in (14, 94):
        pen.path(block(x, 52, 12, 48, 1), deep(ink.base, 0.16))
    pen.path(star(60, 76, 16, 7.6, 5, soft=2.5), accent)
    tone(pen, star(58.5, 74.5, 7, 3.4, 5, soft=1), pale(accent, 0.5))


def _toys(pen: Pen, look: Look) -> None:
    fur = "#b98152"
    for x in (24, 48):
        pen.path(oval(x, 14, 7), fur)
        tone(pen, oval(x, 14, 4), pale(fur, 0.5))
    pen.path(oval(36, 30, 19, 18), fur)
    pen.path(oval(36, 36, 9, 7), pale(fur, 0.55))
    pen.path(oval(36, 33, 3, 2.2), "#3a2622")
    for x in (29, 43):
        pen.path(oval(x, 27, 2.2), "#2a201c")
    ball = apart(("#4a9fd0", "#e2483d"), look.ink.base, 0)
    pen.path(oval(74, 33, 17), ball)
    tone(
        pen,
        "M57.5 29C66 36 82 36 90.5 29C91 32 91 35 90.5 38C82 44 66 44 57.5 38C57 35 57 32 57.5 29Z",
        CREAM,
    )
    tone(pen, oval(68, 25, 3.4), pale(ball, 0.6))
    with pen.group("rotate(14 98 34)"):
        pen.path(block(88, 22, 22, 26, 3), "#f4c145")
        tone(pen, oval(99, 31, 4.5), "#e2603f")


def _carton(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path(rounded([(16, 34), (104, 34), (104, 60), (16, 60)], 1), deep(ink.base, 0.5))
    pen.path(rounded([(16, 34), (50, 34), (36, 12), (2, 14)], 2), pale(ink.base, 0.2))
    pen.path(rounded([(104, 34), (70, 34), (84, 12), (118, 14)], 2), pale(ink.base, 0.2))
    pen.path(rounded([(14, 36), (106, 36), (104, 100), (16, 100)], (1, 1, 4, 4)), ink.base)
    tone(pen, rounded([(84, 36), (106, 36), (104, 100), (84, 100)], (0, 1, 4, 0)), ink.shade)
    pen.path(rounded([(14, 36), (106, 36), (116, 52), (4, 52)], 2), pale(ink.base, 0.1))
    tone(pen, rounded([(6, 49), (114, 49), (116, 52.5), (4, 52.5)], 1), ink.shade)
    mark = deep(ink.base, 0.4) if sum(bytes.fromhex(ink.base[1:])) > 200 else pale(ink.base, 0.6)
    if look.variant < 4:
        tone(pen, block(26, 70, 20, 20, 2) + rounded([(28, 72), (28, 88), (44, 88), (44, 72)], 1), mark)
        tone(pen, rounded([(36, 74), (41, 80), (37.5, 80), (37.5, 86), (34.5, 86), (34.5, 80), (31, 80)], 0.5), mark)
    else:
        pen.path(heart(60, 76, 15), mark)


def _chest(pen: Pen, look: Look) -> None:
    ink, coin = look.ink, ("#f6cf52", "#e8709a")[look.variant // 4]
    gold = apart(("#f2c14a", "#c9ced6"), ink.base, 0)
    for x, y, r in ((30, 46, 7), (46, 42, 8), (62, 44, 7), (78, 42, 8), (92, 46, 7), (54, 38, 6), (70, 37, 6)):
        pen.path(oval(x, y, r), coin)
        tone(pen, oval(x, y, r * 0.6), pale(coin, 0.4))
    pen.path("M8 34C8 12 20 2 36 2H84C100 2 112 12 112 34L106 38H14Z", ink.base)
    tone(pen, "M8 30C40 36 80 36 112 30V34L106 38H14L8 34Z", deep(ink.base, 0.4))
    tone(pen, "M20 22C22 12 30 8 40 7H80C60 10 34 12 20 22Z", ink.light)
    pen.path(block(6, 50, 108, 50, 4), ink.base)
    tone(pen, block(6, 84, 108, 16, 4), ink.shade)
    tone(pen, block(6, 66, 108, 1.6), ink.shade)
    pen.path(block(4, 48, 112, 8, 2), gold)
    for x in (20, 90):
        pen.path(block(x, 48, 10, 52, 1), gold)
        tone(pen, block(x + 6, 56, 4, 44), deep(gold, 0.2))
        pen.path(rounded([(x, 4), (x + 10, 3), (x + 10, 37), (x, 37)], 1), gold)
    pen.path(rounded([(50, 50), (70, 50), (70, 66), (60, 72), (50, 66)], 3), pale(gold, 0.2))
    pen.path(oval(60, 58, 3), "#4a3426")
    pen.path(rounded([(58.8, 58), (61.2, 58), (62, 66), (58, 66)], 0.5), "#4a3426")


def _crate(pen: Pen, look: Look) -> None:
    ink = look.ink
    for i, (x, y, r) in enumerate(
        ((26, 26, 15), (52, 20, 16), (80, 22, 16), (100, 30, 12), (40, 34, 13), (68, 34, 13))
    ):
        color = ("#e2483d", "#8fb85a", "#e2483d", "#f2b63c", "#f2b63c", "#e2483d")[i] if look.variant < 4 else "#f2993c"
        pen.path(oval(x, y, r), color)
        tone(pen, oval(x - r * 0.3, y - r * 0.35, r * 0.28), pale(color, 0.5))
        pen.path(bar((x, y - r + 2), (x + 2, y - r - 3), 2), "#5f4030")
    pen.path(block(6, 40, 108, 60, 2), deep(ink.base, 0.45))
    for i in range(3):
        y = 38 + i * 21
        pen.path(block(2, y, 116, 19, 2.5), ink.base)
        tone(pen, block(2, y + 13, 116, 6, 2), ink.shade)
        tone(pen, bar((20 + i * 12, y + 5), (60 + i * 14, y + 5), 1.2), ink.light)
    for x in (6, 102):
        pen.path(block(x, 36, 12, 64, 2), pale(ink.base, 0.16))
        for y in (47, 68, 89):
            pen.path(oval(x + 6, y, 1.6), deep(ink.base, 0.5))


DRAWINGS: dict[str, Drawing] = {
    "ball": draw_ball,
    "cube": draw_cube,
    "guitar": draw_guitar,
    "kite": draw_kite,
    "box": draw_box,
}
