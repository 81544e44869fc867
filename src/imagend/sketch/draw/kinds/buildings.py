"""Houses to live in."""

from __future__ import annotations

from collections.abc import Sequence

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    GLOW,
    TIMBER,
    Point,
    apart,
    arch,
    bar,
    block,
    deep,
    distance,
    oval,
    pale,
    placed,
    ring,
    rounded,
    shine,
    tone,
)

ROOFS = ("#c8553d", "#4f6480", "#3f7f7a", "#8a5240", "#6b5b8c", "#b8862f")
DOORS = ("#2f7f93", "#d9483b", "#5f8f4a", "#e0a13a", "#8459b4", "#7a4a35")
BLOOMS = ("#e8607a", "#f4c145", "#fff4dc", "#b784d8")
BRICK = "#b5654a"


def frame_on(wall: str) -> str:
    """Window frames: nearly white, or of wood on a wall that is nearly white itself."""
    return "#b88d63" if distance(wall, CREAM) < 70 else "#fff8ea"


def tiles(pen: Pen, places: Sequence[Point], roof: str) -> None:
    """A few tiles picked out of a roof."""
    for i, (x, y) in enumerate(places):
        tone(pen, placed("M0 0L9 0L9 3C9 6.5 0 6.5 0 3Z", x, y), pale(roof, 0.14) if i % 3 == 0 else deep(roof, 0.14))


def window(pen: Pen, x: float, y: float, w: float, h: float, frame: str, *, round_top: bool = False) -> None:
    """A lit window with its frame, bars and sill."""
    outline = arch if round_top else block
    pen.path(outline(x - 1.6, y - 1.6, w + 3.2, h + 3.2), frame)
    shine(pen, outline(x, y, w, h))
    if pen.style != "drawing":
        shine(pen, outline(x + w * 0.12, y + h * 0.1, w * 0.34, h * 0.38), "#fff0bd")
    pen.path(block(x + w / 2 - 0.8, y, 1.6, h), frame)
    pen.path(block(x, y + h / 2 - 0.8, w, 1.6), frame)
    pen.path(block(x - 3, y + h + 0.6, w + 6, 3, 1.5), pale(frame, 0.2))


def door(pen: Pen, x: float, y: float, w: float, h: float, color: str, *, round_top: bool = False) -> None:
    outline, spring = (arch, w / 2) if round_top else (block, 1.0)
    pen.path(outline(x - 2, y - 2, w + 4, h + 2), CREAM)
    pen.path(outline(x, y, w, h), color)
    tone(pen, block(x + w * 0.62, y + spring, w * 0.38, h - spring), deep(color, 0.14))
    pane = (
        oval(x + w / 2, y + h * 0.3, w * 0.2) if round_top else block(x + w * 0.22, y + h * 0.12, w * 0.56, h * 0.24, 1)
    )
    shine(pen, pane)
    pen.path(oval(x + w * 0.8, y + h * 0.58, 1.4), "#f2cf6b")


def flower_box(pen: Pen, x: float, y: float, w: float, variant: int) -> None:
    count = max(3, round(w / 5))
    for i in range(count):
        cx = x + (i + 0.5) * w / count
        pen.path(oval(cx, y, 3), "#69a75a")
        tone(pen, oval(cx, y - 1.4, 1.9), BLOOMS[(i + variant) % len(BLOOMS)])
    pen.path(block(x - 1, y, w + 2, 4.4, 1.4), TIMBER)


def bush(pen: Pen, x: float, r: float, color: str = "#5b9a52") -> None:
    pen.path(placed("M-1.5 0C-2 -1.2 -.8 -1.9 0 -1.5C.9 -1.8 2 -1 1.5 0Z", x, 100, r, r), color)
    tone(
        pen, placed("M-1.5 0C-1.8 -.8 -1.4 -1.2 -1 -1.3C-1 -.7 .6 -.4 1.5 -.4L1.5 0Z", x, 100, r, r), deep(color, 0.14)
    )
    tone(pen, oval(x - r * 0.2, 100 - r * 1.1, r * 0.5, r * 0.22), pale(color, 0.25))


def chimney(pen: Pen, x: float, y: float, h: float) -> None:
    pen.path(block(x, y, 10, h, 0.5), BRICK)
    tone(pen, block(x + 6, y, 4, h), deep(BRICK))
    pen.path(block(x - 1.5, y - 2.5, 13, 4.5, 1.2), deep(BRICK, 0.3))
    for dx, dy, r in ((5.5, -6.0, 3.0), (8.0, -10.5, 3.6)):
        if y + dy > 0:
            tone(pen, oval(x + dx, y + dy, r), "#f3f1ee", 0.85)


