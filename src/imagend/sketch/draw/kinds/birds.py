"""Penguin, duck, owl, bird and butterfly."""

from __future__ import annotations

from dataclasses import replace

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.coat import brightness, form, glint, inside, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, fur, oval, smooth, tube
from imagend.sketch.draw.kinds.faces import EYE, Face, cheeks, eye, eyes, face_of
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.vocabulary import KIND

BEAK = "#f39a35"


def _plump(look: Look) -> float:
    return (1.0, 1.07, 0.94, 1.03, 0.97, 1.1, 0.92, 1.05)[look.variant % 8]


def _feet(pen: Pen, x: float, apart: float, y: float, size: float) -> None:
    for side in (-0.5, 0.5):
        cx = x + side * apart
        d = smooth([
            (cx - size * 0.4, y - size * 0.7), (cx + size * 0.4, y - size * 0.7), (cx + size, y, 0.3),
            (cx + size * 0.35, y - size * 0.12, 0.3), (cx, y, 0.3), (cx - size * 0.35, y - size * 0.12, 0.3),
            (cx - size, y, 0.3),
        ])  # fmt: skip
        pen.path(d, BEAK)


# --- penguin -------------------------------------------------------------------------------------

_PENGUIN_SEAT = Seat(top=(0, -18), span=30, eyes=(1.5, -2), apart=14, neck=(0, 19), collar=36)


