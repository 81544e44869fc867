"""What drives on roads and rails."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    GLASS,
    METAL,
    RUBBER,
    TIMBER,
    Point,
    apart,
    bar,
    block,
    deep,
    oval,
    pale,
    ring,
    rounded,
    tone,
    wheel,
)

LAMP = "#ffe9a3"
TAIL_LAMP = "#e2483d"
STRIPES = (CREAM, "#f2b63c", "#3f8f8a", "#e2603f", "#4a6fb5")

# Cabin outlines of the four car bodies, and where the window post stands.
CABINS: tuple[tuple[list[Point], float], ...] = (
    ([(38, 52), (54, 17), (126, 17), (156, 52)], 92),  # saloon
    ([(22, 54), (36, 14), (118, 14), (150, 54)], 84),  # hatchback
    ([(48, 54), (66, 12), (118, 12), (146, 54)], 94),  # small and round
    ([(12, 52), (18, 16), (122, 16), (152, 52)], 86),  # estate
)


def draw_car(pen: Pen, look: Look) -> None:
    ink, kind = look.ink, look.variant % 4
    cabin, post = CABINS[kind]
    soft = (10, 22, 26, 10) if kind != 2 else (10, 30, 34, 10)
    if look.variant in (3, 5, 7):
        _luggage(pen, cabin[1][0] + 14, cabin[1][1], look.variant)
    pen.path(rounded(cabin, soft), ink.base)
    tone(pen, rounded([(p[0] + 6, p[1] + 1.5) for p in cabin[1:3]] + [(118, 22), (58, 22)], 3), ink.light)
    _car_windows(pen, cabin, post)
    body = [(3, 88), (3, 52), (24, 45), (160, 45), (196, 54), (197, 88)]
    pen.path(rounded(body, (9, 14, 20, 14, 20, 9)), ink.base)
    tone(pen, rounded([(3, 70), (197, 70), (197, 88), (3, 88)], (2, 2, 9, 9)), ink.shade)
    tone(pen, bar((22, 50), (156, 50), 3), ink.light)
    if look.variant >= 4:
        tone(pen, block(3.5, 62, 193, 6, 2), apart(STRIPES, ink.base, look.variant))
    tone(pen, bar((post - 1, 56), (post - 1, 80), 1.4), ink.shade)
    pen.path(bar((post + 8, 59), (post + 17, 59), 3), deep(ink.base, 0.45))
    pen.path(oval(190, 61, 6.5, 7.5), LAMP)
    pen.path(block(3, 55, 7, 13, 3), TAIL_LAMP)
    for x, w in ((0, 24), (178, 22)):
        pen.path(block(x, 81, w, 9, 4.5), METAL)
    for x in (46, 153):
        pen.path(oval(x, 82, 21), deep(ink.base, 0.42))
        wheel(pen, x, 83, 17)


def _car_windows(pen: Pen, cabin: list[Point], post: float) -> None:
    (x1, _), (x2, top), (x3, _), (x4, _) = cabin
    sill, lintel = 48.0, top + 6
    left = [(x1 + 12, sill), (x2 + 7, lintel), (post - 3, lintel), (post - 3, sill)]
    right = [(post + 3, sill), (post + 3, lintel), (x3 - 4, lintel), (x4 - 11, sill)]
    pen.path(rounded(left, (3, 10, 3, 3)), GLASS)
    pen.path(rounded(right, (3, 3, 12, 3)), GLASS)
    for window in (left, right):
        x = (window[1][0] + window[2][0]) / 2 - 4
        glint = [(x - 3, sill), (x + 8, lintel), (x + 15, lintel), (x + 4, sill)]
        tone(pen, rounded(glint, 1), "#ffffff", 0.5)


def _luggage(pen: Pen, x: float, roof: float, variant: int) -> None:
    pen.path(block(x + 4, roof - 12, 26, 11, 3), TIMBER)
    pen.path(block(x + 32, roof - 9, 18, 8, 3), ("#4a8f8a", "#d98a3d", "#7a5ea8")[variant // 3])
    tone(pen, block(x + 9, roof - 12, 3, 11), deep(TIMBER))
    pen.path(bar((x, roof - 1), (x + 56, roof - 1), 2.6), deep(METAL, 0.3))


def draw_bus(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    double = variant % 4 == 3
    stripe = apart(STRIPES, ink.base, variant)
    hooded = variant % 4 == 1
    end = 176.0 if hooded else 206.0
    if hooded:
        pen.path(rounded([(166, 86), (166, 48), (202, 52), (208, 86)], (2, 2, 14, 6)), ink.base)
        tone(pen, bar((178, 62), (200, 62), 2), ink.shade)
    pen.path(rounded([(4, 86), (4, 6), (end, 6), (end, 86)], (8, 16, 16, 8)), ink.base)
    tone(pen, rounded([(5, 16), (7, 7), (end - 4, 7), (end - 1, 16)], (0, 10, 10, 0)), ink.light)
    tone(pen, rounded([(4, 72), (206, 72), (206, 86), (4, 86)], (0, 0, 8, 8)), ink.shade)
    tone(pen, block(4, 58 if not double else 47, end - 4, 5), stripe)
    rows = ((12, 15), (33, 13)) if double else ((17, 27),)
    door = end - (46 if hooded else 58)
    for y, h in rows:
        _bus_windows(pen, y, h, door if y == rows[-1][0] else end - 34, 5 + variant % 2)
    pen.path(block(end - 27, rows[-1][0], 24, rows[-1][1] + 6, 5), GLASS)
    pen.path(block(door + 4, 30 if double else 20, 22, 60 if double else 66, 4), deep(ink.base, 0.4))
    for x in (door + 6, door + 16):
        pen.path(block(x, 33 if double else 24, 8, 44, 2.5), GLASS)
    pen.path(oval(203, 70 if hooded else 74, 4.5, 5.5), LAMP)
    pen.path(block(3, 64, 5, 10, 2), TAIL_LAMP)
    pen.path(block(1, 83, 208, 6, 3), deep(METAL, 0.25))
    for x in (46, end - 20 if not hooded else 172):
        pen.path(oval(x, 84, 19), deep(ink.base, 0.45))
        wheel(pen, x, 85, 15)


def _bus_windows(pen: Pen, y: float, h: float, end: float, count: int) -> None:
    step = (end - 12) / count
    for i in range(count):
        x = 12 + i * step
        pen.path(block(x, y, step - 5, h, 4), GLASS)
        glint = [(x + 3, y + h), (x + step * 0.42, y), (x + step * 0.62, y), (x + step * 0.28, y + h)]
        tone(pen, rounded(glint, 1), "#ffffff", 0.45)


def draw_truck(pen: Pen, look: Look) -> None:
    ink = look.ink
    (_box_load, _dump_load, _log_load, _box_load)[look.variant % 4](pen, look)
    pen.path(block(2, 78, 184, 9, 4), deep(METAL, 0.55))
    cab = [(124, 86), (124, 26), (156, 26), (172, 54), (186, 58), (187, 86)]
    pen.path(rounded(cab, (3, 10, 10, 8, 8, 6)), ink.base)
    tone(pen, rounded([(124, 70), (187, 70), (187, 86), (124, 86)], (0, 0, 6, 3)), ink.shade)
    tone(pen, bar((132, 29), (152, 29), 2.6), ink.light)
    pen.path(rounded([(137, 54), (137, 34), (153, 34), (165, 54)], 4), GLASS)
    tone(pen, rounded([(142, 54), (149, 34), (153, 34), (147, 54)], 1), "#ffffff", 0.5)
    tone(pen, bar((134, 60), (134, 78), 1.3), ink.shade)
    pen.path(bar((138, 62), (145, 62), 3), deep(ink.base, 0.45))
    pen.path(oval(182, 68, 4.5, 5.5), LAMP)
    pen.path(block(172, 81, 17, 8, 4), METAL)
    for x in (34, 66, 152) if look.variant % 2 else (40, 152):
        pen.path(oval(x, 83, 18), deep(ink.base, 0.5))
        wheel(pen, x, 85, 15)


def _box_load(pen: Pen, look: Look) -> None:
    ink = look.ink
    board = mix(ink.base, "#fffaf0", 0.1)
    pen.path(block(3, 6, 116, 74, 6), board)
    tone(pen, block(3, 66, 116, 14, 4), deep(board, 0.16))
    tone(pen, block(6, 8, 110, 5, 2.5), pale(board))
    if look.variant % 4 == 3:
        for i in range(6):
            tone(pen, bar((16 + i * 18, 18), (16 + i * 18, 62), 2), deep(board, 0.16))
        return
    stripe = apart(STRIPES, ink.base, look.variant)
    tone(pen, block(3, 44, 116, 8), stripe)
    pen.path(oval(61, 35, 20), stripe)
    pen.path(oval(61, 35, 15), pale(board, 0.75))
    pen.path(
        "M61 45C48 36 51 27 57 27 59 27 61 29 61 31 61 29 63 27 65 27 71 27 74 36 61 45Z", apart(STRIPES[1:], CREAM, 3)
    )


def _dump_load(pen: Pen, look: Look) -> None:
    soil = "#8d6a4f"
    pen.path("M18 40C26 24 38 20 48 26C54 8 76 6 86 22C98 20 108 28 112 40Z", soil)
    for x, y, r in ((46, 32, 4), (70, 22, 5), (90, 32, 4), (62, 34, 3)):
        tone(pen, oval(x, y, r, r * 0.8), pale(soil, 0.25))
    tub = [(2, 36), (118, 36), (112, 78), (22, 78)]
    pen.path(rounded(tub, (4, 4, 6, 14)), look.ink.base)
    tone(pen, rounded([(12, 62), (114, 62), (112, 78), (22, 78)], (2, 2, 6, 12)), look.ink.shade)
    for x in (40, 64, 88):
        tone(pen, bar((x, 44), (x + 1, 72), 5), look.ink.light)


def _log_load(pen: Pen, look: Look) -> None:
    bark, cut = "#8a5a3b", "#e3bd85"
    for row, count in enumerate((3, 2, 1)):
        for i in range(count):
            y = 66 - row * 19
            x = 10 + row * 7
            pen.path(block(x, y - 9 + i * 0, 104 - row * 14, 18, 9), mix(bark, "#5d3a26", 0.25 * (row % 2)))
            tone(pen, bar((x + 24, y - 3), (x + 84 - row * 14, y - 3), 1.6), deep(bark, 0.3))
            pen.path(oval(x + 6, y, 6, 9), cut)
            pen.path(oval(x + 6, y, 3, 4.5), mix(cut, bark, 0.4))
    for x in (30, 96):
        pen.path(block(x, 20, 5, 60, 2), look.ink.shade)


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
    if variant % 4 == 2:
        pen.path("M6 58C10 34 36 28 52 42L49 46C36 35 15 40 10 60Z", ink.shade)


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
    pen.path(block(130, 28, 26, 22, 5), "#ffd97a")
    pen.path(block(116, 12, 54, 9, 4.5), trim)
    pen.path(block(238, 48, 8, 18, 4), deep(METAL, 0.3))
    pen.path(oval(247, 46, 6, 7), LAMP)
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
    "car": draw_car,
    "bus": draw_bus,
    "truck": draw_truck,
    "bicycle": draw_bicycle,
    "train": draw_train,
}