def draw_house(pen: Pen, look: Look) -> None:
    (_gabled, _broad, _tall, _winged)[look.variant % 4](pen, look)
    if look.variant >= 4:
        bush(pen, 12, 6.5)
    if look.variant % 2:
        bush(pen, 98, 6, "#6aa657")


def _walls(pen: Pen, look: Look, x: float, y: float, w: float, h: float) -> None:
    base = look.ink.base
    pen.path(block(x, y, w, h), base)
    tone(pen, block(x + w * 0.84, y + 9, w * 0.16, h - 9), deep(base, 0.12))
    tone(pen, block(x, y, w, 10), deep(base, 0.1))
    if look.variant in (4, 5, 7):  # boarded walls
        for i in range(1, int(h // 7) + 1):
            tone(pen, block(x, y + i * 7, w, 0.9), deep(base, 0.14))
    pen.path(block(x - 1, y + h - 5, w + 2, 5, 1), mix("#9c9aa0", base, 0.25))


def _gabled(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    roof, frame = apart(ROOFS, base, variant), frame_on(base)
    chimney(pen, 76, 13, 24)
    _walls(pen, look, 14, 46, 82, 54)
    pen.path(rounded([(14, 47), (55, 10), (96, 47)], 1), base)
    tone(pen, rounded([(55, 17), (92, 50), (18, 50)], 1), deep(base, 0.16))
    tone(pen, rounded([(55, 23), (88, 53), (22, 53)], 1), base)
    pen.path(rounded([(55, 3), (106, 48), (101, 54), (55, 14), (9, 54), (4, 48)], (4, 3, 3, 2, 3, 3)), roof)
    tone(pen, rounded([(55, 10), (104, 53), (101, 54), (55, 14), (9, 54), (6, 53)], (1, 1, 1, 1, 1, 1)), deep(roof))
    tone(
        pen,
        rounded([(55, 3), (106, 48), (104.8, 49.4), (55, 6.5), (5.2, 49.4), (4, 48)], (3, 1, 1, 1, 1, 1)),
        pale(roof, 0.22),
    )
    pen.path(oval(55, 34, 8.5), frame)
    shine(pen, oval(55, 34, 6.4), GLOW)
    pen.path(block(54.2, 27.6, 1.6, 12.8), frame)
    pen.path(block(48.6, 33.2, 12.8, 1.6), frame)
    for x in (22, 70):
        window(pen, x, 59, 18, 17, frame)
        flower_box(pen, x, 80, 18, variant)
    door(pen, 46, 63, 18, 37, apart(DOORS, base, variant), round_top=True)


def _broad(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    roof, frame = apart(ROOFS, base, variant), frame_on(base)
    chimney(pen, 22, 8, 24)
    _walls(pen, look, 10, 44, 90, 56)
    pen.path(rounded([(24, 14), (86, 14), (108, 48), (2, 48)], (5, 5, 4, 4)), roof)
    tiles(pen, ((26, 20), (74, 19), (18, 31), (28, 31), (82, 30), (88, 37), (12, 38), (72, 31)), roof)
    tone(pen, bar((28, 16), (82, 16), 2), pale(roof, 0.25))
    tone(pen, rounded([(4.5, 44), (105.5, 44), (108, 49), (2, 49)], (1, 1, 2, 2)), deep(roof))
    pen.path(rounded([(41, 42), (55, 24), (69, 42)], 2), deep(roof, 0.3))
    pen.path(rounded([(45, 44), (55, 30), (65, 44)], 1), base)
    shine(pen, arch(50, 34, 10, 9), GLOW)
    for x in (17, 74):
        window(pen, x, 56, 19, 22, frame)
        for side in (-6.4, 20.6):
            pen.path(block(x + side, 54.5, 4.8, 25, 1), apart(DOORS, base, variant))
    door(pen, 46, 60, 18, 40, apart(DOORS, base, variant))
    pen.path(block(40, 96, 30, 4, 1), "#b9b4b0")


def _tall(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    roof, frame = apart(ROOFS, base, variant), frame_on(base)
    chimney(pen, 70, 5, 20)
    _walls(pen, look, 21, 34, 68, 66)
    pen.path(rounded([(55, 2), (84, 17), (97, 40), (13, 40), (26, 17)], (3, 6, 3, 3, 6)), roof)
    tone(pen, rounded([(15, 35), (95, 35), (97, 40.5), (13, 40.5)], 2), deep(roof))
    tiles(pen, ((28, 20), (72, 20), (24, 28), (34, 28), (78, 27), (82, 29), (50, 8)), roof)
    pen.path(arch(44, 16, 22, 20), pale(roof, 0.75))
    window(pen, 48.5, 20, 13, 13, frame, round_top=True)
    for x in (29, 48, 67):
        window(pen, x, 48, 13.5, 14, frame)
    pen.path(rounded([(38, 72), (72, 72), (76, 78), (34, 78)], 1.5), roof)
    for x in (37, 70):
        pen.path(block(x, 78, 3, 22), CREAM)
    door(pen, 47, 79, 16, 21, apart(DOORS, base, variant))
    window(pen, 24.5, 76, 8.5, 14, frame)
    window(pen, 77, 76, 8.5, 14, frame)


def _winged(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    roof, frame = apart(ROOFS, base, variant), frame_on(base)
    _walls(pen, look, 50, 60, 54, 40)
    chimney(pen, 88, 34, 20)
    pen.path(rounded([(46, 40), (98, 40), (108, 63), (46, 63)], (1, 4, 3, 1)), deep(roof, 0.1))
    tone(pen, rounded([(46, 58), (106, 58), (108, 63), (46, 63)], (0, 1, 3, 0)), deep(roof, 0.3))
    tiles(pen, ((68, 44), (78, 44), (90, 50), (74, 51), (84, 51)), roof)
    _walls(pen, look, 10, 44, 48, 56)
    pen.path(rounded([(10, 46), (34, 14), (58, 46)], 1), base)
    pen.path(rounded([(34, 3), (66, 46), (61, 52), (34, 16), (7, 52), (2, 46)], (4, 3, 3, 2, 3, 3)), roof)
    tone(pen, rounded([(34, 11.5), (63.5, 49.5), (61, 52), (34, 16), (7, 52), (4.5, 49.5)], 1), deep(roof))
    tone(
        pen,
        rounded([(34, 3), (66, 46), (64.8, 47.6), (34, 7), (3.2, 47.6), (2, 46)], (3, 1, 1, 1, 1, 1)),
        pale(roof, 0.22),
    )
    window(pen, 27, 33, 14, 14, frame, round_top=True)
    door(pen, 18, 62, 16, 38, apart(DOORS, base, variant), round_top=variant > 3)
    window(pen, 42, 66, 10, 16, frame)
    for x in (66, 84):
        window(pen, x, 70, 11, 14, frame)
        flower_box(pen, x, 87, 11, variant)


def draw_cabin(pen: Pen, look: Look) -> None:
    base, variant = look.ink.base, look.variant
    roof = apart(("#6f4632", "#4f5f52", "#8f4438", "#4c566b"), base, variant)
    if variant % 2 == 0:
        _stone_chimney(pen, 84, 8, 40)
    else:
        _stone_chimney(pen, 22, 10, 40)
    if variant % 4 == 1:
        _log_front(pen, base, 14, 50, 92)
        _long_roof(pen, roof)
    else:
        _log_front(pen, base, 16, 50, 88)
        _log_gable(pen, base, roof)
    entry = (51, 22, 74, 51)[variant % 4]
    door(
        pen,
        entry,
        63,
        19,
        37,
        apart(("#a8502f", "#3f7f7a", "#c98b3a", "#7a3f4a"), base, variant // 2),
        round_top=variant % 3 == 0,
    )
    for x in ((24, 78), (54, 80), (24, 48), (24, 78))[variant % 4]:
        window(pen, x, 64, 18, 16, "#e9cf9f")
        if variant >= 4:
            flower_box(pen, x, 84, 18, variant)
    pen.path(block(entry - 5, 95.5, 29, 4.5, 1.2), "#b7aea6")
    if variant % 4 == 3:
        _porch(pen, base, roof)
    if variant in (2, 5):
        _firewood(pen, 96 if variant == 2 else 8)


def _log_front(pen: Pen, base: str, x: float, y: float, w: float) -> None:
    rows = 6
    h = (100 - y) / rows
    for i in range(rows):
        color = mix(base, "#5d3a26" if i % 2 else "#f0c890", 0.12)
        pen.path(block(x - 4, y + i * h, w + 8, h, h / 2), color)
        tone(pen, block(x, y + i * h + h * 0.68, w, h * 0.26, 1), deep(color, 0.22))
        tone(pen, block(x + 4, y + i * h + h * 0.16, w - 10, h * 0.12, 0.5), pale(color, 0.22))
        for end in (x - 0.5, x + w + 0.5):
            pen.path(oval(end, y + (i + 0.5) * h, 3.4, h * 0.42), pale(mix(base, "#e3bd85", 0.6), 0.1))
            tone(pen, oval(end, y + (i + 0.5) * h, 1.5, h * 0.2), deep(mix(base, "#e3bd85", 0.6), 0.18))


def _log_gable(pen: Pen, base: str, roof: str) -> None:
    pen.path(rounded([(14, 52), (60, 14), (106, 52)], 1), deep(base, 0.1))
    for i in range(1, 5):
        tone(pen, block(62 - i * 9.5, 15 + i * 7.4, i * 19 - 4, 1.4, 0.7), deep(base, 0.34))
    pen.path(rounded([(60, 4), (117, 49), (112, 57), (60, 17), (8, 57), (3, 49)], (4, 3, 3, 2, 3, 3)), roof)
    tone(
        pen,
        rounded([(60, 4), (117, 49), (115.5, 51), (60, 8.5), (4.5, 51), (3, 49)], (3, 1, 1, 1, 1, 1)),
        pale(roof, 0.2),
    )
    pen.path(oval(60, 37, 8), "#e9cf9f")
    shine(pen, oval(60, 37, 6), GLOW)
    pen.path(block(59.2, 31, 1.6, 12), "#e9cf9f")
    pen.path(block(54, 36.2, 12, 1.6), "#e9cf9f")


def _long_roof(pen: Pen, roof: str) -> None:
    pen.path(rounded([(20, 16), (100, 16), (117, 54), (3, 54)], (4, 4, 4, 4)), roof)
    for y in (26, 36):
        tone(pen, block(18 - (y - 26) * 0.45, y, 84 + (y - 26) * 0.9, 1.6, 0.8), deep(roof, 0.25))
    for x, y in ((34, 16), (58, 16), (82, 16), (28, 26), (48, 26), (70, 26), (92, 26), (38, 36), (60, 36), (82, 36)):
        tone(pen, block(x, y, 1.4, 10), deep(roof, 0.2))
    tone(pen, rounded([(5, 49), (115, 49), (117, 54), (3, 54)], (1, 1, 2, 2)), deep(roof, 0.35))


def _stone_chimney(pen: Pen, x: float, y: float, h: float) -> None:
    stone = "#a39a94"
    pen.path(block(x, y, 14, h, 1), stone)
    for i, (dx, dy) in enumerate(((1.0, 4.0), (8.0, 7.0), (2.0, 12.0), (8.0, 16.0), (1.5, 20.0))):
        tone(pen, block(x + dx, y + dy, 5.4, 3.4, 1.6), pale(stone, 0.25) if i % 2 else deep(stone, 0.16))
    pen.path(block(x - 2, y - 3, 18, 5, 1.5), deep(stone, 0.25))
    for dx, dy, r in ((8.0, -4.0, 2.6), (10.0, -7.5, 3.2)):
        tone(pen, oval(x + dx, y + dy, r), "#f3f1ee", 0.85)


def _porch(pen: Pen, base: str, roof: str) -> None:
    pen.path(rounded([(10, 55), (110, 55), (116, 62), (4, 62)], 2), deep(roof, 0.2))
    for x in (8, 108):
        pen.path(block(x, 61, 4.4, 39, 1), pale(mix(base, "#e3bd85", 0.4), 0.1))
    for x in (12, 76):
        pen.path(block(x, 86, 33, 2.8, 1.2), pale(mix(base, "#e3bd85", 0.4), 0.1))


def _firewood(pen: Pen, x: float) -> None:
    for row, count in enumerate((3, 2, 1)):
        for i in range(count):
            cx, cy = x + (i - count / 2 + 0.5) * 7.4 + 4, 96 - row * 6.4
            pen.path(oval(cx, cy, 3.7), "#8a5a3b")
            pen.path(oval(cx, cy, 2.7), "#e3bd85")
            tone(pen, ring(cx, cy, 1.6, 1), "#b98a56")


DRAWINGS: dict[str, Drawing] = {"house": draw_house, "cabin": draw_cabin}
