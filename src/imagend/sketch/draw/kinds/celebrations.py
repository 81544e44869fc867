"""What a feast is decorated with: balloon, star, heart, gift."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.draw.shapes import CREAM, apart, around, block, deep, oval, pale, rounded, star, tone

BRIGHT = ("#f4c145", "#4a9fd0", "#e8607a", "#8fb85a", "#b784d8", CREAM)


def draw_balloon(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    second = apart((CREAM, "#f4c145", "#4a9fd0"), ink.base, variant)
    sway = (6, -6, 3, -3)[variant % 4]
    pen.line(f"M27.5 70C{27.5 + sway} 78 {27.5 - sway} 88 {27.5 + sway * 0.5} 99", "#8a8590", 1)
    if variant % 4 == 3:
        body = (
            "M27.5 66C4 46 1 30 2 20C3 8 11 1 18 2C23 3 26 7 27.5 11C29 7 32 3 37 2"
            "C44 1 52 8 53 20C54 30 51 46 27.5 66Z"
        )
    else:
        body = "M27.5 1C43 1 54 14 54 31C54 50 40 64 27.5 66C15 64 1 50 1 31C1 14 12 1 27.5 1Z"
    pen.path("M27.5 63L33 71C30 72.5 25 72.5 22 71Z", ink.shade)
    pen.path(body, ink.base)
    if variant in (1, 6):
        for x, y in ((18, 22), (36, 16), (28, 36), (43, 32), (14, 42), (36, 50)):
            tone(pen, star(x, y, 4.5, 2.1, 5), second)
    elif variant in (2, 5):
        tone(
            pen,
            "M1.2 28C16 36 40 36 53.8 28C54 32 53.8 36 53 40C40 47 16 47 2 40C1.2 36 1 32 1.2 28Z",
            second,
        )
    tone(
        pen,
        ("M44 7.5C50 13 54 21 54 31C54 50 40 64 27.5 66C22 65 16 62 11.5 57C36 58 52 34 44 7.5Z")
        if variant % 4 != 3
        else "M48 7C51.5 10 53 15 53 20C54 30 51 46 27.5 66C24 63 20 59 17 55C38 50 52 28 48 7Z",
        deep(ink.base, 0.3),
        0.5,
    )
    tone(pen, "M9 28C9 18 14 11 21 9C25 8 26 12 22 14C17 16 14 21 13.5 28C13 33 9 33 9 28Z", "#ffffff", 0.65)


def draw_star(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    inner = (24.0, 27.0, 22.0, 25.0)[variant % 4]
    cy = 54.0
    pen.path(star(50, cy, 52, inner, 5, soft=11), ink.base)
    tone(pen, _half_star(50, cy, 52, inner), ink.shade, 0.55)
    tone(pen, star(46, cy - 4, 26, inner * 0.5, 5, soft=5), ink.light)
    if variant % 4 in (1, 2):
        for x in (40, 60):
            pen.path(oval(x, 50, 3.2, 4.2), "#3a2e2a")
            tone(pen, oval(x + 1, 48.5, 1.2), "#ffffff")
            tone(pen, oval(x + (-6 if x < 50 else 6), 58, 4, 2.5), "#f08a7a", 0.7)
        pen.line("M43 58C46 64 54 64 57 58", "#3a2e2a", 2)
    if variant % 4 == 3:
        for x, y, r in ((9, 14, 7), (92, 20, 5.5), (88, 88, 6)):
            pen.path(star(x, y, r, r * 0.4, 4), ink.light)


def _half_star(cx: float, cy: float, outer: float, inner: float) -> str:
    """The lower right facets of the star."""
    tips, dents = around(cx, cy, outer * 0.955, 5), around(cx, cy, inner, 5, -54)
    points = [(cx, cy), dents[0], tips[1], dents[1], tips[2], dents[2]]
    return rounded(points, (0, 0, 6, 2, 6, 0))


def draw_heart(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    d = (
        "M52.5 98C20 78 2 56 2 33C2 14 15 2 30 2C40 2 48 7 52.5 16C57 7 65 2 75 2"
        "C90 2 103 14 103 33C103 56 85 78 52.5 98Z"
    )
    pen.path(d, ink.base)
    tone(pen, "M88 5C97 10 103 20 103 33C103 56 85 78 52.5 98C40 90.5 29 82.5 21 74C60 82 98 50 88 5Z", ink.shade)
    tone(pen, "M13 36C12 22 20 13 31 12C38 12 38 18 32 19C25 21 21 27 20 37C19 42 13.5 42 13 36Z", "#ffffff", 0.6)
    second = apart((CREAM, "#f4c145", "#f8b4c4"), ink.base, variant)
    if variant % 4 == 1:
        for x in (40, 64):
            pen.path(oval(x, 42, 3.8, 5), "#3a2229")
        pen.line("M44 53C48 60 57 60 61 53", "#3a2229", 2.4)
    elif variant % 4 == 2:
        for x, y in ((30, 40), (52, 32), (75, 38), (42, 60), (64, 58), (53, 80)):
            tone(pen, oval(x, y, 4.2), second)
    elif variant % 4 == 3:
        tone(pen, "M3.5 43C30 54 75 54 101.5 43C100 49 98 54 95 59C72 67 33 67 10 59C7 54 5 49 3.5 43Z", second)


def draw_gift(pen: Pen, look: Look) -> None:
    ink, variant = look.ink, look.variant
    ribbon = apart(("#f4c145", CREAM, "#4a9fd0", "#e2483d"), ink.base, variant)
    tall = variant % 4 == 3
    x, w, top = (14, 72, 30) if tall else (6, 88, 42)
    pen.path(block(x, top + 8, w, 92 - top, 4), ink.base)
    tone(pen, block(x + w * 0.76, top + 8, w * 0.24, 92 - top, 3), ink.shade)
    if variant % 4 in (1, 2):
        for i in range(12):
            px, py = x + 9 + (i % 4) * (w - 18) / 3, top + 26 + (i // 4) * 15
            tone(pen, oval(px, py, 3) if variant % 4 == 1 else star(px, py, 4.6, 2.2, 5), mix(ink.base, "#fffaf0", 0.6))
    pen.path(block(43, top, 14, 100 - top), ribbon)
    tone(pen, block(51, top, 6, 100 - top), deep(ribbon, 0.16))
    pen.path(block(x - 5, top - 4, w + 10, 17, 4), mix(ink.base, "#fffaf0", 0.12))
    tone(pen, block(x - 4, top + 8, w + 8, 5, 2), deep(ink.base, 0.14))
    pen.path(block(42, top - 4, 16, 17), ribbon)
    lift = top - 4
    for side in (-1, 1):
        with pen.group(f"translate(50 {lift:g}) scale({side} 1)"):
            pen.path(f"M0 0C6 -22 24 {-lift + 4:g} 35 {-lift + 8:g}C42 {-lift + 14:g} 34 -3 0 0Z", ribbon)
            tone(
                pen,
                f"M7 -5C12 -16 20 {(-lift + 12) * 0.8:.1f} 28 {(-lift + 14) * 0.8:.1f}C32 -12 22 -5 7 -5Z",
                deep(ribbon, 0.3),
            )
    pen.path(oval(50, lift - 1, 8, 7), ribbon)
    tone(pen, oval(48, lift - 3, 3.4, 2.4), pale(ribbon, 0.5))


DRAWINGS: dict[str, Drawing] = {
    "balloon": draw_balloon,
    "star": draw_star,
    "heart": draw_heart,
    "gift": draw_gift,
}
