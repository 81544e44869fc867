"""What drives on the road."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    GLASS,
    METAL,
    TIMBER,
    apart,
    arch,
    bar,
    block,
    deep,
    heart,
    oval,
    pale,
    placed,
    rounded,
    shine,
    star,
    tone,
    wheel,
)

LAMP = "#ffe9a3"
TAIL_LAMP = "#e2483d"
STRIPES = (CREAM, "#f2b63c", "#3f8f8a", "#e2603f", "#4a6fb5")

# The bodies' outlines with roof and bonnet in one, and the windows cut into each.
BODIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (  # saloon
        "M3 82C3 66 4 56 14 52C24 49 33 47 41 45C49 28 58 15 76 12.5C94 10 112 10 124 14C140 20 150 34 160 45"
        "C178 47 192 52 196 62C198 68 198 76 197 82C196 88 190 89 184 89L14 89C6 89 3 88 3 82Z",
        ("M54 45C58 33 64 21 78 19.5L94 18.5L94 45Z", "M100 18.5L116 19C132 24 140 36 147 45L100 45Z"),
    ),
    (  # hatchback
        "M4 80C3 62 8 50 15 43C21 27 27 14 40 11.5C66 8 100 8 114 12C132 18 143 33 153 44"
        "C174 46 192 52 196 63C198 70 198 76 197 82C196 88 190 89 184 89L14 89C6 89 4 88 4 80Z",
        ("M29 44C32 31 36 20 46 18.5L80 17L80 44Z", "M86 17L106 18C123 22 133 34 141 44L86 44Z"),
    ),
    (  # small and round
        "M3 80C3 64 10 54 30 50C40 24 62 8 93 8C124 8 147 25 157 49C179 50 196 60 197 80C197 87 192 89 186 89"
        "L14 89C6 89 3 87 3 80Z",
        ("M48 47C54 31 66 18.5 89 16.5L89 47Z", "M96 16.5C120 18 136 31 143 47L96 47Z"),
    ),
    (  # estate
        "M4 80L4 28C4 18 11 13 22 12.5L112 12.5C128 14 142 30 152 44C174 46 192 52 196 63C198 70 198 76 197 82"
        "C196 88 190 89 184 89L14 89C6 89 4 88 4 80Z",
        (
            "M14 44L14 28C14 22 18 19.5 24 19.5L52 19.5L52 44Z",
            "M58 19.5L92 19.5L92 44L58 44Z",
            "M98 19.5L108 19.5C122 21 132 33 140 44L98 44Z",
        ),
    ),
)


def draw_car(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    body, windows = BODIES[variant % 4]
    if variant in (3, 5, 6):
        _luggage(pen, (70, 66, 66, 34)[variant % 4], (12, 10, 9.5, 13)[variant % 4], variant)
    pen.path(body, ink.base)
    tone(pen, "M3.2 72L197.8 72C198 84 196 89 184 89L14 89C6 89 3 88 3.2 72Z", ink.shade)
    for window in windows:
        pen.path(window, GLASS)
    for x in (62, 108) if len(windows) == 2 else (26, 68, 104):
        tone(pen, placed("M0 44L9 22L16 22L7 44Z", x, 0), "#ffffff", 0.5)
    _car_trim(pen, look)
    for x in (46, 153):
        _arched_wheel(pen, x, 83, 17, deep(ink.base, 0.45))


def _car_trim(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(STRIPES, ink.base, variant)
    post = (97, 83, 92.5, 95)[variant % 4]
    tone(pen, bar((20, 51.5), (156, 51.5), 2.4), ink.light)
    if variant in (1, 4, 7):
        tone(pen, block(3.5, 61, 193, 6, 2), trim)
    elif variant == 6:
        pen.path(oval(112, 68, 9), CREAM)
        tone(pen, star(112, 68, 6.5, 3.1, 5), "#e2603f")
    elif variant == 3:
        tone(pen, "M3.5 60L196 60C197.5 64 197.8 68 197.9 72L3.2 72Z", pale(ink.base, 0.6))
    tone(pen, bar((post, 50), (post, 81), 1.3), ink.shade)
    pen.path(bar((post + 8, 58), (post + 17, 58), 3), deep(ink.base, 0.45))
    shine(pen, oval(190, 62, 6.5, 7.5), LAMP)
    pen.path(block(2.5, 58, 6.5, 13, 3), TAIL_LAMP)
    for x, w in ((0, 24), (178, 22)):
        pen.path(block(x, 82, w, 8, 4), METAL)


def _arched_wheel(pen: Pen, x: float, y: float, r: float, dark: str) -> None:
    """A wheel under the dark half round that its arch cuts into the body."""
    pen.path(arch(x - r - 4, y - r - 4, 2 * r + 8, r + 9), dark)
    wheel(pen, x, y, r)


def _luggage(pen: Pen, x: float, roof: float, variant: int) -> None:
    pen.path(block(x + 4, roof - 12, 26, 11, 3), TIMBER)
    pen.path(block(x + 32, roof - 9, 18, 8, 3), ("#4a8f8a", "#d98a3d", "#7a5ea8")[variant % 3])
    tone(pen, block(x + 9, roof - 12, 3, 11), deep(TIMBER))
    pen.path(bar((x, roof - 1), (x + 56, roof - 1), 2.6), deep(METAL, 0.3))


def draw_bus(pen: Pen, look: Look) -> None:
    (_coach, _school_bus, _coach, _double_decker)[look.variant % 4](pen, look)


def _coach(pen: Pen, look: Look) -> None:
    variant = look.variant
    _bus_shell(pen, look, 206)
    roof = apart(STRIPES, look.ink.base, variant // 2)
    if variant >= 4:
        tone(pen, rounded([(4, 15), (6, 6), (204, 6), (206, 15)], (0, 10, 10, 0)), roof)
    tone(pen, block(4, 56, 202, 5), roof)
    _bus_windows(pen, 19, 28, 146, 4 + variant % 4)
    pen.path(block(182, 20, 22, 34, 5), GLASS)
    _bus_door(pen, look, 151, 22)
    _bus_ends(pen, look, 203, 74, (46, 189))


def _school_bus(pen: Pen, look: Look) -> None:
    base = look.ink.base
    pen.path(rounded([(160, 86), (160, 46), (200, 51), (208, 86)], (2, 2, 14, 6)), base)
    tone(pen, bar((178, 60), (198, 60), 2), look.ink.shade)
    _bus_shell(pen, look, 176)
    for y in (54, 62):
        tone(pen, block(4, y, 172, 3), deep(base, 0.5) if look.variant < 4 else CREAM)
    _bus_windows(pen, 19, 28, 122, 4 + look.variant // 4)
    pen.path(block(152, 20, 22, 26, 5), GLASS)
    _bus_door(pen, look, 126, 22)
    _bus_ends(pen, look, 203, 68, (44, 178))


def _double_decker(pen: Pen, look: Look) -> None:
    _bus_shell(pen, look, 206)
    tone(pen, block(4, 33, 202, 4), apart(STRIPES, look.ink.base, look.variant))
    _bus_windows(pen, 11, 18, 208, 6 + look.variant // 4)
    _bus_windows(pen, 42, 19, 146, 4 + look.variant // 4)
    pen.path(block(182, 42, 22, 22, 4), GLASS)
    _bus_door(pen, look, 151, 42)
    _bus_ends(pen, look, 203, 75, (46, 189))


def _bus_shell(pen: Pen, look: Look, end: float) -> None:
    ink = look.ink
    pen.path(rounded([(4, 86), (4, 4), (end, 4), (end, 86)], (8, 16, 16, 8)), ink.base)
    tone(pen, bar((16, 7.5), (end - 14, 7.5), 3), ink.light)
    tone(pen, rounded([(4, 70), (end, 70), (end, 86), (4, 86)], (0, 0, 8, 8)), ink.shade)


def _bus_windows(pen: Pen, y: float, h: float, end: float, count: int) -> None:
    step = (end - 12) / count
    for i in range(count):
        x = 12 + i * step
        pen.path(block(x, y, step - 5, h, 4), GLASS)
        glint = [(x + 3, y + h), (x + step * 0.42, y), (x + step * 0.62, y), (x + step * 0.28, y + h)]
        tone(pen, rounded(glint, 1), "#ffffff", 0.45)


def _bus_door(pen: Pen, look: Look, x: float, top: float) -> None:
    pen.path(block(x, top - 3, 24, 88 - top, 4), deep(look.ink.base, 0.4))
    for leaf in (x + 2.5, x + 13):
        pen.path(block(leaf, top, 8.5, 78 - top, 2.5), GLASS)


def _bus_ends(pen: Pen, look: Look, front: float, lamp: float, wheels: tuple[float, float]) -> None:
    shine(pen, oval(front, lamp, 4.5, 5.5), LAMP)
    pen.path(block(3, 64, 5, 10, 2), TAIL_LAMP)
    pen.path(block(1, 82, 208, 6, 3), deep(METAL, 0.25))
    for x in wheels:
        _arched_wheel(pen, x, 85, 15, deep(look.ink.base, 0.5))


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
    shine(pen, oval(182, 68, 4.5, 5.5), LAMP)
    pen.path(block(172, 81, 17, 8, 4), METAL)
    for x in (34, 66, 152) if look.variant % 2 else (40, 152):
        _arched_wheel(pen, x, 85, 15, deep(ink.base, 0.5))


def _box_load(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    board = mix(ink.base, "#fffaf0", 0.1)
    pen.path(block(3, 4, 116, 76, 6), board)
    tone(pen, block(3, 66, 116, 14, 4), deep(board, 0.16))
    tone(pen, block(6, 6.5, 110, 4, 2), pale(board))
    stripe = apart(STRIPES, ink.base, variant)
    if variant % 4 == 3:
        for i in range(6):
            tone(pen, bar((16 + i * 18, 18), (16 + i * 18, 60), 2), deep(board, 0.16))
        if variant == 7:
            tone(pen, block(3, 34, 116, 9), stripe)
        return
    tone(pen, block(3, 44, 116, 8), stripe)
    pen.path(oval(61, 36, 21), stripe)
    pen.path(oval(61, 36, 16), pale(board, 0.75))
    badge = apart(STRIPES[1:], CREAM, variant // 4 + 2)
    if variant < 4:
        pen.path(heart(61, 37, 10), badge)
    else:
        pen.path(star(61, 37, 13, 6.2, 5, soft=1), badge)


def _dump_load(pen: Pen, look: Look) -> None:
    soil = ("#8d6a4f", "#e3bd78")[look.variant // 4]
    pen.path("M16 40C22 22 36 16 47 24C54 4 78 2 87 20C98 18 110 26 113 40Z", soil)
    for x, y, r in ((46, 32, 4), (70, 20, 5), (90, 32, 4), (62, 34, 3), (30, 32, 3)):
        tone(pen, oval(x, y, r, r * 0.8), pale(soil, 0.25))
    pen.path(rounded([(2, 36), (118, 36), (112, 78), (22, 78)], (4, 4, 6, 14)), look.ink.base)
    tone(pen, rounded([(12, 62), (114, 62), (112, 78), (22, 78)], (2, 2, 6, 12)), look.ink.shade)
    for x in (40, 64, 88):
        tone(pen, bar((x, 44), (x + 1, 72), 5), look.ink.light)


def _log_load(pen: Pen, look: Look) -> None:
    bark, cut = "#8a5a3b", "#e3bd85"
    for row in range(3 if look.variant < 4 else 2):
        x, y = 9 + row * 6, 66 - row * 20
        pen.path(block(x, y - 10, 106 - row * 12, 20, 10), mix(bark, "#5d3a26", 0.3 * (row % 2)))
        tone(pen, bar((x + 26, y - 4), (x + 84 - row * 12, y - 4), 1.6), deep(bark, 0.3))
        pen.path(oval(x + 6, y, 6.5, 10), cut)
        pen.path(oval(x + 6, y, 3.2, 5), mix(cut, bark, 0.4))
    for x in (30, 96):
        pen.path(block(x, 10 if look.variant < 4 else 30, 5, 70 if look.variant < 4 else 50, 2), look.ink.base)


DRAWINGS: dict[str, Drawing] = {
    "car": draw_car,
    "bus": draw_bus,
    "truck": draw_truck,
}
