"""What a feast is decorated with: balloon, star, heart, gift."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import CREAM, apart, around, bar, block, deep, oval, pale, placed, rounded, star, tone

FACE = "#3a2529"
ROUND = (
    "M27.5 1C43 1 54 14 54 31C54 50 40 64 27.5 66C15 64 1 50 1 31C1 14 12 1 27.5 1Z",
    "M44 7.5C50 13 54 21 54 31C54 50 40 64 27.5 66C22 65 16 62 11.5 57C36 58 52 34 44 7.5Z",
)
HEART_SHAPED = (
    "M27.5 66C4 46 1 30 2 20C3 8 11 1 18 2C23 3 26 7 27.5 11C29 7 32 3 37 2C44 1 52 8 53 20C54 30 51 46 27.5 66Z",
    "M48 7C51.5 10 53 15 53 20C54 30 51 46 27.5 66C24 63 20 59 17 55C38 50 52 28 48 7Z",
)
HEART = (
    "M52.5 98C20 78 2 56 2 33C2 14 15 2 30 2C40 2 48 7 52.5 16C57 7 65 2 75 2C90 2 103 14 103 33C103 56 85 78 52.5 98Z"
)


def draw_balloon(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    sway = (6, -6, 3, -3)[variant % 4]
    pen.line(f"M27.5 70C{27.5 + sway} 78 {27.5 - sway} 88 {27.5 + sway * 0.5} 99", "#8a8590", 1)
    body, shadow = HEART_SHAPED if variant % 4 == 3 else ROUND
    pen.path("M27.5 63L33 71C30 72.5 25 72.5 22 71Z", ink.shade)
    pen.path(body, ink.base)
    _balloon_pattern(pen, variant, apart((CREAM, "#f4c145", "#4a9fd0"), ink.base, variant))
    tone(pen, shadow, deep(ink.base, 0.3), 0.5)
    tone(pen, "M9 28C9 18 14 11 21 9C25 8 26 12 22 14C17 16 14 21 13.5 28C13 33 9 33 9 28Z", "#ffffff", 0.65)
    if variant >= 4:
        ribbon = apart(("#f4c145", CREAM, "#4a9fd0", "#e8607a"), ink.base, variant)
        for side in (-1, 1):
            pen.path(placed("M0 0C4 -6 9 -6 11 -3C12 0 10 5 7 5C4 5 2 3 0 0Z", 27.5, 71, side), ribbon)
        pen.path(oval(27.5, 71.5, 2.4), deep(ribbon))


def _balloon_pattern(pen: Pen, variant: int, color: str) -> None:
    if variant in (1, 6):
        for x, y in ((18, 22), (36, 16), (28, 36), (43, 32), (14, 42), (36, 50)):
            tone(pen, star(x, y, 4.5, 2.1, 5), color)
    elif variant in (2, 5):
        pen.path("M1.2 28C16 36 40 36 53.8 28C54 32 53.8 36 53 40C40 47 16 47 2 40C1.2 36 1 32 1.2 28Z", color)


def draw_star(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    inner = (24.0, 27.0, 22.0, 25.0)[variant % 4]
    with pen.group(f"rotate({-9 if variant >= 4 else 0} 50 52)"):
        pen.path(star(50, 54, 52, inner, 5, soft=11), ink.base)
        tone(pen, _facets(50, 54, 52, inner), ink.shade, 0.55)
        tone(pen, star(46, 50, 26, inner * 0.5, 5, soft=5), ink.light)
        if variant % 4 in (1, 2):
            _smile(pen, 50, 50)
    if variant % 4 == 3:
        for x, y, r in ((9, 14, 7), (92, 20, 5.5), (88, 88, 6)):
            pen.path(star(x, y, r, r * 0.4, 4), ink.light)


def _facets(cx: float, cy: float, outer: float, inner: float) -> str:
    """The lower right part of a star, which lies in its own shadow."""
    tips, dents = around(cx, cy, outer * 0.955, 5), around(cx, cy, inner, 5, -54)
    return rounded([(cx, cy), dents[0], tips[1], dents[1], tips[2], dents[2]], (0, 0, 6, 2, 6, 0))


def _smile(pen: Pen, x: float, y: float) -> None:
    for side in (-1, 1):
        pen.path(oval(x + side * 10, y, 3.2, 4.2), FACE)
        tone(pen, oval(x + side * 10 + 1, y - 1.5, 1.2), "#ffffff")
        tone(pen, oval(x + side * 16, y + 8, 4, 2.5), "#f08a7a", 0.7)
    pen.line(f"M{x - 7} {y + 8}C{x - 4} {y + 14} {x + 4} {y + 14} {x + 7} {y + 8}", FACE, 2)


def draw_heart(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    with pen.group("translate(4 2) rotate(-8 52 50) scale(0.93)" if variant >= 4 else ""):
        pen.path(HEART, ink.base)
        _heart_pattern(pen, variant % 4, apart((CREAM, "#f4c145", "#f8b4c4"), ink.base, variant))
        shadow = "M88 5C97 10 103 20 103 33C103 56 85 78 52.5 98C40 90.5 29 82.5 21 74C60 82 98 50 88 5Z"
        tone(pen, shadow, "#1e1630", 0.2)
        tone(pen, "M13 36C12 22 20 13 31 12C38 12 38 18 32 19C25 21 21 27 20 37C19 42 13.5 42 13 36Z", "#ffffff", 0.6)
        if variant % 4 == 1:
            _smile(pen, 52.5, 44)


def _heart_pattern(pen: Pen, variant: int, color: str) -> None:
    if variant == 2:
        for x, y in ((30, 40), (52, 32), (75, 38), (42, 60), (64, 58), (53, 80)):
            pen.path(oval(x, y, 4.2), color)
    elif variant == 3:
        pen.path("M3.5 43C30 54 75 54 101.5 43C100 49 98 54 95 59C72 67 33 67 10 59C7 54 5 49 3.5 43Z", color)


def draw_gift(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    ribbon = apart(("#f4c145", CREAM, "#4a9fd0", "#e2483d"), ink.base, variant)
    x, w, top = (14.0, 72.0, 30.0) if variant % 4 == 3 else (6.0, 88.0, 42.0)
    pen.path(block(x, top + 8, w, 92 - top, 4), ink.base)
    _gift_paper(pen, look, x, w, top)
    tone(pen, block(x + w * 0.78, top + 8, w * 0.22, 92 - top, 3), "#1e1630", 0.18)
    pen.path(block(43, top, 14, 100 - top), ribbon)
    tone(pen, block(51, top, 6, 100 - top), deep(ribbon, 0.16))
    pen.path(block(x - 5, top - 4, w + 10, 17, 4), mix(ink.base, "#fffaf0", 0.12))
    tone(pen, block(x - 4, top + 8, w + 8, 5, 2), deep(ink.base, 0.14))
    pen.path(block(42, top - 4, 16, 17), ribbon)
    _bow(pen, top - 4, ribbon)
    if variant >= 4:
        pen.line(f"M58 {top + 14}L70 {top + 24}", deep(ribbon, 0.3), 1)
        with pen.group(f"rotate(38 70 {top + 24:g})"):
            pen.path(block(68, top + 19, 20, 11, 3), pale(CREAM, 0.4))
            tone(pen, bar((75, top + 24.5), (84, top + 24.5), 1.6), ribbon)


def _gift_paper(pen: Pen, look: Look, x: float, w: float, top: float) -> None:
    light = mix(look.ink.base, "#fffaf0", 0.6)
    if light == look.ink.base or min(bytes.fromhex(look.ink.base[1:])) > 200:
        light = deep(look.ink.base, 0.14)
    for i in range(8):
        px, py = x + 9 + (i % 4) * (w - 18) / 3, top + 26 + (i // 4) * 17
        if look.variant % 4 == 1:
            tone(pen, oval(px, py, 3.2), light)
        elif look.variant % 4 == 2:
            tone(pen, star(px, py, 5, 2.4, 5), light)
        elif look.variant % 4 == 3 and i < 4:
            tone(pen, block(px - 2, top + 8, 4, 92 - top), light, 0.6)


def _bow(pen: Pen, y: float, ribbon: str) -> None:
    """Two loops over (50, y), as high as there is room above."""
    for side in (-1, 1):
        loop = placed("M0 0C6 -.6 24 -.95 35 -.8C42 -.66 34 -.08 0 0Z", 50, y, side, y)
        pen.path(loop, ribbon)
        tone(pen, placed("M9 -.14C13 -.4 22 -.7 29 -.62C33 -.5 24 -.16 9 -.14Z", 50, y, side, y), deep(ribbon, 0.3))
    pen.path(oval(50, y - 1, 8, 7), ribbon)
    tone(pen, oval(48, y - 3, 3.4, 2.4), pale(ribbon, 0.5))


DRAWINGS: dict[str, Drawing] = {"balloon": draw_balloon, "star": draw_star, "heart": draw_heart, "gift": draw_gift}
