"""Trees and a cactus."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    Point,
    apart,
    around,
    bar,
    block,
    cloud,
    deep,
    number,
    oval,
    pale,
    placed,
    rounded,
    star,
    tone,
)

BARK = "#8a5f43"
NEEDLES_HEM = "M0 0Q.5 .72 1 1Q.75 1.2 .5 .97Q.25 1.17 0 .97Q-.25 1.17 -.5 .97Q-.75 1.2 -1 1Q-.5 .72 0 0Z"
NEEDLES_SHADE = "M0 0Q.5 .72 1 1Q.75 1.2 .5 .97Q.25 1.17 0 .97Q.25 .6 0 0Z"
NEEDLES_LIGHT = "M-.14 .36Q-.4 .76 -.8 .97Q-.4 .88 -.14 .36Z"


def draw_tree(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    _trunk(pen, variant)
    (_broad_crown, _tall_crown, _layered_crown, _round_crown)[variant % 4](pen, look)
    if variant >= 4:
        fruit = apart(("#e2483d", "#f6b93f", "#f3a6bf", "#fff4dc"), ink.base, variant)
        for x, y in ((28, 26), (50, 18), (60, 38), (20, 46), (43, 42), (55, 57), (34, 60)):
            pen.path(oval(x, y, 3.4), fruit)
            tone(pen, oval(x - 1, y - 1, 1.1), pale(fruit, 0.6))


def _trunk(pen: Pen, variant: int) -> None:
    lean = (0, 2, -2, 0)[variant % 4]
    pen.path(bar((43, 74), (60, 54), 5, 3), deep(BARK, 0.12))
    pen.path(bar((41, 72), (25, 54), 4.5, 3), BARK)
    pen.path(f"M36 52C37 72 36 86 28 99C34 97 38 98 42 100C47 98 51 97 57 99C49 86 {48 + lean} 72 50 52Z", BARK)
    tone(pen, f"M45 52C45 76 46 88 50 98C52 98 55 98.5 57 99C49 86 {48 + lean} 72 50 52Z", deep(BARK))


def _broad_crown(pen: Pen, look: Look) -> None:
    _leafy(pen, look, 36, 28, -80)


def _tall_crown(pen: Pen, look: Look) -> None:
    _leafy(pen, look, 28, 32, -90)


def _leafy(pen: Pen, look: Look, rx: float, ry: float, turn: float) -> None:
    ink = look.ink
    pen.path(cloud(42.5, 36.5, rx, ry, 9, turn), ink.shade)
    tone(pen, cloud(39.5, 32.5, rx * 0.89, ry * 0.87, 9, turn), ink.base)
    for x, y, wide, high in ((-0.4, -0.5, 0.31, 0.26), (0.32, -0.3, 0.22, 0.18), (-0.26, 0.28, 0.22, 0.18)):
        tone(pen, cloud(42.5 + x * rx, 36.5 + y * ry, wide * rx, high * ry, 6, -70), ink.light, 0.7)


def _layered_crown(pen: Pen, look: Look) -> None:
    ink = look.ink
    for x, y, rx, ry, bumps in ((62, 46, 17, 13, 7), (22, 46, 17, 13, 7), (42, 24, 25, 20, 8)):
        pen.path(cloud(x, y, rx, ry, bumps, -90), ink.shade)
        tone(pen, cloud(x - 1.5, y - 3, rx * 0.87, ry * 0.82, bumps, -90), ink.base)
        tone(pen, cloud(x - rx * 0.35, y - ry * 0.4, rx * 0.36, ry * 0.28, 5, -90), ink.light)


def _round_crown(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path("M42 1C64 1 80 20 80 42C80 60 64 70 42 70C20 70 5 60 5 42C5 20 20 1 42 1Z", ink.base)
    tone(pen, "M60 6C73 14 80 28 80 42C80 60 64 70 42 70C28 70 17 66 11 59C40 68 72 50 60 6Z", ink.shade)
    tone(pen, "M18 34C18 20 28 10 40 9C48 9 48 13 41 15C32 18 28 24 26 34C24 40 18 40 18 34Z", ink.light)
    for x, y in ((40, 30), (54, 40), (32, 48), (50, 56), (62, 26), (18, 50)):
        tone(pen, placed("M-4.5 0C-3 4.5 3 4.5 4.5 0C2.5 2.2 -2.5 2.2 -4.5 0Z", x, y), deep(ink.base, 0.3))


def draw_pine(pen: Pen, look: Look) -> None:
    variant, tiers = look.variant, 3 + look.variant % 3
    pen.path(rounded([(25.5, 78), (34.5, 78), (36, 100), (24, 100)], 1), BARK)
    tone(pen, block(31, 78, 4, 22), deep(BARK))
    for i in reversed(range(tiers)):
        _tier(pen, look, i, tiers)
    if variant in (4, 7):
        _baubles(pen)
    elif variant in (2, 5):
        for x, y in ((22, 60), (41, 82), (34, 40), (16, 82)):
            pen.path(oval(x, y, 2, 3.4), "#7a5238")
    elif variant in (3, 6):
        for x, y in ((4, 6), (56, 5)):
            pen.path(
                placed("M-1 0C-1.3 -.8 -.6 -1.5 0 -1.3C.8 -1.5 1.4 -.7 1 0Z", x, 100, y, y), deep(look.ink.base, 0.1)
            )


def _tier(pen: Pen, look: Look, index: int, tiers: int) -> None:
    """One skirt of branches with a scalloped hem; upper ones lie over lower ones."""
    ink = look.ink
    top = 1 + index * 60 / tiers
    bottom = 26 + (index + 1) * (62 - (2 if tiers > 3 else 0)) / tiers
    half, height = (7 + 22 * (index + 1) / tiers) * (1.0, 0.9, 0.96)[look.variant // 3], bottom - top
    pen.path(placed(NEEDLES_HEM, 30, top, half, height), ink.base)
    tone(pen, placed(NEEDLES_SHADE, 30, top, half, height), ink.shade)
    tone(pen, placed(NEEDLES_LIGHT, 30, top, half, height), ink.light)


def _baubles(pen: Pen) -> None:
    places = ((31, 24), (24, 38), (38, 44), (28, 54), (16, 64), (44, 66), (31, 74), (14, 85), (46, 86))
    for i, (x, y) in enumerate(places):
        color = ("#e2483d", "#f6c33f", "#f4f1ea", "#5a8fd0")[i % 4]
        pen.path(oval(x, y, 2.7), color)
        tone(pen, oval(x - 0.8, y - 0.8, 0.9), pale(color, 0.6))
    pen.path(star(30, 6.5, 7.5, 3.4, 5, soft=1), "#f6c945")


def draw_palm(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    bend = (10, -6, 4, 14)[variant % 4]
    foot, top = 42.0, (42.5 + bend * 0.2, 32.0)
    pen.path(
        (
            f"M{foot - 7} 100C{foot + bend - 8} 80 {foot + bend - 6} 56 {top[0] - 4} {top[1]}L{top[0] + 4} {top[1]}"
            f"C{foot + bend + 3} 56 {foot + bend + 4} 80 {foot + 9} 100Z"
        ),
        "#a97b50",
    )
    for i in range(6):
        y = 42 + i * 10
        x = foot + bend * (0.75 if i in (1, 2, 3) else 0.5) - (0 if i < 5 else bend * 0.3)
        tone(pen, bar((x - 3.4, y + 1), (x + 2.6, y - 0.2), 1.6), deep("#a97b50"))
    fronds: tuple[Point, ...] = ((172, 40), (8, 40), (-158, 42), (-22, 42), (-128, 38), (-52, 38), (-96, 30))
    if variant % 2:
        fronds = ((150, 36), (30, 36), (178, 42), (2, 42), (-150, 42), (-30, 42), (-118, 36), (-64, 36))
    for i, (turn, length) in enumerate(fronds):
        _frond(pen, top, turn, length, (ink.shade, ink.base, mix(ink.base, ink.light, 0.5))[min(i // 2, 2)])
    nut = "#7a4f33" if variant < 4 else "#e8a13f"
    for dx, dy in ((-5, 4), (4, 5), (0, 8)):
        pen.path(oval(top[0] + dx, top[1] + dy, 4), nut)
        tone(pen, oval(top[0] + dx - 1.2, top[1] + dy - 1.2, 1.2), pale(nut, 0.4))
    if variant % 4 == 1:
        pen.path("M12 100C20 92 66 92 76 100Z", "#ecd09a")


def _frond(pen: Pen, root: Point, turn: float, length: float, color: str) -> None:
    """A leaf with a notched lower edge that hangs down, whichever way it grows."""
    left = not -90 <= turn <= 90
    tilt = 180 - turn if left else turn
    mirror = " scale(-1 1)" if left else ""
    leaf = (
        "M0 0C.22 -.24 .68 -.3 1 .12C.93 .09 .9 .1 .87 .16C.82 .06 .78 .04 .73 .16C.68 .02 .62 0 .57 .13"
        "C.51 -.01 .44 -.02 .38 .1C.3 .0 .22 .0 .16 .09C.1 .09 .04 .06 0 0Z"
    )
    with pen.group(f"translate({number(root[0])} {number(root[1])}){mirror} rotate({number(tilt)})"):
        pen.path(placed(leaf, 0, 0, length, length), color)
        tone(pen, placed("M0 0C.24 -.2 .68 -.24 1 .12C.68 -.16 .26 -.14 0 0Z", 0, 0, length, length), pale(color, 0.3))


def draw_cactus(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    (_saguaro, _round_cactus, _saguaro, _paddles)[variant % 4](pen, look)
    bloom = apart(("#f08fb0", "#f6c33f", "#e8564a"), ink.base, variant)
    spots = {0: ((35, 4),), 1: ((35, 40), (22, 46), (48, 46)), 2: ((35, 4), (61, 36)), 3: ((14, 20), (52, 6), (38, 26))}
    for x, y in spots[variant % 4]:
        for px, py in around(x, y, 3.2, 5):
            pen.path(oval(px, py, 2.8), bloom)
        pen.path(oval(x, y, 2), "#ffe08a")
    if variant >= 4 or variant == 1:
        _pot(pen, "#c8704a" if variant % 2 else "#5f8fa8")
    else:
        pen.path("M6 100C12 91 58 91 64 100Z", "#dcb77c")


def _pot(pen: Pen, clay: str) -> None:
    clay_shade = deep(clay)
    pen.path(rounded([(18, 82), (52, 82), (48, 100), (22, 100)], (1, 1, 3, 3)), clay)
    tone(pen, rounded([(38, 82), (52, 82), (48, 100), (38, 100)], (1, 1, 3, 1)), clay_shade)
    pen.path(block(15, 78, 40, 8, 2.5), clay)
    tone(pen, block(15, 83, 40, 3, 1.5), clay_shade)


def _ribbed(pen: Pen, start: Point, end: Point, width: float, ink_base: str) -> None:
    pen.path(bar(start, end, width), ink_base)
    shift = width * 0.3
    tone(pen, bar((start[0] + shift, start[1]), (end[0] + shift, end[1]), width * 0.34), deep(ink_base, 0.2))
    tone(pen, bar((start[0] - shift, start[1]), (end[0] - shift, end[1]), width * 0.16), pale(ink_base, 0.3))


def _saguaro(pen: Pen, look: Look) -> None:
    base, high = look.ink.base, look.variant % 4 == 2
    left, right = (34, 22) if not high else (48, 34)
    pen.path(bar((10, left + 24), (30, left + 24), 12), base)
    tone(pen, bar((12, left + 28), (30, left + 28), 3.5), deep(base, 0.2))
    _ribbed(pen, (9, left + 24), (9, left + 4), 13, base)
    pen.path(bar((40, right + 34), (60, right + 34), 12), base)
    tone(pen, bar((42, right + 38), (60, right + 38), 3.5), deep(base, 0.2))
    _ribbed(pen, (61, right + 34), (61, right + 6), 13, base)
    _ribbed(pen, (35, 86), (35, 15), 23, base)
    pen.path(block(23.5, 84, 23, 15, 2), base)
    tone(pen, block(38.5, 84, 7.5, 15, 2), deep(base, 0.2))
    for x, y in ((30, 28), (38, 40), (31, 56), (39, 70), (30, 82), (8, left + 12), (60, right + 18)):
        tone(pen, bar((x, y), (x + 1.5, y - 3), 1), pale(base, 0.7))
        tone(pen, bar((x, y), (x - 1.5, y - 3), 1), pale(base, 0.7))


def _round_cactus(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path("M35 40C56 40 68 52 68 66C68 80 56 90 35 90C14 90 2 80 2 66C2 52 14 40 35 40Z", ink.base)
    tone(pen, "M48 42C60 46 68 55 68 66C68 80 56 90 35 90C50 84 58 62 48 42Z", ink.shade)
    for offset in (-22, -11, 0, 11, 22):
        tone(
            pen,
            (
                f"M{35 + offset * 0.3} 42C{35 + offset * 1.25} 54 {35 + offset * 1.25} 74 {35 + offset * 0.5} 88"
                f"C{37 + offset * 1.15} 74 {37 + offset * 1.15} 54 {35 + offset * 0.3} 42Z"
            ),
            ink.light,
        )
    for x, y in ((14, 60), (26, 56), (44, 58), (56, 62), (18, 74), (34, 72), (50, 74)):
        tone(pen, bar((x, y), (x, y - 3), 1), pale(ink.base, 0.8))


def _paddles(pen: Pen, look: Look) -> None:
    base = look.ink.base
    for cx, cy, rx, ry, turn in (
        (35, 76, 16, 24, 0),
        (19, 46, 12.5, 19, -24),
        (50, 44, 13, 20, 18),
        (14, 26, 8, 12, -10),
        (54, 17, 10, 14, 12),
        (36, 36, 8, 12, 0),
    ):
        with pen.group(f"rotate({turn} {cx} {cy})"):
            pen.path(oval(cx, cy, rx, ry), base)
            tone(
                pen,
                placed("M.3 -.92C1.25 -.5 1.25 .6 0 1C.7 .4 .7 -.4 .3 -.92Z", cx, cy, rx, ry),
                deep(base, 0.2),
            )
            for dx, dy in ((-0.4, -0.4), (0.1, -0.1), (-0.3, 0.3), (0.2, -0.6)):
                tone(pen, oval(cx + dx * rx, cy + dy * ry, 1), pale(base, 0.7))


DRAWINGS: dict[str, Drawing] = {
    "tree": draw_tree,
    "pine": draw_pine,
    "palm": draw_palm,
    "cactus": draw_cactus,
}
