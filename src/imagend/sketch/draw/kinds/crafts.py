"""What floats and flies."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import (
    CREAM,
    GLASS,
    METAL,
    TIMBER,
    apart,
    bar,
    block,
    crescent,
    deep,
    distance,
    heart,
    oval,
    pale,
    placed,
    ring,
    rounded,
    shine,
    star,
    tone,
)

TRIMS = ("#d9483b", "#2f7f93", "#f2a93c", "#5a6fb8", "#e26f86")


def draw_boat(pen: Pen, look: Look) -> None:
    (_sailing_boat, _fishing_boat, _sailing_boat, _steamer)[look.variant % 4](pen, look)
    hull = "M3 73L97 71C95 88 86 99 76 99L25 99C14 99 6 88 3 73Z"
    pen.path(hull, look.ink.base)
    tone(pen, "M10 88L93 87C89 95 83 99 76 99L25 99C18 99 13 94 10 88Z", look.ink.shade)
    trim = apart(TRIMS, look.ink.base, look.variant // 2)
    pen.path(rounded([(2, 73), (98, 71), (97, 78), (3.6, 80)], (3, 3, 2, 2)), trim)
    if look.variant % 4 == 3:
        for x in (24, 42, 60, 78):
            pen.path(oval(x, 86, 3.4), GLASS)
    else:
        tone(pen, bar((14, 84.5), (90, 83.5), 1.4), look.ink.light)


def _sailing_boat(pen: Pen, look: Look) -> None:
    variant = look.variant
    cloth = CREAM if variant % 4 == 0 else pale(apart(TRIMS, look.ink.base, variant), 0.55)
    pen.path(block(45.5, 2, 4, 72, 2), TIMBER)
    flag = apart(TRIMS, look.ink.base, variant + 1)
    pen.path("M48 2C55 0 58 5 66 3C64 7 64 8 66 11C58 13 55 8 48 10Z", flag)
    pen.path("M52 12C74 24 88 46 92 66L52 66Z", cloth)
    tone(pen, "M52 54C66 56 80 55 88 52C90 57 91 61 92 66L52 66Z", deep(cloth, 0.12))
    pen.path("M43 18C38 36 26 54 12 66L43 66Z", mix(cloth, "#f6d9a8", 0.45))
    tone(pen, "M43 56C36 58 28 59 20 59C17 62 14 64 12 66L43 66Z", deep(cloth, 0.18))
    if variant % 4 == 2:
        for y in (30, 44):
            tone(
                pen,
                (
                    f"M52 {y}C60 {y + 2} 68 {y + 2} {74 + (y - 30) * 0.5} {y}L{77 + (y - 30) * 0.5} {y + 6}"
                    f"C68 {y + 8} 60 {y + 8} 52 {y + 6}Z"
                ),
                flag,
            )
    elif variant == 4:
        pen.path(heart(65, 43, 7), flag)
    pen.path(bar((48, 67), (92, 67), 3), TIMBER)


def _fishing_boat(pen: Pen, look: Look) -> None:
    roof = apart(TRIMS, look.ink.base, look.variant)
    pen.path(block(30, 4, 3.6, 70, 1.8), TIMBER)
    pen.path("M33 4L50 9L33 15Z", roof)
    pen.line("M31 8L6 72", deep(TIMBER, 0.2), 0.9)
    pen.line("M33 8L84 46", deep(TIMBER, 0.2), 0.9)
    pen.path(block(40, 44, 42, 32, 4), CREAM)
    tone(pen, block(40, 62, 42, 12, 0), deep(CREAM, 0.12))
    pen.path(block(36, 38, 50, 8, 4), roof)
    pen.path(block(46, 50, 13, 12, 3), GLASS)
    pen.path(block(64, 50, 13, 12, 3), GLASS)
    pen.path(block(74, 22, 7, 17, 2), deep(roof, 0.3))
    for x in (10, 20):
        pen.path(block(x, 58, 12, 16, 2.5), mix(TIMBER, "#d9a85f", 0.5))
        tone(pen, block(x, 65, 12, 2.4), deep(TIMBER))
    pen.path(ring(90, 68, 7, 3.6), "#f4603f")


def _steamer(pen: Pen, look: Look) -> None:
    trim = apart(TRIMS, look.ink.base, look.variant)
    for dx, dy, r in ((0, 0, 7), (-11, -2, 8), (-24, 1, 6)):
        pen.path(oval(52 + dx, 11 + dy, r), "#f1eff0")
        tone(pen, oval(53 + dx, 14 + dy, r * 0.65, r * 0.45), "#dad9e0")
    pen.path(rounded([(44, 46), (44, 20), (60, 20), (60, 46)], 2), trim)
    pen.path(block(43, 18, 18, 7, 2), deep(trim, 0.5))
    pen.path(block(16, 54, 70, 22, 4), CREAM)
    pen.path(block(28, 38, 46, 18, 4), pale(CREAM, 0.4))
    tone(pen, block(16, 68, 70, 6), deep(CREAM, 0.12))
    for x in (33, 46, 59):
        pen.path(block(x, 42, 10, 9, 2.5), GLASS)
    for x in (26, 42, 58, 74):
        pen.path(oval(x, 62, 4), GLASS)


def draw_airplane(pen: Pen, look: Look) -> None:
    (_propeller_plane if look.variant % 2 else _jet)(pen, look)


def _jet(pen: Pen, look: Look) -> None:
    ink = look.ink
    trim = apart(TRIMS, ink.base, look.variant // 2)
    pen.path("M112 46C104 30 90 14 78 10L66 10C74 24 82 36 88 48Z", ink.shade)
    pen.path("M8 8C6 5 9 3 13 3L27 3C36 14 42 26 50 40L18 52Z", trim)
    tone(pen, "M10 15L36 15L42 24L13 24Z", pale(trim))
    pen.path(
        "M10 44C30 34 60 32 100 32L160 32C184 34 198 46 198 55C198 66 182 72 160 73L76 73C48 72 22 62 10 50Z",
        ink.base,
    )
    tone(pen, "M12 52C30 60 60 62 100 62L197 58C194 67 180 72 160 73L76 73C48 72 24 63 12 52Z", ink.shade)
    tone(pen, "M60 36C90 33 130 33 160 35C150 38 90 39 60 36Z", ink.light)
    pen.path("M166 39C178 40 187 44 191 49L170 49C166 49 164 40 166 39Z", GLASS)
    for i in range(7 if look.variant < 4 else 5):
        x = 66 + i * (13 if look.variant < 4 else 18)
        pen.path(block(x, 43, 7 if look.variant < 4 else 11, 9, 3.5), GLASS)
    if look.variant in (2, 6):
        tone(pen, "M16 55C40 60 110 60 197 56L197 59C120 64 46 64 20 58Z", trim)
    pen.path("M124 60C116 78 98 94 82 97L66 97C64 94 80 72 86 60Z", ink.base)
    tone(pen, "M112 76C104 86 92 94 82 97L66 97C65 95 70 88 74 81Z", ink.shade)
    pen.path(block(92, 73, 32, 15, 7.5), trim)
    tone(pen, block(92, 80, 32, 8, 4), deep(trim))
    pen.path(oval(121, 80.5, 4, 6.5), deep(trim, 0.6))
    pen.path("M46 50C40 62 26 68 14 70C12 67 18 56 24 50Z", ink.shade)


def _propeller_plane(pen: Pen, look: Look) -> None:
    ink = look.ink
    trim = apart(TRIMS, ink.base, look.variant // 2)
    pen.path("M8 14C6 8 16 6 24 10C34 18 40 30 44 42L16 50Z", trim)
    pen.path("M92 30C92 18 106 10 122 10C136 10 146 18 150 32Z", GLASS)
    tone(pen, "M104 30C106 20 112 14 118 12L126 12C120 18 117 24 116 30Z", "#ffffff", 0.5)
    pen.path("M8 42C40 30 90 26 150 26C172 26 182 34 184 48C184 64 170 74 148 75L96 75C60 74 24 62 8 50Z", ink.base)
    tone(pen, "M12 52C40 60 110 66 183 54C181 67 168 74 148 75L96 75C60 74 28 64 12 52Z", ink.shade)
    tone(pen, "M50 37C80 31 120 30 150 31C140 36 80 38 50 37Z", ink.light)
    pen.path("M164 27C178 29 184 38 184 48C184 58 178 68 166 73C160 60 160 40 164 27Z", trim)
    pen.path(oval(187, 49, 7, 6), deep(METAL, 0.2))
    pen.path(oval(190, 27, 4.5, 21), pale(TIMBER, 0.2))
    pen.path(oval(190, 71, 4.5, 21), TIMBER)
    pen.path(bar((126, 74), (134, 88), 4), METAL)
    pen.path(oval(136, 90, 9), "#33313d")
    pen.path(oval(136, 90, 4), METAL)
    pen.path(block(70, 54, 78, 12, 6), trim)
    tone(pen, block(70, 60, 78, 6, 3), deep(trim))
    if look.variant in (3, 7):
        pen.path(block(78, 4, 74, 8, 4), trim)
        for x in (92, 140):
            pen.line(f"M{x} 12V54", deep(METAL, 0.4), 1.6)
    pen.path("M42 46C36 56 24 60 10 60C10 54 18 46 26 43Z", trim)


def draw_rocket(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    trim = apart(TRIMS, ink.base, variant)
    wide = (1.0, 1.12, 1.22, 0.92)[variant % 4]
    shine(pen, "M27.5 101C18 93 17 86 20 78L35 78C38 86 37 93 27.5 101Z", "#f6913d")
    shine(pen, "M27.5 96C22 90 22 85 24 78L31 78C33 85 33 90 27.5 96Z", "#ffdf7e")
    fin = "M-11 54C-20 60 -26 72 -25 90C-20 82 -14 78 -7 77Z"
    pen.path(placed(fin, 27.5, 0), trim)
    pen.path(placed(fin, 27.5, 0, -1), deep(trim))
    body = "M0 1C-10 13 -15 28 -13 48C-12.5 60 -10 72 -7 79L7 79C10 72 12.5 60 13 48C15 28 10 13 0 1Z"
    dark = "M0 1C10 13 15 28 13 48C12.5 60 10 72 7 79L1 79C8 60 9 24 0 1Z"
    pen.path(placed(body, 27.5, 0, wide), ink.base)
    tone(pen, placed(dark, 27.5, 0, wide), ink.shade)
    tone(
        pen,
        placed("M-10.5 48C-11.5 38 -10 30 -7.5 25C-8.5 32 -8.5 40 -8 48C-8 51 -10.5 51 -10.5 48Z", 27.5, 0, wide),
        ink.light,
    )
    tone(pen, placed("M-12.7 61.5C-5 64.5 5 64.5 12.7 61.5L12 66C5 69 -5 69 -12 66Z", 27.5, 0, wide), trim)
    pen.path(placed("M0 1C-5.5 7 -9.5 14 -11.5 21C-5 24.5 5 24.5 11.5 21C9.5 14 5.5 7 0 1Z", 27.5, 0, wide), trim)
    tone(pen, placed("M0 1C5.5 7 9.5 14 11.5 21C8.5 22.6 6 23.2 3.5 23.5C5 16 4 8 0 1Z", 27.5, 0, wide), deep(trim))
    for y, r in ((38, 6.5), (55, 4.2))[: 1 + variant % 2]:
        pen.path(oval(27.5, y, r + 2.2), METAL if ink.base > "#e" else CREAM)
        pen.path(oval(27.5, y, r), "#5db4d8")
        tone(pen, crescent(27.5, y, r), "#3f8fb8")
        tone(pen, oval(27.5 - r * 0.3, y - r * 0.35, r * 0.36), "#d6f1fb")
    pen.path(block(19.5, 76, 16, 5, 2), deep(METAL, 0.5))
    pen.path(rounded([(25.7, 60), (29.3, 60), (29, 86), (26, 86)], 1.5), trim)


ENVELOPE = "M37.5 1C60 1 74 17 74 36C74 54 56 66 46 77L29 77C19 66 1 54 1 36C1 17 15 1 37.5 1Z"


def draw_hotairballoon(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    first = (CREAM, "#f6c453", CREAM, "#f6c453", "#8fd0c8", "#ffd9a8", "#f7b7a3", CREAM)[variant]
    second = apart((first, "#f6c453", "#ef8f6b", "#8fd0c8"), ink.base, 0 if distance(first, ink.base) > 95 else variant)
    pen.path(ENVELOPE, ink.base)
    if variant % 4 == 3:
        _zigzag(pen, second, apart(TRIMS, second, variant))
    else:
        stripes = (((-0.16, 0.16), (0.5, 0.78), (-0.78, -0.5)), ((0.26, 0.64), (-0.64, -0.26)))[variant % 2]
        for left, right in stripes:
            pen.path(_gore(left, right), second)
    if variant % 4 == 2:
        band = "M1.5 31C20 41 55 41 73.5 31C74.2 35 74 39 73 43C55 53 20 53 2 43C1 39 .8 35 1.5 31Z"
        pen.path(band, apart(TRIMS, ink.base, variant))
        for x, y in ((10, 41), (23.5, 44.5), (37.5, 45.5), (51.5, 44.5), (65, 41)):
            tone(pen, star(x, y, 3.6, 1.7, 5), CREAM)
    tone(pen, "M56 4.6C68 11 74 23 74 36C74 54 56 66 46 77L41 77C52 62 67 50 66 32C65 20 62 12 56 4.6Z", "#1e1630", 0.2)
    tone(pen, "M11 31C11 20 16 13 23 9C19.5 18 17.5 26 17.5 36C15 39 11 37 11 31Z", "#ffffff", 0.45)
    _basket(pen, deep(ink.base, 0.3))


def _zigzag(pen: Pen, second: str, third: str) -> None:
    sag = (0, 3, 5.5, 7, 8, 8.5, 8.7, 8.5, 8, 7, 5.5, 3, 0)  # the belt hangs round the envelope
    peaks = "".join(f"L{1.3 + i * 6.03:.2f} {(33, 24)[i % 2] + drop:.2f}" for i, drop in enumerate(sag))
    pen.path(f"M1.3 33{peaks}L73.6 41C73 46 71 50 69 53C52 61 23 61 6 53C4 50 2 46 1.4 41Z", second)
    tone(pen, "M4 50C20 58 55 58 71 50L69 53.5C52 61.5 23 61.5 6 53.5Z", third)


def _basket(pen: Pen, skirt: str) -> None:
    straw = "#c58a4e"
    for top, foot in ((30.5, 29.5), (44.5, 45.5), (37.5, 37.5)):
        pen.line(f"M{top} 79L{foot} 88", deep(TIMBER, 0.3), 0.9)
    pen.path(rounded([(29, 75), (46, 75), (45, 80), (30, 80)], 1.5), skirt)
    pen.path(rounded([(27.5, 86), (47.5, 86), (45.5, 100), (29.5, 100)], (2, 2, 4, 4)), straw)
    tone(pen, rounded([(28.6, 93), (46.4, 93), (45.5, 100), (29.5, 100)], (1, 1, 4, 4)), deep(straw))
    pen.path(bar((27.5, 87), (47.5, 87), 3.2), pale(straw, 0.3))


def _gore(left: float, right: float) -> str:
    """A vertical stripe of the envelope between two shares (-1..1) of its half width."""

    def edge(share: float) -> tuple[float, float, float]:
        return 37.5 + 36.5 * share, 37.5 + 24 * share, 37.5 + 8.5 * share

    (a, b, c), (d, e, f) = edge(left), edge(right)
    return (
        f"M37.5 1C{(b + a) / 2:.2f} 1 {a:.2f} 17 {a:.2f} 36C{a:.2f} 54 {(b + c) / 2:.2f} 66 {c:.2f} 77"
        f"L{f:.2f} 77C{(e + f) / 2:.2f} 66 {d:.2f} 54 {d:.2f} 36C{d:.2f} 17 {(e + d) / 2:.2f} 1 37.5 1Z"
    )


DRAWINGS: dict[str, Drawing] = {
    "boat": draw_boat,
    "airplane": draw_airplane,
    "rocket": draw_rocket,
    "hotairballoon": draw_hotairballoon,
}
