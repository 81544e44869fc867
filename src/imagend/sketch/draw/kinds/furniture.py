"""Chair, table and bench."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen
from imagend.sketch.draw.shapes import CREAM, TIMBER, apart, around, bar, block, deep, oval, pale, rounded, tone


def draw_chair(pen: Pen, look: Look) -> None:
    (_plain_chair, _armchair, _plain_chair, _stool_chair)[look.variant % 4](pen, look)


def _plain_chair(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    cushion = apart(("#d9695a", "#5a8fa8", "#e0b04a", "#7fa86a"), ink.base, variant)
    for x in (20, 60):
        pen.path(block(x - 2.5, 62, 5, 34, 1.5), deep(ink.base, 0.34))
    for x in (8, 56):
        pen.path(rounded([(x, 4), (x + 6, 4), (x + 6.5, 62), (x - 0.5, 62)], (3, 3, 1, 1)), ink.base)
    rails = ((14, 6), (28, 6), (42, 6)) if variant % 4 == 0 else ((10, 10),)
    for y, h in rails:
        pen.path(block(11, y, 48, h, 2), ink.base)
        tone(pen, block(11, y + h * 0.6, 48, h * 0.4, 1), ink.shade)
    if variant % 4 == 2:
        for x in (18, 27, 36, 45):
            pen.path(block(x, 19, 4.5, 40, 1.5), ink.shade)
    pen.path(block(5, 51, 58, 9, 4), cushion)
    tone(pen, block(5, 56, 58, 4, 2), deep(cushion))
    pen.path(block(2, 58, 66, 8, 3), ink.base)
    tone(pen, block(2, 62.5, 66, 3.5, 1.7), ink.shade)
    for x in (4, 60):
        pen.path(rounded([(x, 65), (x + 6, 65), (x + 5.5, 100), (x + 0.5, 100)], 1), ink.base)
        tone(pen, block(x + 3.6, 66, 2, 33, 0.8), ink.shade)


def _armchair(pen: Pen, look: Look) -> None:
    ink = look.ink
    cushion = apart((CREAM, "#e0b04a", "#d9695a", "#5a8fa8"), ink.base, look.variant)
    for x in (8, 56):
        pen.path(rounded([(x, 88), (x + 6, 88), (x + 5, 100), (x + 1, 100)], 1), TIMBER)
    pen.path("M10 60V24C10 8 22 3 35 3C48 3 60 8 60 24V60Z", ink.base)
    tone(pen, "M48 6C56 9 60 15 60 24V60H50C53 40 53 20 48 6Z", ink.shade)
    for x, y in ((26, 24), (44, 24), (35, 38)):
        tone(pen, oval(x, y, 1.8), ink.shade)
    pen.path(block(12, 54, 46, 16, 7), cushion)
    tone(pen, block(12, 63, 46, 7, 3.5), deep(cushion, 0.14))
    pen.path(block(8, 68, 54, 23, 4), deep(ink.base, 0.14))
    for arm in (0.5, 53.5):
        pen.path(rounded([(arm, 46), (arm + 16, 46), (arm + 15, 93), (arm + 1, 93)], (8, 8, 3, 3)), ink.base)
        tone(pen, oval(arm + 7, 54, 4, 4), ink.light)
        tone(pen, block(arm + 10.5, 56, 4, 36, 2), ink.shade)


def _stool_chair(pen: Pen, look: Look) -> None:
    ink = look.ink
    legs = ((14, 62, 6, 98), (56, 62, 64, 98), (26, 62, 24, 92), (44, 62, 46, 92))
    for x1, y1, x2, y2 in legs:
        pen.path(bar((x1, y1), (x2, y2), 5, 3.6), pale(TIMBER, 0.15) if y2 > 95 else deep(TIMBER, 0.2))
    pen.path("M8 56C4 30 10 4 35 4C60 4 66 30 62 56Z", ink.base)
    tone(pen, "M46 6C62 12 65 34 62 56H52C56 38 54 18 46 6Z", ink.shade)
    pen.path("M20 46C18 30 22 16 35 16C48 16 52 30 50 46Z", pale(ink.base, 0.2))
    pen.path("M4 60C4 50 20 48 35 48C50 48 66 50 66 60C66 68 52 70 35 70C18 70 4 68 4 60Z", ink.base)
    if look.variant == 7:
        pillow = apart(("#f2c14a", "#d9695a", CREAM), ink.base, 0)
        with pen.group("rotate(8 35 38)"):
            pen.path(block(21, 26, 27, 26, 8), pillow)
            tone(pen, block(21, 42, 27, 10, 5), deep(pillow, 0.16))
    tone(pen, "M4 61C16 65 54 65 66 61C65 68 52 70 35 70C18 70 5 68 4 61Z", ink.shade)


def draw_table(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    if variant % 4 == 1:
        pen.path("M72 46H88L92 84H68Z", ink.base)
        tone(pen, "M82 46H88L92 84H82Z", ink.shade)
        pen.path("M44 100C46 88 62 82 80 82C98 82 114 88 116 100Z", ink.shade)
    else:
        for x, color in ((30, deep(ink.base, 0.34)), (122, deep(ink.base, 0.34)), (10, ink.base), (140, ink.base)):
            foot = 100 if color == ink.base else 94
            pen.path(rounded([(x, 46), (x + 10, 46), (x + 8.5, foot), (x + 1.5, foot)], 1.5), color)
        pen.path(block(10, 48, 140, 12, 2), ink.shade)
    if variant % 4 == 2:
        for x in (62, 98):
            pen.path(oval(x, 54, 2), "#f2cf6b")
    pen.path(block(1, 37, 158, 12, 6), ink.base)
    tone(pen, block(3, 44, 154, 5, 2.5), ink.shade)
    tone(pen, bar((12, 40), (148, 40), 2.2), ink.light)
    if variant % 4 == 3:
        cloth = apart((CREAM, "#d9695a"), ink.base, variant)
        pen.path("M40 36H120V52L112 60L104 52L96 60L88 52L80 60L72 52L64 60L56 52L48 60L40 52Z", cloth)
    (_vase, _bowl, _tea, _books)[variant % 4 if variant < 4 else (variant + 1) % 4](pen, look)


def _vase(pen: Pen, look: Look) -> None:
    for x, y, color in ((68, 12, "#e8607a"), (80, 6, "#f4c145"), (92, 12, "#b784d8")):
        pen.line(f"M80 26Q{(x + 80) / 2} 20 {x} {y}", "#5a8f4a", 1.6)
        for px, py in around(x, y, 3.6, 5):
            pen.path(oval(px, py, 3), color)
        pen.path(oval(x, y, 2), "#fff0c4")
    vase = apart(("#5a9fb8", "#e08a5a"), look.ink.base, look.variant)
    pen.path("M74 20H86C86 24 92 26 92 31C92 36 88 38 80 38C72 38 68 36 68 31C68 26 74 24 74 20Z", vase)
    tone(pen, "M82 20H86C86 24 92 26 92 31C92 36 88 38 80 38C88 34 84 26 82 20Z", deep(vase))


def _bowl(pen: Pen, look: Look) -> None:
    for x, y, color in ((68, 20, "#e2483d"), (80, 17, "#f2b63c"), (92, 20, "#8fbf4a")):
        pen.path(oval(x, y, 8), color)
        tone(pen, oval(x - 2.5, y - 2.5, 2.2), pale(color, 0.5))
    bowl = apart(("#f4f1ea", "#5a8fb8"), look.ink.base, look.variant)
    pen.path("M54 20H106C105 32 96 38 80 38C64 38 55 32 54 20Z", bowl)
    tone(pen, "M92 20H106C105 32 96 38 80 38C90 34 93 27 92 20Z", deep(bowl, 0.16))


def _tea(pen: Pen, look: Look) -> None:
    pot = apart(("#e8e2d6", "#d9695a"), look.ink.base, look.variant)
    pen.path(
        "M98 22C108 20 110 28 106 32C103 35 99 35 96 35L96 31C102 32 104 28 102 26C100 25 99 26 97 27Z",
        deep(pot, 0.12),
    )
    pen.path("M62 26L50 16L48 20L62 36Z", deep(pot, 0.12))
    pen.path("M80 12C94 12 100 20 100 28C100 35 94 38 80 38C66 38 60 35 60 28C60 20 66 12 80 12Z", pot)
    tone(pen, "M90 14C97 17 100 22 100 28C100 35 94 38 80 38C92 34 94 22 90 14Z", deep(pot, 0.16))
    pen.path(oval(80, 10, 3.4), deep(pot, 0.3))
    pen.path("M118 26H136C136 34 132 38 127 38C122 38 118 34 118 26Z", pot)


def _books(pen: Pen, look: Look) -> None:
    colors = ("#d9695a", "#5a9fb8", "#f2c14a")
    for i, (x, w) in enumerate(((56, 46), (60, 40), (58, 36))):
        color = apart(colors, look.ink.base, i)
        pen.path(block(x, 30 - i * 7.5, w, 7.5, 2), color)
        pen.path(block(x + w - 8, 31.5 - i * 7.5, 8, 4.5, 0.5), "#fbf3df")
    pen.path(oval(76, 9, 6.5), "#e2483d")
    tone(pen, oval(74, 7, 1.8), "#f3a59c")
    pen.path(bar((76, 4), (78, 0.5), 1.8), TIMBER)


def draw_bench(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    iron = apart(("#3f4650", "#8a929c"), ink.base, 0)
    slats = (3, 2, 3, 4)[variant % 4]
    for x in (16, 152):
        pen.path(rounded([(x, 14), (x + 9, 14), (x + 9, 66), (x, 66)], 3), iron)
    if variant % 4 == 2:
        pen.path("M10 34C30 2 150 2 170 34V44H10Z", ink.base)
        tone(pen, "M22 34C44 16 136 16 158 34V40H22Z", ink.shade)
    else:
        h = 34 / slats
        for i in range(slats):
            y = 10 + i * (h + 2)
            pen.path(block(4, y, 172, h - 1, 4), ink.base)
            tone(pen, block(6, y + h * 0.6, 168, h * 0.36, 2), ink.shade)
            tone(pen, bar((12, y + 3), (120, y + 3), 1.4), ink.light)
    for x in (6, 160):
        pen.path(rounded([(x, 46), (x + 14, 46), (x + 14, 52), (x, 52)], 3), iron)
        pen.path(block(x + (1 if x < 50 else 8), 50, 5, 16, 2), iron)
        pen.path(
            rounded(
                [(x + 2, 70), (x + 12, 70), (x + 15, 100), (x + 9, 100), (x + 7, 84), (x + 5, 100), (x - 1, 100)], 2
            ),
            iron,
        )
    pen.path(block(2, 62, 176, 7, 3), ink.base)
    pen.path(block(0, 68, 180, 8, 3.5), ink.base)
    tone(pen, block(1, 72.5, 178, 3.5, 1.7), ink.shade)
    tone(pen, bar((8, 64.5), (172, 64.5), 1.4), ink.light)
    if variant >= 4:
        cushion = apart(("#d9695a", "#f2c14a", "#5a9fb8", "#8fb86a"), ink.base, variant)
        with pen.group("rotate(-10 44 50)"):
            pen.path(block(30, 38, 27, 26, 7), cushion)
            tone(pen, block(30, 54, 27, 10, 5), deep(cushion))


DRAWINGS: dict[str, Drawing] = {
    "chair": draw_chair,
    "table": draw_table,
    "bench": draw_bench,
}
