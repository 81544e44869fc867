"""Sign and banner: things made to carry words."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.lettering import write
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    LEAF,
    TIMBER,
    apart,
    around,
    bar,
    block,
    deep,
    oval,
    pale,
    placed,
    ring,
    rounded,
    star,
    tone,
)

BLOOMS = ("#e8607a", "#f4c145", "#fff4dc", "#b784d8")


def draw_sign(pen: Pen, look: Look) -> None:
    form = look.variant % 4
    (_planks, _framed, _hanging, _two_posts)[form](pen, look)
    feet = ((46, 70), (46, 70), (2, 15), (12, 94))[form]
    for x in feet:
        for dx, high in ((-2, 6), (1, 9), (4, 5)):
            pen.path(placed("M-2 0Q-1 -.5 1 -1Q1 -.5 2.5 0Z", x + dx, 100, 1, high), LEAF)
    if look.variant >= 4:
        _corner_flowers(pen, (38, 78, 24, 82)[form], 92, look.variant)


def _post(pen: Pen, x: float, y: float, w: float = 9) -> None:
    wood = "#7a5238"
    pen.path(rounded([(x, y), (x + w, y), (x + w, 100), (x, 100)], (2, 2, 0, 0)), wood)
    tone(pen, block(x + w * 0.62, y, w * 0.38, 100 - y), deep(wood))


def _planks(pen: Pen, look: Look) -> None:
    base = look.ink.base
    _post(pen, 53, 2, 10)
    pen.path(rounded([(2, 10), (113, 8), (114, 66), (1, 67)], 5), deep(base, 0.3))
    for i in range(3):
        y = 8 + i * 19
        nudge = (0, 1.2, -0.6)[i]
        pen.path(block(1 + nudge, y, 112.5, 18, 3.5), mix(base, "#fffaf0", 0.05 * (1 - i)) if i < 2 else base)
        tone(pen, block(4 + nudge, y + 14.5, 106, 2.5, 1.2), deep(base, 0.12))
        tone(pen, bar((14 + i * 20, y + 4), (40 + i * 20, y + 4), 0.9), deep(base, 0.14))
    for x in (7, 108):
        for y in (17, 55):
            pen.path(oval(x, y, 1.8), deep(base, 0.5))
    write(pen, look.words, 10, 11, 95, 51, base)


def _framed(pen: Pen, look: Look) -> None:
    base = look.ink.base
    frame = apart((CREAM, TIMBER, "#f2c14a"), base, look.variant // 4)
    _post(pen, 53, 40, 10)
    pen.path(block(1, 3, 113, 65, 9), frame)
    tone(pen, block(1, 58, 113, 10, 5), deep(frame, 0.16))
    pen.path(block(5.5, 7.5, 104, 55, 6), base)
    tone(pen, block(8, 9.5, 99, 5, 2.5), mix(base, "#fffaf0", 0.14))
    write(pen, look.words, 11, 13, 93, 44, base)


def _hanging(pen: Pen, look: Look) -> None:
    base = look.ink.base
    _post(pen, 3, 2, 10)
    pen.path(block(1, 8, 108, 8, 3), "#7a5238")
    tone(pen, block(1, 13, 108, 3, 1.5), deep("#7a5238"))
    pen.path(bar((12, 34), (30, 15), 4.5), deep("#7a5238", 0.15))
    for x in (36, 94):
        for y in (18.5, 23):
            pen.path(ring(x, y, 2.8, 1.4), "#5b5f6b")
    pen.path(rounded([(20, 26), (112, 26), (112, 80), (20, 80)], 12), deep(base, 0.34))
    pen.path(rounded([(20, 25), (112, 25), (112, 77), (20, 77)], 12), base)
    tone(pen, rounded([(24, 28.5), (108, 28.5), (108, 73.5), (24, 73.5)], 9), pale(base, 0.3))
    tone(pen, rounded([(25.5, 30), (106.5, 30), (106.5, 72), (25.5, 72)], 8), base)
    write(pen, look.words, 29, 32, 74, 38, base)


def _two_posts(pen: Pen, look: Look) -> None:
    base = look.ink.base
    for x in (14, 92):
        _post(pen, x, 3, 9)
    pen.path(
        (
            "M57.5 1C64 1 68 6 78 7L112 7C114 7 115 9 115 11V66C115 70 113 72 109 72H6"
            "C2 72 0 70 0 66V11C0 9 1 7 3 7L37 7C47 6 51 1 57.5 1Z"
        ),
        base,
    )
    tone(pen, "M0 62H115V66C115 70 113 72 109 72H6C2 72 0 70 0 66Z", look.ink.shade)
    tone(pen, bar((8, 11), (107, 11), 1.6), look.ink.light)
    write(pen, look.words, 7, 13, 101, 47, base)


def _corner_flowers(pen: Pen, x: float, y: float, variant: int) -> None:
    for i, (dx, dy) in enumerate(((0, 0), (-5, 4), (5, 4))):
        pen.path(oval(x + dx, y + dy + 2, 4.5), LEAF)
        for px, py in around(x + dx, y + dy, 2.8, 5):
            pen.path(oval(px, py, 2.2), BLOOMS[(i + variant) % 4])
        pen.path(oval(x + dx, y + dy, 1.6), "#f6dd7a")


def draw_banner(pen: Pen, look: Look) -> None:
    (_ribbon, _bunting, _ribbon, _cloth)[look.variant % 4](pen, look)


def _ribbon(pen: Pen, look: Look) -> None:
    ink = look.ink
    for mirrored in (False, True):
        with pen.group("translate(300 0) scale(-1 1)" if mirrored else ""):
            pen.path("M2 34L56 28V92L2 98L20 66Z", ink.shade)
            pen.path("M36 78L56 76V92Z", deep(ink.base, 0.5))
    sag = "M34 12C110 22 190 22 266 12V78C190 88 110 88 34 78Z"
    pen.path(sag, ink.base)
    tone(pen, "M34 70C110 80 190 80 266 70V78C190 88 110 88 34 78Z", deep(ink.base, 0.12))
    trim = apart((CREAM, "#f4c145", "#4a9fb0"), ink.base, look.variant // 2)
    if look.variant < 4:
        tone(pen, "M34 16C110 26 190 26 266 16V19C190 29 110 29 34 19Z", trim)
        tone(pen, "M34 71C110 81 190 81 266 71V74C190 84 110 84 34 74Z", trim)
    else:
        for i in range(17):
            bow = 9 * (1 - ((i - 8) / 8) ** 2)
            tone(pen, oval(46 + i * 13, 17 + bow, 2), trim)
            tone(pen, oval(46 + i * 13, 72 + bow, 2), trim)
    write(pen, look.words, 46, 29, 208, 42, ink.base, most_lines=2)


def _bunting(pen: Pen, look: Look) -> None:
    ink = look.ink
    pen.path("M0 4C90 16 210 16 300 4V7.5C210 19.5 90 19.5 0 7.5Z", TIMBER)
    pen.path("M22 12C110 20 190 20 278 12L274 74C190 82 110 82 26 74Z", ink.base)
    tone(pen, "M26 66C110 74 190 74 274.5 66L274 74C190 82 110 82 26 74Z", ink.shade)
    colors = ("#f4c145", "#4a9fb0", "#f2849a", "#8fb85a", "#fff4dc")
    for i in range(9):
        x = 27 + i * 27.4
        y = 74 + 5.5 * (1 - ((i - 4) / 4.5) ** 2)
        pen.path(
            rounded([(x, y), (x + 25, y), (x + 12.5, y + 20)], (1, 1, 2)),
            apart(colors, ink.base, i + look.variant // 4),
        )
    write(pen, look.words, 40, 22, 220, 40, ink.base, most_lines=2)
    for x in (8, 292):
        pen.path(oval(x, 8, 5), apart(colors, ink.base, look.variant))


def _cloth(pen: Pen, look: Look) -> None:
    ink = look.ink
    for x in (4, 290):
        pen.path(block(x, 2, 6, 96, 3), TIMBER)
        pen.path(oval(x + 3, 5, 5), "#f2c14a")
    for x in (10, 290):
        for y in (18, 82):
            pen.line(f"M{x} {y}L{22 if x < 50 else 278} {y}", deep(TIMBER, 0.2), 1.6)
    pen.path("M18 12C80 20 120 6 160 12C210 20 240 8 282 12V88C240 84 210 96 160 88C120 82 80 96 18 88Z", ink.base)
    tone(pen, "M18 78C80 86 120 72 160 78C210 86 240 74 282 78V88C240 84 210 96 160 88C120 82 80 96 18 88Z", ink.shade)
    for x in (25, 275):
        badge = star(x, 50, 6, 2.8, 5) if look.variant < 4 else oval(x, 50, 4)
        tone(pen, badge, apart(("#f4c145", CREAM), ink.base, 0))
    write(pen, look.words, 40, 23, 220, 52, ink.base, most_lines=2)


DRAWINGS: dict[str, Drawing] = {
    "sign": draw_sign,
    "banner": draw_banner,
}
