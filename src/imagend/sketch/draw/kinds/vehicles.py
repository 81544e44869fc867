"""What runs on two wheels or on rails."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen
from imagend.sketch.draw.shapes import (
    CREAM,
    GLASS,
    METAL,
    RUBBER,
    TIMBER,
    apart,
    bar,
    block,
    deep,
    oval,
    pale,
    ring,
    rounded,
    shine,
    tone,
    wheel,
)

LAMP = "#ffe9a3"


def draw_bicycle(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    rear, front, pedal, seat, head = (32.0, 69.0), (122.0, 69.0), (68.0, 72.0), (56.0, 30.0), (108.0, 28.0)
    for x, y in (rear, front):
        _bicycle_wheel(pen, x, y, ink.shade if variant % 2 else METAL)
    tubes = [(rear, pedal), (rear, seat), (seat, pedal), (pedal, head), (head, front), (seat, head)]
    if variant % 4 in (1, 2):
        tubes[-1] = ((62.0, 52.0), (110.0, 36.0))
    for start, end in tubes:
        pen.path(bar(start, end, 5.4), ink.base)
    for start, end in tubes[3:5]:
        tone(pen, bar((start[0], start[1] - 1.4), (end[0], end[1] - 1.4), 1.4), ink.light)
    pen.path(bar(seat, (53, 20), 4), METAL)
    pen.path("M38 19C38 13 46 13 54 14L70 16C74 17 72 21 67 21L56 23C46 24 38 24 38 19Z", TIMBER)
    pen.path(bar(head, (105, 16), 4), METAL)
    pen.path("M104 12C112 11 122 12 124 18C125 23 119 25 117 21C115 17 108 18 104 18C100 18 100 12 104 12Z", RUBBER)
    pen.path(oval(*pedal, 9), deep(METAL, 0.15))
    pen.path(oval(*pedal, 4.5), ink.shade)
    pen.path(bar(pedal, (74, 86), 3.6), deep(METAL, 0.35))
    pen.path(block(68, 85, 13, 4.5, 2), RUBBER)
    if variant % 4 in (1, 3):
        _basket(pen, variant)
    if variant % 4 == 2 or variant == 4:
        pen.path("M3 60C8 32 38 28 55 44L52 47C38 35 14 40 7 61Z", ink.shade)
    if variant >= 4:
        pen.path(oval(116, 30, 4.5, 5), METAL)
        shine(pen, oval(119.5, 30, 3, 4.5), LAMP)


def _bicycle_wheel(pen: Pen, cx: float, cy: float, rim: str) -> None:
    for i in range(6):
        turn = i * 30.0
        with pen.group(f"rotate({turn} {cx} {cy})"):
            pen.line(f"M{cx - 25} {cy}H{cx + 25}", "#b9bec8", 0.7)
    pen.path(ring(cx, cy, 30.5, 26), RUBBER)
    pen.path(ring(cx, cy, 26, 24), rim)
    pen.path(oval(cx, cy, 4), deep(METAL, 0.2))


def _basket(pen: Pen, variant: int) -> None:
    straw = "#d9a85f"
    for i, color in enumerate(("#e8607a", "#f4c145", "#fff4dc", "#b784d8")):
        x, y = 116 + i * 9, 14 - (i % 2) * 5
        pen.path(oval(x, y + 4, 5.5), "#69a75a")
        pen.path(oval(x, y, 5), color)
        tone(pen, oval(x, y, 2), "#f6dd7a" if variant < 4 else "#c9673f")
    pen.path(rounded([(109, 18), (151, 18), (146, 42), (115, 42)], 5), straw)
    for y in (25, 32):
        tone(pen, bar((114, y), (147, y), 1.6), deep(straw))
    pen.path(bar((110, 19), (150, 19), 4.5), pale(straw, 0.25))


def draw_train(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(("#d9483b", "#f2b63c", CREAM, "#3f7fb5"), ink.base, variant)
    pen.path(block(2, 78, 256, 6, 3), deep(METAL, 0.6))
    (_coach if variant % 2 == 0 else _coal_wagon)(pen, look, trim)
    _steam(pen, 220, 18 if variant % 4 < 2 else 20)
    pen.path(rounded([(206, 46), (203, 22), (230, 22), (226, 46)], 3), ink.shade)
    pen.path(block(199, 17, 35, 8, 4), trim)
    pen.path(oval(184, 40, 11, 11), "#e8b84a")
    pen.path(rounded([(160, 80), (160, 38), (240, 38), (240, 80)], (2, 2, 14, 10)), ink.base)
    tone(pen, block(160, 62, 80, 14, 3), ink.shade)
    tone(pen, bar((168, 44), (230, 44), 4), ink.light)
    for x in (178, 204, 228):
        tone(pen, block(x, 38, 4, 40), trim)
    pen.path(rounded([(122, 80), (122, 18), (164, 18), (164, 80)], 4), ink.base)
    tone(pen, block(122, 66, 42, 14, 3), ink.shade)
    shine(pen, block(130, 28, 26, 22, 5))
    pen.path(block(116, 12, 54, 9, 4.5), trim)
    pen.path(block(238, 48, 8, 18, 4), deep(METAL, 0.3))
    shine(pen, oval(247, 46, 6, 7), LAMP)
    pen.path(rounded([(232, 78), (246, 72), (259, 95), (232, 95)], 3), trim)
    wheel(pen, 142, 82, 18, trim)
    for x in (184, 214):
        wheel(pen, x, 87, 13, trim)
    pen.path(bar((142, 84), (214, 88), 4), METAL)


def _steam(pen: Pen, x: float, y: float) -> None:
    for dx, dy, r in ((-2, -8, 8), (-16, -9, 9), (-32, -7, 7.5), (-46, -10, 6)):
        pen.path(oval(x + dx, y + dy + 1, r), "#f3f1ee")
        tone(pen, oval(x + dx + 1, y + dy + 4, r * 0.7, r * 0.5), "#dcdbe0")


def _coach(pen: Pen, look: Look, trim: str) -> None:
    ink = look.ink
    pen.path(block(4, 26, 106, 54, 6), ink.base)
    tone(pen, block(4, 66, 106, 14, 4), ink.shade)
    tone(pen, block(4, 58, 106, 5), trim)
    for i in range(4):
        pen.path(block(12 + i * 24, 34, 18, 20, 5), GLASS)
        tone(
            pen,
            rounded([(15 + i * 24, 54), (22 + i * 24, 34), (26 + i * 24, 34), (19 + i * 24, 54)], 1),
            "#ffffff",
            0.5,
        )
    pen.path(block(0, 18, 114, 10, 5), trim)
    _wagon_wheels(pen, trim)


def _coal_wagon(pen: Pen, look: Look, trim: str) -> None:
    load = ("#3d3a45", "#d9a85f", "#c9673f", "#5f9a55")[look.variant // 2]
    for x, y, r in ((20, 42, 11), (38, 34, 13), (58, 30, 14), (78, 34, 13), (95, 41, 11)):
        pen.path(oval(x, y, r), load)
        tone(pen, oval(x - 3, y - 4, r * 0.45), pale(load, 0.25))
    pen.path(rounded([(3, 40), (111, 40), (106, 80), (8, 80)], 5), look.ink.base)
    tone(pen, rounded([(6, 64), (108, 64), (106, 80), (8, 80)], 4), look.ink.shade)
    pen.path(block(1, 38, 112, 7, 3.5), trim)
    _wagon_wheels(pen, trim)


def _wagon_wheels(pen: Pen, trim: str) -> None:
    pen.path(block(108, 76, 18, 5, 2), deep(METAL, 0.5))
    for x in (24, 54, 90) if trim == CREAM else (28, 86):
        wheel(pen, x, 87, 13, trim)


DRAWINGS: dict[str, Drawing] = {
    "bicycle": draw_bicycle,
    "train": draw_train,
}
