"""Castle, lighthouse, windmill and tent."""

from __future__ import annotations

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
    halo,
    number,
    oval,
    own_light,
    pale,
    placed,
    rounded,
    shine,
    tone,
)

SPIRES = ("#c8553d", "#4a5fa0", "#3f7f7a", "#8459b4", "#d99a3a")
FLAGS = ("#e8564a", "#f4c145", "#4a8fd0", "#e8769a")


def draw_castle(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    roof = apart(SPIRES, ink.base, variant)
    pointed = variant % 4 != 3
    _tower(pen, ink.base, roof, 48, 26, 20, pointed=variant % 4 != 2, flag=FLAGS[variant % 4])
    if variant % 2:
        _tower(pen, deep(ink.base, 0.08), roof, 25, 42, 14, pointed=pointed, flag=None)
        _tower(pen, deep(ink.base, 0.08), roof, 76, 42, 14, pointed=pointed, flag=None)
    _battlement(pen, ink.base, 18, 62, 79)
    tone(pen, block(18, 92, 79, 8), ink.shade)
    _tower(pen, ink.base, roof, 3, 42 - variant % 3 * 3, 24, pointed=pointed, flag=FLAGS[(variant + 1) % 4])
    _tower(pen, ink.base, roof, 88, 42 + variant % 3 * 3, 24, pointed=pointed, flag=FLAGS[(variant + 1) % 4])
    _gate(pen, ink.base, lattice=variant % 2 == 0)
    for x, y in ((33, 78), (78, 84), (36, 90), (74, 72)):
        tone(pen, block(x, y, 7, 3.2, 1.2), ink.shade)
    if variant >= 4:
        _pennant(pen, 32, 67, apart(FLAGS, ink.base, variant))
        _pennant(pen, 75, 67, apart(FLAGS, ink.base, variant))


def _tower(pen: Pen, wall: str, roof: str, x: float, y: float, w: float, *, pointed: bool, flag: str | None) -> None:
    pen.path(block(x, y, w, 100 - y, 1), wall)
    tone(pen, block(x + w * 0.66, y, w * 0.34, 100 - y), deep(wall, 0.16))
    tone(pen, block(x + w * 0.1, y + 3, w * 0.1, 96 - y, 1), pale(wall, 0.3))
    tip = y - w * 1.25 if pointed else y - 6
    if flag:
        pole = max(2.0, tip - 9)
        mid = x + w / 2
        pen.path(block(mid - 0.7, pole, 1.4, tip - pole + 8), TIMBER)
        pen.path(
            placed("M0 0C5 -1.5 7 2.5 12 1L9.5 4L12 7C7 8 5 5 0 7Z", mid + 0.5, pole),
            flag,
        )
    if pointed:
        pen.path(rounded([(x + w / 2, tip), (x + w + 3.4, y + 3), (x - 3.4, y + 3)], (1, 2, 2)), roof)
        tone(pen, rounded([(x + w / 2, tip), (x + w + 3.4, y + 3), (x + w * 0.62, y + 3)], (1, 2, 0)), deep(roof))
    else:
        _battlement(pen, wall, x - 2, y - 5, w + 4, depth=11)
    pen.path(arch(x + w / 2 - w * 0.14, y + 12, w * 0.28, w * 0.52), deep(wall, 0.5))
    shine(pen, arch(x + w / 2 - w * 0.1, y + 13.4, w * 0.2, w * 0.52 - 1.4), GLOW)


def _battlement(pen: Pen, wall: str, x: float, y: float, w: float, depth: float | None = None) -> None:
    """A wall with merlons on top, from `y` down to the ground, or `depth` high."""
    count = max(3, round(w / 9))
    step, bottom = w / (count * 2 - 1), y + depth if depth else 100
    d = f"M{number(x)} {number(bottom)}V{number(y)}"
    for i in range(count * 2 - 1):
        d += f"H{number(x + (i + 1) * step)}" + (
            f"V{number(y + (5 if i % 2 == 0 else 0))}" if i < count * 2 - 2 else ""
        )
    pen.path(d + f"V{number(bottom)}Z", wall)
    tone(pen, block(x, y + 7, w, 2, 0), deep(wall, 0.16))


def _gate(pen: Pen, wall: str, *, lattice: bool) -> None:
    """An open gate behind its grille, or a closed one of planks."""
    back, bars = (deep(TIMBER, 0.6), "#b58a5a") if lattice else (TIMBER, deep(TIMBER, 0.35))
    pen.path(arch(44, 66, 28, 34), deep(wall, 0.34))
    pen.path(arch(47, 69.5, 22, 30.5), back)
    for x, top in ((51, 74), (57, 71), (63, 74)):
        pen.path(block(x, top, 2, 100 - top), bars)
    for y in (80, 90):
        pen.path(block(47, y, 22, 2.2), bars)


def _pennant(pen: Pen, x: float, y: float, color: str) -> None:
    pen.path(f"M{x} {y}H{x + 8}V{y + 15}L{x + 4} {y + 11.5}L{x} {y + 15}Z", color)
    tone(pen, oval(x + 4, y + 5.5, 2), CREAM)


def draw_lighthouse(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(("#d9483b", "#2f6f93", "#d9483b", "#3f4a66", "#e08a3a"), ink.base, variant)
    _beams(pen)
    _rocks(pen, variant)
    pen.path(rounded([(13.5, 27), (31.5, 27), (36, 94), (9, 94)], (1, 1, 3, 3)), ink.base)
    bands = (
        ((0.17, 0.34), (0.51, 0.68), (0.85, 1.0)) if variant % 3 == 0 else ((0.28, 0.62),) if variant % 3 == 1 else ()
    )
    for first, last in bands:
        _band(pen, first, last, trim)
    if variant % 3 == 2:
        for i in range(3):
            y = 34 + i * 19
            pen.path(
                (
                    f"M{number(13.5 - (y - 27) * 0.067)} {y}L{number(31.5 + (y - 21) * 0.067)} {y + 9}V{y + 18}"
                    f"L{number(13.5 - (y - 18) * 0.067)} {y + 9}Z"
                ),
                trim,
            )
    tone(pen, "M27 27L31.5 27L36 94L28 94Z", "#1e1630", 0.16)
    tone(pen, "M15.5 30L17.5 30L15 90L12 90Z", "#ffffff", 0.3)
    for x, y in ((22.5, 42), (22.5, 62)):
        pen.path(arch(x - 2.6, y, 5.2, 7.5), deep(ink.base, 0.55))
        shine(pen, arch(x - 1.6, y + 1, 3.2, 6), GLOW)
    pen.path(arch(17.5, 79, 10, 15), deep(trim, 0.2))
    shine(pen, oval(25.5, 88, 0.8), GLOW)
    _lantern(pen, trim)


def _beams(pen: Pen) -> None:
    """Two rays that fade outwards."""
    if pen.style == "drawing":
        return
    with own_light(pen):
        for d, inner, outer in (("M22.5 16L-3 5L-3 27Z", 1.0, 0.0), ("M22.5 16L48 5L48 27Z", 0.0, 1.0)):
            fade = [(0.0, "#fff0b4e0"), (1.0, "#fff0b400")]
            pen.path(d, pen.linear(fade, start=(inner, 0.0), end=(outer, 0.0)))
    halo(pen, 22.5, 16, 17)


def _band(pen: Pen, first: float, last: float, color: str) -> None:
    y1, y2 = 27 + 67 * first, 27 + 67 * last
    a, b = 4.5 * first, 4.5 * last
    pen.path(
        f"M{number(13.5 - a)} {number(y1)}H{number(31.5 + a)}L{number(31.5 + b)} {number(y2)}H{number(13.5 - b)}Z",
        color,
    )


def _lantern(pen: Pen, trim: str) -> None:
    pen.path(block(10, 24, 25, 4.4, 1.5), deep(trim, 0.35))
    shine(pen, block(15, 10, 15, 14, 1), "#ffe79a")
    shine(pen, oval(22.5, 17, 4.6), "#fffbe6")
    for x in (15, 21.7, 28.4):
        pen.path(block(x, 10, 1.6, 14), deep(trim, 0.4))
    for y in (20.5,):
        pen.path(block(11.5, y, 22, 1.3, 0.6), deep(trim, 0.4))
    pen.path("M12 11C13 5 18 3 22.5 2.5C27 3 32 5 33 11Z", trim)
    tone(pen, "M24 2.6C28 3.5 32 6 33 11L27 11C27.5 7.5 26 4.5 24 2.6Z", deep(trim))
    pen.path(oval(22.5, 2.2, 1.8), deep(trim, 0.35))


def _rocks(pen: Pen, variant: int) -> None:
    stone = ("#8b8793", "#9a8b7d")[variant % 2]
    pen.path("M0 100C0 93 5 89 10 90C13 85 19 86 22 89C26 84 33 85 35 89C41 88 45 94 45 100Z", stone)
    tone(pen, "M4 95C6 91 10 91 12 94C9 95 7 97 4 95ZM27 92C29 88 33 88 35 92C32 94 29 94 27 92Z", pale(stone, 0.3))
    pen.path("M0 100C3 96 10 96 14 98C20 95 28 96 32 98C37 95 43 97 45 100Z", deep(stone, 0.2))


def draw_windmill(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    cap = apart(("#b8553d", "#6a4a3a", "#4f6480", "#3f7f7a"), ink.base, variant)
    pen.path(rounded([(32, 38), (58, 38), (70, 100), (20, 100)], (1, 1, 2, 2)), ink.base)
    tone(pen, "M49 38L58 38L70 100L53 100Z", ink.shade)
    if variant % 2:
        _gallery(pen)
        pen.path("M22 90H68L70 100H20Z", apart(("#b5654a", "#8a7a6e"), ink.base, variant // 2))
    else:
        for x, y in ((30, 78), (27, 90), (58, 68), (60, 84), (34, 60)):
            tone(pen, block(x, y, 7, 3, 1.2), deep(ink.base, 0.12))
    pen.path("M28 40C28 27 36 20 45 20C54 20 62 27 62 40Z", cap)
    tone(pen, "M49 20.5C57 22 62 29 62 40L53 40C55 32 54 25 49 20.5Z", deep(cap))
    for y in (50, 66) if variant % 2 == 0 else (52,):
        pen.path(block(39.5, y, 11, 11, 1.5), CREAM)
        shine(pen, block(41, y + 1.5, 8, 8, 1), GLOW)
        pen.path(block(44.4, y + 1.5, 1.2, 8), CREAM)
    pen.path(arch(38, 82, 14, 18), deep(cap, 0.2))
    shine(pen, oval(49, 92, 1), GLOW)
    _sails(pen, look, (45, 33), 12.0 + variant * 9.0)


def _gallery(pen: Pen) -> None:
    """The balcony round the tower."""
    pen.path(block(17, 72, 56, 4, 1.5), TIMBER)
    for x in (19, 31.5, 44.2, 57, 69.4):
        pen.path(block(x, 66, 1.6, 7), TIMBER)
    pen.path(block(17, 65, 56, 2, 1), TIMBER)


def _sails(pen: Pen, look: Look, hub: Point, turn: float) -> None:
    cloth = apart((CREAM, "#f2dcae", "#e9c07f"), look.ink.base, look.variant // 2)
    x, y = hub
    for i in range(4):
        with pen.group(f"rotate({turn % 90 + i * 90:g} {x:g} {y:g})"):
            pen.path(block(x + 1, y - 33, 10.5, 25, 1), cloth)
            for k in range(4):
                tone(pen, block(x + 1, y - 28 + k * 5, 10.5, 0.8), deep(cloth, 0.35))
            tone(pen, block(x + 6, y - 33, 0.8, 25), deep(cloth, 0.35))
            pen.path(block(x - 1.2, y - 33, 2.4, 33, 1), TIMBER)
    pen.path(oval(x, y, 4), deep(TIMBER, 0.25))
    tone(pen, oval(x - 1, y - 1, 1.5), pale(TIMBER, 0.3))


def draw_tent(pen: Pen, look: Look) -> None:
    (_ridge_tent, _dome_tent, _striped_tent, _pole_tent)[look.variant % 4](pen, look)


def _ridge_tent(pen: Pen, look: Look) -> None:
    ink = look.ink
    _ropes(pen)
    pen.path(rounded([(52, 10), (104, 14), (140, 98), (96, 98)], (3, 5, 4, 1)), ink.base)
    tone(pen, rounded([(52, 10), (60, 12), (112, 98), (96, 98)], (2, 2, 1, 1)), ink.shade)
    tone(pen, rounded([(86, 17), (101, 18), (110, 40), (97, 40)], 3), ink.light)
    if look.variant >= 4:
        patch = apart((CREAM, "#f2b63c", "#3f8f8a"), ink.base, look.variant)
        pen.path(rounded([(107, 60), (123.5, 60), (127.5, 72), (112, 72)], 1), patch)
    _entrance(pen, ink.base)


def _striped_tent(pen: Pen, look: Look) -> None:
    ink = look.ink
    band = apart((CREAM, "#f2b63c", "#3f8f8a"), ink.base, look.variant // 4)
    _ropes(pen)
    pen.path(rounded([(52, 10), (104, 14), (140, 98), (96, 98)], (3, 5, 4, 1)), ink.base)
    tone(pen, "M66 11L80 12L114 98L104 98ZM92 13L103 14L138 97L126 98Z", band)
    tone(pen, "M88 84L134 84L140 97L138 98L96 98Z", "#1e1630", 0.16)
    pen.path("M53 2L67 6L53 10Z", apart(FLAGS, ink.base, look.variant))
    _entrance(pen, ink.base)


def _ropes(pen: Pen) -> None:
    for x, y, end in ((50, 14, 3), (100, 14, 147)):
        pen.line(f"M{x} {y}L{end} 97", deep(TIMBER, 0.2), 1)
        pen.path(bar((end, 93), (end + (2 if end < 75 else -2), 99), 2.4), TIMBER)
    pen.path(bar((52, 3), (52, 20), 2.6), TIMBER)


def _entrance(pen: Pen, base: str) -> None:
    """The front of a ridge tent: its flaps drawn aside, a light inside."""
    pen.path(rounded([(52, 10), (97, 98), (10, 98)], 4), mix(base, "#fffaf0", 0.14))
    pen.path(rounded([(52, 32), (74, 98), (32, 98)], (3, 1, 1)), deep(base, 0.62))
    _lamp_light(pen, rounded([(52, 62), (64, 98), (42, 98)], (3, 1, 1)))
    pen.path("M52 30C50 52 42 78 26 98L40 98C50 78 53 54 52 30Z", pale(base, 0.45))
    pen.path("M52 30C54 52 62 78 79 98L66 98C55 78 51 54 52 30Z", pale(base, 0.3))


def _lamp_light(pen: Pen, d: str) -> None:
    if pen.style != "drawing":
        shine(pen, d)


def _dome_tent(pen: Pen, look: Look) -> None:
    ink = look.ink
    stripe = apart((CREAM, "#f2b63c", "#3f8f8a", "#e8774f"), ink.base, look.variant)
    pen.path("M5 99C6 50 36 6 78 6C118 6 144 52 146 99Z", ink.base)
    tone(pen, "M92 8C126 14 144 56 146 99L114 99C118 60 110 28 92 8Z", ink.shade)
    tone(pen, "M22 56C30 36 44 22 58 16C48 28 40 42 36 58C32 62 24 60 22 56Z", ink.light)
    pen.path(
        "M66 7C70 6 82 6 86 7C100 30 104 62 104 99L92 99C92 62 86 30 76 14C66 30 56 62 54 99L42 99C44 62 52 30 66 7Z",
        stripe,
    )
    pen.path("M73 34C62 46 55 74 54 99L93 99C92 74 86 46 73 34Z", deep(ink.base, 0.6))
    _lamp_light(pen, "M73 58C66 68 62 84 61 99L87 99C86 84 82 68 73 58Z")
    pen.path("M73 34C86 46 92 74 93 99L81 99C86 78 82 52 73 34Z", pale(ink.base, 0.42))


def _pole_tent(pen: Pen, look: Look) -> None:
    ink = look.ink
    band = apart((CREAM, "#3f8f8a", "#f2b63c", "#c8553d"), ink.base, look.variant)
    for x1, x2 in ((66, 84), (84, 66), (75, 76)):
        pen.path(bar((x1, 2), (x2, 22), 2.4), TIMBER)
    pen.path("M75 12C92 40 114 76 132 99C110 101 40 101 18 99C36 76 58 40 75 12Z", ink.base)
    tone(pen, "M75 12C92 40 114 76 132 99L104 100C98 66 88 36 75 12Z", ink.shade)
    pen.path("M66 27C72 29 78 29 84 27L92 40C80 44 70 44 58 40Z", band)
    tone(pen, "M33 79C45 84 105 84 117 79L124 88C100 94 50 94 26 88Z", band)
    for i in range(5):
        x = 42 + i * 16
        tone(pen, f"M{x} 91L{x + 4} 83.5L{x + 8} 91Z", deep(ink.base, 0.15))
    pen.path("M75 46C68 62 62 82 60 100L90 100C88 82 82 62 75 46Z", deep(ink.base, 0.62))
    _lamp_light(pen, "M75 66C71 76 68 90 67 100L83 100C82 90 79 76 75 66Z")
    pen.path("M75 46C68 62 62 82 60 100L50 100C56 82 66 62 75 46Z", pale(ink.base, 0.42))


DRAWINGS: dict[str, Drawing] = {
    "castle": draw_castle,
    "lighthouse": draw_lighthouse,
    "windmill": draw_windmill,
    "tent": draw_tent,
}