def _draw_penguin(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, fat = face.coat, _plump(look)
    asleep = look.pose == "sleep"
    belly = "#fbf8f0" if brightness(look.ink.base) < 222 else "#e9eef6"
    _feet(pen, 1, 24, 100, 10)
    for side in (-1, 1):
        wing: list[Knot] = [
            (side * 24 * fat, 38), (side * 33 * fat, 52), (side * (34 if asleep else 38) * fat, 72, 0.4),
            (side * 27 * fat, 68),
        ]  # fmt: skip
        pen.path(smooth(wing), coat.shade)
    body: list[Knot] = [
        (0, 10), (17, 16), (23 * fat, 36), (29 * fat, 62), (25 * fat, 86), (0, 97), (-25 * fat, 86), (-29 * fat, 62),
        (-23 * fat, 36), (-17, 16),
    ]  # fmt: skip
    volume(pen, smooth(body), coat, 4)
    pen.path(smooth([
        (2, 44), (16 * fat, 46), (22 * fat, 66), (18 * fat, 86), (2, 95), (-15 * fat, 86), (-19 * fat, 66),
        (-13 * fat, 46),
    ]), belly)  # fmt: skip
    if not is_lines(pen):
        pen.path(smooth([
            (20 * fat, 72), (18 * fat, 86), (2, 95), (-13 * fat, 87), (2, 90),
        ]), mix(belly, "#8f9cc4", 0.25))  # fmt: skip
    with pen.group(f"translate({1 if not asleep else 3} 28) rotate({10 if asleep else 0})"):
        wear_under(pen, face, _PENGUIN_SEAT)
        _penguin_face(pen, face, belly)
        wear_over(pen, face, _PENGUIN_SEAT)


def _penguin_face(pen: Pen, face: Face, belly: str) -> None:
    mask: list[Knot] = [(1.5, -5), (8, -11), (15, -6), (15, 6), (8, 14), (-5, 14), (-12, 6), (-12, -6), (-5, -11)]
    pen.path(smooth(mask), belly)
    if face.variant in (1, 4, 6):
        for side in (-1, 1):
            tint(pen, 1.5 + side * 12.5, 9, 3, 5, "#f7c14d", opacity=0.85, turn=side * 20)
    lit = replace(face, coat=replace(face.coat, dark=False, line="#3a2e2a"))
    eyes(pen, lit, 1.5, -2, 14, 2.8)
    pen.path(smooth([(-3, 3), (2, 0.6), (7, 3), (9, 5.4, 0.4), (2.6, 9.4), (-3, 6)]), BEAK)
    pen.line("M-2 5.4 Q3 7 8.4 5.4", mix(BEAK, "#7a2d10", 0.45), 0.9)
    cheeks(pen, 1.5, 5, 20, 3, 0.45)


# --- duck ----------------------------------------------------------------------------------------

_DUCK_SEAT = Seat(top=(-1, -15), span=25, eyes=(12, -3), apart=12, neck=(-3, 15), collar=22)


def _draw_duck(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, fat = face.coat, _plump(look)
    asleep, flying = look.pose == "sleep", look.pose == "fly"
    if not asleep:
        _feet(pen, 46 if not flying else 30, 16 if not flying else 12, 100 if not flying else 96, 8)
    if flying:
        pen.path(fur([(40, 56), (34, 36), (18, 16), (44, 18), (62, 34), (66, 54)], 14, 0.25), coat.shade)
    body: list[Knot] = [
        (4, 50), (12, 58), (30, 55), (52, 52), (72, 50), (80, 64), (72, 84 * min(fat, 1.03)), (48, 93), (24, 88),
        (10, 74),
    ]  # fmt: skip
    d = smooth(body)
    volume(pen, d, coat, 5)
    _duck_wing(pen, face, flying)
    head = (80.0, 30.0) if not asleep else (74.0, 48.0)
    if not asleep:
        pen.path(tube([(66, 64), (74, 46), head], [28, 23, 20]), coat.body)
    with pen.group(f"translate({head[0]} {head[1]}) rotate({14 if asleep else 0}) scale(1.12)"):
        wear_under(pen, face, _DUCK_SEAT)
        _duck_head(pen, face)
        wear_over(pen, face, _DUCK_SEAT)


def _duck_wing(pen: Pen, face: Face, flying: bool) -> None:
    coat = face.coat
    if flying:
        d = fur([(34, 62), (20, 44), (-2, 26), (26, 22), (50, 36), (62, 60)], 15, 0.28)
    else:
        d = fur([(24, 62), (40, 57), (56, 62), (58, 74), (44, 80), (20, 74), (14, 64)], 13, 0.2)
    pen.path(d, coat.light if not flying else mix(coat.body, coat.light, 0.6))
    if not is_lines(pen) and not flying:
        pen.line("M24 70 Q36 77 50 73", coat.shade, 1.4)
        pen.line("M30 65 Q40 70 52 66", coat.shade, 1.2)


def _duck_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    if face.variant in (0, 3, 5):
        pen.path(smooth([(-3, -13), (-7, -22, 0.4), (-1, -18, 0.5), (1, -23, 0.4), (3, -14)]), coat.body)
    volume(pen, smooth(oval(0, 0, 16, 16)), coat, 3)
    if face.variant in (2, 6):
        pen.path(smooth([(-15, 4), (0, 9), (14, 7), (10, 14), (0, 17), (-11, 13)]), coat.pale)
    pen.path(smooth([(11, 2), (17, -1), (25, 3), (29, 6.4, 0.6), (22, 8.6), (13, 8)]), BEAK)
    pen.path(smooth([(13, 7), (20, 7.6), (25, 8, 0.6), (19, 11.6), (13, 10.4)]), mix(BEAK, "#a03a10", 0.3))
    eye(pen, face, 6, -3, 2.9)
    tint(pen, 5, 5, 3.8, 2.8, "#f08a86", opacity=0.5)


# --- owl -----------------------------------------------------------------------------------------

_OWL_SEAT = Seat(top=(0, -21), span=34, eyes=(0, 0), apart=23, neck=(0, 19), collar=42)


def _draw_owl(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, fat = face.coat, _plump(look)
    flying = look.pose == "fly"
    _feet(pen, 0, 20, 100, 7)
    for side in (-1, 1):
        folded: list[Knot] = [
            (side * 22, 44), (side * 34 * fat, 56), (side * 33 * fat, 76), (side * 24, 92, 0.4), (side * 18, 70),
        ]  # fmt: skip
        spread: list[Knot] = [
            (side * 17, 50), (side * 26, 24), (side * 39, 2), (side * 45, 24), (side * 43, 50), (side * 27, 74),
        ]  # fmt: skip
        knots = spread if flying else folded
        pen.path(fur(knots if side > 0 else knots[::-1], 14, 0.2), coat.shade)
    body: list[Knot] = [
        (0, 8), (22, 16), (28 * fat, 42), (29 * fat, 68), (18, 92), (0, 97), (-18, 92), (-29 * fat, 68),
        (-28 * fat, 42), (-22, 16),
    ]  # fmt: skip
    d = smooth(body)
    with form(pen, d, coat, 4) as inner:
        inner.ellipse(0, 76, 20, 26, coat.pale)
        for row, y in enumerate((60, 69, 78, 87)):
            for column in range(-2, 3):
                x = column * 9 + (4.5 if row % 2 else 0)
                feather = f"M{x - 3.4:.4g} {y} Q{x:.4g} {y + 5} {x + 3.4:.4g} {y}"
                inner.line(feather, mix(coat.pale, coat.deep, 0.55), 1.5)
    with pen.group("translate(0 33)"):
        wear_under(pen, face, _OWL_SEAT)
        _owl_face(pen, face)
        wear_over(pen, face, _OWL_SEAT)


def _owl_face(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        tall = -34 if face.variant % 2 == 0 else -28
        pen.path(smooth([(side * 8, -21, 0.4), (side * 21, tall, 0.2), (side * 25, -9, 0.5)]), coat.body)
        pen.ellipse(side * 11.5, 0, 13, 13.4, coat.pale)
        pen.path(smooth([
            (0, -9, 0.4), (side * 9, -15), (side * 24, -19, 0.3), (side * 17, -10), (side * 6, -6),
        ]), coat.deep)  # fmt: skip
    for side in (-1, 1):
        eye(pen, face, side * 11, 1, 5.4, ("#f5b83c", "#f0d050", "#e88a34")[face.variant % 3])
    pen.path(smooth([(0, 4.6, 0.5), (4, 8), (0, 15, 0.3), (-4, 8)]), BEAK)
    cheeks(pen, 0, 12, 34, 3.4)


# --- bird ----------------------------------------------------------------------------------------

_BIRD_SEAT = Seat(top=(-1, -17), span=27, eyes=(12.5, -3), apart=13, neck=(-3, 17), collar=30)


def _draw_bird(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, fat, flying = face.coat, _plump(look), look.pose == "fly"
    if not flying:
        for x in (52, 60):
            pen.line(f"M{x} 86 L{x + 1} 98 M{x + 1} 98 L{x + 6} 99 M{x + 1} 98 L{x - 3} 99", "#c9772e", 2)
    tail: list[Knot] = [(30, 66), (8, 62), (-6, 66, 0.3), (2, 72, 0.3), (-2, 79, 0.3), (28, 80)]
    pen.path(smooth(tail), coat.deep)
    if flying:
        pen.path(fur([(48, 56), (46, 34), (56, 10), (66, 30), (70, 54)], 11, 0.25), coat.shade)
    body: list[Knot] = [
        (24, 70), (36, 56), (54, 44), (72, 36), (88, 44), (90, 62), (78, 74 + 6 * fat), (58, 80 + 8 * fat), (36, 84),
    ]  # fmt: skip
    d = smooth(body)
    volume(pen, d, coat, 4)
    breast = ("#f7a35c", coat.pale, coat.pale, "#f4d27a")[face.variant % 4]
    with inside(pen, d) as inner:
        inner.ellipse(82, 74, 24, 22, breast if not coat.dark else coat.light)
    with pen.group(f"translate({76} {40}) scale(1.1)"):
        wear_under(pen, face, _BIRD_SEAT)
        _bird_head(pen, face)
        wear_over(pen, face, _BIRD_SEAT)
    wing: list[Knot] = [(64, 56), (62, 70), (46, 80), (22, 78, 0.3), (38, 66), (48, 56)]
    raised: list[Knot] = [(62, 66), (44, 66), (26, 44), (14, 12, 0.3), (36, 22), (56, 44)]
    pen.path(fur(raised if flying else wing, 13, 0.2), mix(coat.body, coat.deep, 0.75))
    if not is_lines(pen):
        pen.line("M34 34 Q42 48 54 56" if flying else "M34 74 Q48 74 56 64", coat.light, 1.6, opacity=0.7)


def _bird_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    if face.variant in (1, 4, 6):
        pen.path(smooth([(-8, -13), (-12, -24, 0.3), (-4, -20, 0.5), (-1, -26, 0.3), (4, -16)]), coat.deep)
    pen.path(smooth([(14, -2, 0.5), (27, 2, 0.2), (14, 7, 0.5)]), "#f2a93b")
    pen.path(smooth([(14, 3, 0.3), (25, 2.6, 0.2), (14, 7, 0.5)]), "#d5832b")
    volume(pen, smooth(oval(0, 0, 17.5, 17)), coat, 2)
    pen.path(smooth([(2, 3), (10, 1), (16, 6), (11, 13), (3, 12)]), coat.pale)
    eye(pen, face, 6, -3, 3.2)
    tint(pen, 4, 6, 3.6, 2.6, "#f08a86", opacity=0.6)


# --- butterfly -----------------------------------------------------------------------------------


def _draw_butterfly(pen: Pen, look: Look) -> None:
    face = face_of(look)
    seat = Seat(top=(0, -7), span=14, eyes=(0, -1), apart=8, neck=(0, 8), collar=11)
    with pen.group("rotate(12 57 50)"):
        for side in (-1, 1):
            with pen.group(f"translate(57 50) scale({side} 1)"):
                _butterfly_wings(pen, face)
        pen.path(tube([(57, 40), (57, 56), (57, 78)], [8, 8.4, 4]), "#4a3a40")
        for side in (-1, 1):
            pen.line(f"M{57 + side * 2.4} 28 Q{57 + side * 5} 15 {57 + side * 13} 9", "#4a3a40", 1.5)
            pen.ellipse(57 + side * 13, 9, 2.2, 2.2, "#4a3a40")
        with pen.group("translate(57 34)"):
            wear_under(pen, face, seat)
            pen.ellipse(0, 0, 8.6, 8.4, "#6a545a")
            for x in (-3.6, 3.6):
                pen.ellipse(x, -1, 2.9, 3.1, "#f6efe4")
                pen.ellipse(x + 0.3, -0.8, 1.7, 2, EYE)
            cheeks(pen, 0, 3.4, 11, 1.6, 0.7)
            pen.line("M-2 4 Q0 5.6 2 4", "#f6d9cc", 0.9)
            wear_over(pen, face, seat)


def _butterfly_wings(pen: Pen, face: Face) -> None:
    coat, v = face.coat, face.variant
    edge = mix(coat.deep, "#2a1c30", 0.55) if not coat.dark else "#1c1826"
    spot = (coat.pale, "#ffffff", mix(coat.light, "#ffe9a8", 0.6), "#fff3c8")[v % 4]
    tall = (0, -3, 3, -1, 4, -4, 2, 1)[v % 8]
    upper: list[Knot] = [(2, -2), (12, -26), (34, -42 + tall), (52, -36), (50, -14), (34, 1), (16, 5)]
    lower: list[Knot] = [(2, 4), (18, 5), (36, 8), (42, 24 + tall), (32, 38), (18, 32), (7, 18)]
    for knots, scale, (x, y) in ((lower, 0.76, (22, 18)), (upper, 0.78, (27, -17))):
        pen.path(smooth(knots), edge)
        with pen.group(f"translate({x * (1 - scale):.4g} {y * (1 - scale):.4g}) scale({scale})"):
            pen.path(smooth(knots), coat.body)
        with pen.group(f"translate({x * 0.62:.4g} {y * 0.62:.4g}) scale({scale * 0.46:.4g})"):
            pen.path(smooth(knots), coat.light if v % 2 == 0 else edge)
        if v % 2:
            pen.ellipse(x * 1.1, y * 1.1, 3.4, 3.8, coat.light)
            glint(pen, x * 1.1 + 1, y * 1.1 - 1.2, 1.2)
    for dot, up, r in (
        (46, -31 + tall * 0.5, 3.1),
        (47.6, -21, 2.4),
        (38, -38 + tall * 0.8, 2.2),
        (36, 29, 2.6),
        (39, 20, 1.9),
    ):
        pen.ellipse(dot, up, r, r, spot)


DRAWINGS: dict[str, Drawing] = {
    name: fitted(drawing, KIND[name].aspect)
    for name, drawing in (
        ("penguin", _draw_penguin), ("duck", _draw_duck), ("owl", _draw_owl), ("bird", _draw_bird),
        ("butterfly", _draw_butterfly),
    )
}  # fmt: skip
