"""Small things of a home and a garden: food, light, umbrella, clock."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.lettering import write
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    LEAF,
    METAL,
    TIMBER,
    apart,
    around,
    bar,
    block,
    crescent,
    deep,
    halo,
    heart,
    oval,
    own_light,
    pale,
    placed,
    ring,
    rounded,
    shine,
    star,
    tone,
)

YOLK = "#ffe27a"  # the inside of a flame
GLEAM = "M-8 50C-9 40 -5 32 0 30C-3 38 -4 46 -3 54C-4 58 -8 56 -8 50Z"


def draw_apple(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    wide = (1.0, 0.96, 1.04, 0.92)[variant % 4]
    with pen.group(f"translate({47.5 - 47.5 * wide:.2f} 0) scale({wide} 1)"):
        pen.path(
            (
                "M47.5 27C40 20 28 18 18 23C4 30 1 48 6 66C11 84 22 99 34 99C40 99 43 97 47.5 97"
                "C52 97 55 99 61 99C73 99 84 84 89 66C94 48 91 30 77 23C67 18 55 20 47.5 27Z"
            ),
            ink.base,
        )
        tone(
            pen,
            (
                "M76 22.5C91 30 94 48 89 66C84 84 73 99 61 99C55 99 52 97 47.5 97C43 97 40 99 34 99"
                "C28 99 22 95 17 88C50 94 84 72 76 22.5Z"
            ),
            ink.shade,
        )
        tone(
            pen, "M14 50C13 40 17 31 26 29C31 28 32 32 28 34C22 38 20 43 20 50C20 55 15 55 14 50Z", pale(ink.base, 0.6)
        )
        tone(pen, "M34 24C40 30 54 30 60 23C56 22 51 24 47.5 27C44 24 39 22.5 34 24Z", deep(ink.base, 0.34))
    pen.path("M46 28C45 20 46 12 51 4C52 2 57 3 56 6C52 13 50 20 50 28C49 30 46 30 46 28Z", deep(TIMBER, 0.2))
    if variant != 3:
        pen.path("M52 15C57 4 70 1 82 4C79 15 66 21 52 15Z", LEAF)
        tone(pen, "M52 15C62 13 72 9 82 4C79 15 66 21 52 15Z", deep(LEAF))
    if variant % 4 == 2:
        for x, y in ((34, 52), (58, 46), (46, 68), (66, 64), (28, 72)):
            tone(pen, oval(x, y, 1.4), pale(ink.base, 0.6))
    if variant >= 4:
        pen.path("M46 16C38 8 28 8 20 12C26 20 36 22 46 16Z", mix(LEAF, "#f2e08a", 0.25))


def draw_pumpkin(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    squash = (1.0, 0.9, 0.95, 0.85)[variant % 4]
    with pen.group(f"translate(0 {100 - 100 * squash:.2f}) scale(1 {squash})"):
        for x, rx, color in (
            (24, 22, ink.shade),
            (96, 22, deep(ink.base, 0.3)),
            (38, 24, ink.base),
            (82, 24, deep(ink.base, 0.12)),
            (60, 24, pale(ink.base, 0.12)),
        ):
            pen.path(oval(x, 61, rx, 37 if x in (24, 96) else 39), color)
        for x in (31, 52):
            tone(
                pen,
                placed(GLEAM, x, 0),
                pale(ink.base, 0.4),
            )
        pen.path("M50 26C54 20 53 12 47 6C46 3 57 1 59 4C63 10 65 18 72 26C66 30 56 30 50 26Z", "#5f8a45")
        tone(pen, "M60 7C64 13 66 20 72 26C68 28 65 28.5 62 28.5C62 20 61 13 60 7Z", deep("#5f8a45"))
        pen.path("M72 24C82 12 98 14 104 22C96 34 82 32 72 24Z", LEAF)
        tone(pen, "M72 24C84 22 94 20 104 22C96 34 82 32 72 24Z", deep(LEAF))
        if variant % 4 == 1 or variant == 6:
            _lantern_face(pen, variant)
        if variant in (2, 3, 4):
            pen.line("M52 26C40 14 30 26 38 30C46 33 46 20 34 18C26 17 20 22 18 27", "#5f8a45", 1.8)
        if variant in (3, 7):
            for x, y in ((40, 58), (60, 48), (80, 60), (62, 76), (34, 76)):
                tone(pen, oval(x, y, 3, 2.4), pale(ink.base, 0.45))


def _lantern_face(pen: Pen, variant: int) -> None:
    glow = "#ffdf7e" if variant < 4 else "#3a2430"
    for x in (43, 77):
        shine(pen, rounded([(x, 42), (x + 8, 56), (x - 8, 56)], 2), glow)
    shine(pen, rounded([(60, 56), (64, 63), (56, 63)], 1), glow)
    shine(pen, "M34 68C44 74 76 74 86 68C84 80 76 87 70 88L67 82L63 89L56 89L53 82L49 88C43 86 36 80 34 68Z", glow)


def draw_lamp(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    stand = apart(("#a9744a", METAL, "#5a6f8a", "#c98b4a"), ink.base, variant)
    halo(pen, 30, 36, 34)
    if variant % 2:
        pen.path("M30 52C42 56 46 66 44 76C42 88 36 92 30 92C24 92 18 88 16 76C14 66 18 56 30 52Z", stand)
        tone(pen, "M36 54C44 60 46 68 44 76C42 88 36 92 30 92C40 84 42 66 36 54Z", deep(stand))
        tone(pen, oval(23, 70, 2.6, 7), pale(stand, 0.5))
    else:
        pen.path(block(27.5, 44, 5, 48, 2), stand)
        tone(pen, block(30.5, 44, 2, 48, 1), deep(stand))
        pen.path(oval(30, 66, 5.5, 4.5), pale(stand, 0.2))
    pen.path("M12 100C12 93 18 90 30 90C42 90 48 93 48 100Z", deep(stand, 0.12))
    left, right, top, foot = (17, 43, 6, 3) if variant % 4 < 2 else (11, 49, 8, 5)
    with own_light(pen):
        pen.path(rounded([(left, top), (right, top), (60 - foot, 52), (foot, 52)], 5), ink.base)
        tone(pen, rounded([(right - 7, top), (right, top), (60 - foot, 52), (43, 52)], (2, 5, 5, 1)), ink.shade)
        tone(pen, rounded([(left + 3, 10), (left + 9, 10), (20, 48), (foot + 6, 48)], 2), ink.light)
        hem = [(foot + 0.7, 46), (59.3 - foot, 46), (60 - foot, 52), (foot, 52)]
        tone(pen, rounded(hem, 2), mix(ink.base, "#fff1b8", 0.6))
    if variant >= 4:
        for x, y in ((20, 24), (38, 20), (30, 36), (46, 40), (15, 40)):
            tone(pen, star(x, y, 4, 2, 5) if variant % 2 else oval(x, y, 2.8), pale(ink.base, 0.7))
    pen.line("M44 53V68", deep(stand, 0.2), 1)
    pen.path(oval(44, 70, 2), stand)


def draw_candle(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    halo(pen, 20, 22, 24)
    shine(pen, "M20 2C25 12 28 17 28 22C28 28 24 31 20 31C16 31 12 28 12 22C12 17 15 12 20 2Z", "#f6913d")
    shine(
        pen,
        ("M20 12C23 18 24.5 21 24.5 24C24.5 28 22.5 30 20 30C17.5 30 15.5 28 15.5 24C15.5 21 17 18 20 12Z"),
        "#ffe27a",
    )
    pen.path(block(19, 27, 2, 10, 1), "#4a3a36")
    top = 36
    pen.path(block(9, top, 22, 52, 2.5), ink.base)
    tone(pen, block(23, top, 8, 52, 2.5), ink.shade)
    tone(pen, block(11.5, top + 6, 3, 40, 1.5), ink.light)
    pen.path(
        (
            f"M7.5 {top + 3}C7.5 {top - 2} 32.5 {top - 2} 32.5 {top + 3}C32.5 {top + 9} 31 {top + 16} 29 {top + 16}"
            f"C27 {top + 16} 27 {top + 8} 24.5 {top + 8}C22 {top + 8} 22 {top + 22} 19.5 {top + 22}"
            f"C17 {top + 22} 17.5 {top + 9} 15 {top + 9}C12 {top + 9} 12.5 {top + 13} 10.5 {top + 13}"
            f"C8 {top + 13} 7.5 {top + 8} 7.5 {top + 3}Z"
        ),
        pale(ink.base, 0.42),
    )
    if variant % 4 == 1:
        for y in (62, 74):
            tone(pen, f"M9 {y}L31 {y - 6}V{y}L9 {y + 6}Z", apart(("#e2603f", "#f2b63c"), ink.base, variant))
    holder = apart(("#d9a84a", "#5a7fa8", "#8a5a3b", "#a9b0ba"), ink.base, variant)
    if variant % 2:
        pen.path(ring(34, 89, 6.5, 3.8), holder)
    pen.path("M2 84H38C38 94 32 100 27 100H13C8 100 2 94 2 84Z", holder)
    tone(pen, "M28 84H38C38 94 32 100 27 100H20C27 97 29 90 28 84Z", deep(holder))
    pen.path(block(0.5, 82, 39, 5, 2.5), pale(holder, 0.25))
    if variant >= 4 and variant != 5:
        pen.path(heart(20, 74, 7), holder)


def draw_umbrella(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    second = apart((CREAM, "#f4c145", "#4a8fd0", "#f2a0b4", "#5fae8b"), ink.base, variant // 2)
    pen.path(block(48.4, 0, 3.2, 12, 1.6), TIMBER)
    pen.path(block(48.2, 30, 3.6, 58, 1), TIMBER)
    pen.path(
        "M48.2 84V90C48.2 102 67 102 67 90V88C67 85.5 63 85.5 63 88V90C63 97 51.8 97 51.8 90V84Z",
        deep(TIMBER, 0.15),
    )
    hem = "".join(f"Q{98 - 19.2 * k - 9.6:.1f} 45 {98 - 19.2 * (k + 1):.1f} 55" for k in range(5))
    pen.path(f"M2 55C4 26 24 7 50 7C76 7 96 26 98 55{hem}Z", ink.base)
    if variant % 2 == 0:
        pen.path(placed("M0 7C-14 14 -29 30 -28.8 55Q-19.2 45 -9.6 55C-10 30 -6 14 0 7Z", 50, 0), second)
        pen.path(placed("M0 7C14 14 29 30 28.8 55Q19.2 45 9.6 55C10 30 6 14 0 7Z", 50, 0), second)
    if variant == 5:
        for x, y in ((22, 38), (50, 24), (78, 38), (36, 42), (64, 42)):
            pen.path(star(x, y, 5.5, 2.6, 5), second)
    elif variant % 4 == 3:
        for x, y, r in (
            (24, 34, 4),
            (50, 22, 4.5),
            (76, 34, 4),
            (38, 44, 3.5),
            (63, 43, 3.5),
            (36, 22, 3),
            (64, 20, 3),
        ):
            tone(pen, oval(x, y, r), second)
    tone(pen, "M66 10C84 17 97 34 98 55Q88.4 45 78.8 55C80 36 76 20 66 10Z", deep(ink.base, 0.4), 0.4)
    tone(pen, "M14 36C18 26 26 18 36 14C28 22 24 30 22 40C18 44 13 42 14 36Z", "#ffffff", 0.4)


def draw_clock(pen: Pen, look: Look) -> None:
    """On the wall, or an alarm clock; a white one gets a rim of wood or metal, or nothing of it would show."""
    base, variant = look.ink.base, look.variant
    rim, face = base, "#fffaf0"
    if min(bytes.fromhex(base[1:])) > 200:
        rim, face = apart(("#a9744a", "#8f9aa8", "#d9a84a", "#5f6b80"), base, variant // 2), base
    if variant % 2:
        _bells(pen, rim)
    cy, radius = (56.0, 41.0) if variant % 2 else (50.0, 48.0)
    pen.path(oval(50, cy, radius), rim)
    tone(pen, crescent(50, cy, radius), deep(rim, 0.2))
    pen.path(oval(50, cy, radius * 0.82), face)
    tone(pen, ring(50, cy, radius * 0.82, radius * 0.77), deep(face, 0.14))
    for i, (x, y) in enumerate(around(50, cy, radius * 0.65, 12)):
        if i % 3 == 0 and variant % 4 > 1:
            write(pen, str(i or 12), x - 8, y - 6, 16, 12, face)
        else:
            pen.path(oval(x, y, 1.5 if i % 3 else 2.8), "#8d8591" if i % 3 else "#3d3542")
    _hands(pen, cy, radius, rim, (304.0, 60.0, 150.0, 300.0, 240.0, 30.0, 90.0, 330.0)[variant])


def _bells(pen: Pen, rim: str) -> None:
    for x, turn, foot in ((24.0, -32.0, 17.0), (76.0, 32.0, 83.0)):
        with pen.group(f"rotate({turn:g} {x:g} 14)"):
            pen.path(placed("M-14 18C-14 4 14 4 14 18Z", x, 0), deep(rim, 0.12))
            tone(pen, placed("M5 9C10 11 14 14 14 18L6 18C7 14 7 11 5 9Z", x, 0), deep(rim, 0.3))
        pen.path(bar((50 + (x - 50) * 0.9, 84), (foot, 96), 7), deep(rim, 0.35))
    pen.path(block(46.5, 4, 7, 12, 2), deep(rim, 0.35))


def _hands(pen: Pen, cy: float, radius: float, rim: str, hour: float) -> None:
    """`hour` is the hour hand's angle in degrees; the minute hand follows from it."""
    for turn, length, thick, color in ((hour, 0.42, 5.0, "#3d3542"), (hour * 12 % 360, 0.6, 3.4, rim)):
        with pen.group(f"rotate({turn:g} 50 {cy:g})"):
            pen.path(bar((50, cy + 4), (50, cy - radius * length), thick, thick * 0.7), color)
    pen.path(oval(50, cy, 3.6), "#f2b63c")


DRAWINGS: dict[str, Drawing] = {
    "apple": draw_apple,
    "pumpkin": draw_pumpkin,
    "lamp": draw_lamp,
    "candle": draw_candle,
    "umbrella": draw_umbrella,
    "clock": draw_clock,
}
