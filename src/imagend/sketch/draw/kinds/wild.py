"""Bear, lion, elephant and dinosaur."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.beast import Beast, Box
from imagend.sketch.draw.kinds.coat import coat_of, form, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, fur, oval, smooth, tube
from imagend.sketch.draw.kinds.faces import Face, cheeks, eye, eyes, face_of, nose, snout_mouth, whiskers
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.quadruped import quadruped
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.vocabulary import KIND

# --- bear ----------------------------------------------------------------------------------------


def _bear_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        pen.ellipse(side * 14, -13, 7.4, 7.4, coat.body)
        pen.ellipse(side * 14, -12.4, 4.4, 4.6, coat.deep)
    volume(pen, smooth([
        (-21, 3), (-17, -10), (-7, -17.5), (7, -17.5), (17, -10), (21, 3), (15, 13.5), (5, 18), (-5, 18), (-15, 13.5),
    ]), coat, 3.5)  # fmt: skip
    if face.variant in (3, 6):
        tint(pen, 1, -9, 7, 4.6, coat.light, opacity=0.6)
    pen.ellipse(2.4, 8, 10, 8, mix(coat.pale, coat.light, 0.25))
    eyes(pen, face, 2.2, -3.4, 16.5, 2.6)
    snout_mouth(pen, face, 2.4, 8.4, 4.4, "#4a3430" if not coat.dark else None)
    nose(pen, 2.4, 4.8, 4.2)
    cheeks(pen, 2.2, 5, 30, 3.2)


def _bear_tail(pen: Pen, face: Face) -> None:
    pen.ellipse(-1, 0, 6, 5.4, face.coat.shade)


def _bear_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    if face.variant in (1, 4) or face.look.pose == "sit":
        pen.ellipse(right - 7, (top + bottom) / 2, (right - left) * 0.2, (bottom - top) * 0.26, face.coat.light)


_BEAR = Beast(
    head=_bear_head, seat=Seat(top=(0, -15.5), span=27, eyes=(2.2, -3.4), apart=16.5, neck=(0, 17), collar=28),
    tail=_bear_tail, marks=_bear_marks, scale=1.14, length=62, girth=44, leg=17, limb=14.5, ahead=2, lift=5, rest=18,
)  # fmt: skip


# --- lion ----------------------------------------------------------------------------------------


def _mane_color(face: Face) -> str:
    if face.coat.dark:
        return mix(face.coat.body, "#0e0a16", 0.6)
    return mix(face.look.ink.base, ("#7a3a12", "#8f4a1c", "#5d2c14", "#a8581a")[face.variant % 4], 0.68)


def _lion_head(pen: Pen, face: Face) -> None:
    coat, mane = face.coat, coat_of(_mane_color(face))
    pen.path(fur(oval(0, 1, 29, 29), 20, 0.42, lean=0.1), mane.shade)
    pen.path(fur(oval(0.4, 0, 25, 25), 18, 0.4, lean=0.1), mane.body)
    for side in (-1, 1):
        pen.ellipse(side * 14.5, -14, 6.2, 6.2, coat.body)
        pen.ellipse(side * 14.5, -13.4, 3.6, 3.8, coat.deep)
    volume(pen, smooth([
        (-17, 1), (-13, -11), (0, -16), (13, -11), (17, 1), (13, 12), (5, 17.5), (-5, 17.5), (-13, 12),
    ]), coat, 3)  # fmt: skip
    pen.path(fur([(-8, -15), (0, -19), (8, -15), (0, -8)], 9, 0.35, lean=0.1), mane.body)
    pen.path(smooth([(-8, 10), (-3, 5), (2, 6), (7, 5), (12, 10), (8, 15.6), (2, 17.4), (-4, 15.6)]), coat.pale)
    eyes(pen, face, 2, -2, 14.5, 2.6)
    snout_mouth(pen, face, 2, 9.4, 4.4, "#5a3428" if not coat.dark else None)
    nose(pen, 2, 6.4, 3.6, "#6b3a30" if not coat.dark else "#1c1620")
    cheeks(pen, 2, 6, 25, 2.8)
    whiskers(pen, 2, 11, 17, 7, coat.line)


def _lion_tail(pen: Pen, face: Face) -> None:
    pen.path(tube([(4, 3), (-9, 4), (-18, -6), (-20, -20)], [6, 5, 4.4, 4]), face.coat.body)
    pen.path(fur([(-20, -16), (-14, -25), (-20, -35), (-26, -25)], 11, 0.24), _mane_color(face))


def _lion_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    tint(pen, (left + right) / 2, bottom, (right - left) * 0.3, (bottom - top) * 0.24, face.coat.pale, opacity=0.7)


_LION = Beast(
    head=_lion_head, seat=Seat(top=(0, -24), span=31, eyes=(2, -2), apart=14.5, neck=(0, 31), collar=34),
    tail=_lion_tail, marks=_lion_marks, scale=1.02, length=56, girth=32, leg=20, limb=11.5, ahead=2, lift=9, rest=28,
)  # fmt: skip


# --- elephant ------------------------------------------------------------------------------------


def _elephant_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        ear: list[Knot] = [
            (side * 8, -13), (side * 22, -19), (side * 34, -10), (side * 35, 6), (side * 27, 19), (side * 17, 15),
            (side * 11, 5),
        ]  # fmt: skip
        volume(pen, smooth(ear), coat.behind() if side > 0 else coat, 2)
        inner: list[Knot] = [
            (side * 15, -9), (side * 23, -13), (side * 30, -7), (side * 31, 5), (side * 25, 13), (side * 18, 8),
        ]  # fmt: skip
        pen.path(smooth(inner), mix(coat.shade, "#eda0a0", 0.5))
    volume(pen, smooth([
        (-17, 1), (-14, -12), (-5, -19), (7, -19), (16, -12), (19, 1), (15, 12), (6, 17), (-4, 17), (-13, 12),
    ]), coat, 2)  # fmt: skip
    for x, turn in ((-6.5, 12), (12.5, -12)):
        pen.path(smooth([
            (x - 2.4, 12), (x + 2.4, 12), (x + turn * -0.12 + 1, 22, 0.5), (x + turn * -0.2, 23, 0.5),
        ]), "#fff8e6")  # fmt: skip
    spine = [(3.0, 4.0), (3.4, 18.0), (5.0, 30.0), (13.0, 37.0), (22.0, 33.0)]
    if face.mood == "asleep":
        spine = [(3.0, 4.0), (7.0, 13.0), (17.0, 19.0), (29.0, 19.0), (38.0, 15.0)]
    volume(pen, tube(spine, [14, 12, 9.6, 7.6, 6.2]), coat, 1.6)
    if not is_lines(pen):
        for y, half in ((14, 4.2), (19, 3.8), (24, 3.4), (29, 2.8)) if face.mood != "asleep" else ():
            pen.line(f"M{3.6 - half:.4g} {y} Q3.8 {y + 1.8:.4g} {4 + half:.4g} {y - 0.3:.4g}", coat.shade, 1)
    eyes(pen, face, 3, -3, 18, 2.7)
    cheeks(pen, 3, 4, 24, 3)


def _elephant_tail(pen: Pen, face: Face) -> None:
    pen.path(tube([(4, 4), (-5, 8), (-8, 20), (-7, 28)], [4.4, 3.6, 3, 2.6]), face.coat.shade)
    pen.path(fur([(-7, 25), (-4, 31), (-7, 37), (-10, 31)], 8, 0.2), face.coat.deep)


def _elephant_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    tint(pen, (left + right) / 2, bottom, (right - left) * 0.4, (bottom - top) * 0.2, face.coat.shade, opacity=0.4)


_ELEPHANT = Beast(
    head=_elephant_head, seat=Seat(top=(1, -17), span=26, eyes=(3, -3), apart=18, neck=(1, 20), collar=36),
    tail=_elephant_tail, marks=_elephant_marks, scale=1.06, length=64, girth=48, leg=17, limb=16.5, ahead=1, lift=-10,
    rest=24, hanging=True,
)  # fmt: skip


# --- dinosaur ------------------------------------------------------------------------------------

_DINO_SEAT = Seat(top=(-1, -11), span=20, eyes=(8, -3), apart=10, neck=(-6, 13), collar=17, lean=4)


def _dino_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    wear_under(pen, face, _DINO_SEAT)
    volume(pen, smooth([
        (-12, 0), (-8, -10), (2, -13), (11, -8), (20, -2), (22, 6), (14, 11), (2, 12), (-9, 9),
    ]), coat, 2.5)  # fmt: skip
    eye(pen, face, 3, -3, 2.8)
    pen.ellipse(18, -0.5, 0.9, 1.2, coat.deep)
    pen.line("M21 6 Q14 9.6 6 6.4", coat.line if coat.dark else mix(coat.line, coat.deep, 0.3), 1.3)
    if face.mood == "happy":
        pen.path("M19 7 Q14 9.6 8 7.2 Q12 13 19 7 Z", "#a8434c")
    tint(pen, 5, 4, 3.2, 2.2, "#f08a86", opacity=0.45)
    wear_over(pen, face, _DINO_SEAT)


def _draw_dinosaur(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, lying = face.coat, look.pose == "sleep"
    neck = [(88.0, 42.0), (95.0, 22.0), (100.0, 8.0)] if not lying else [(90.0, 66.0), (104.0, 76.0), (110.0, 84.0)]
    if look.pose == "run":
        neck = [(90.0, 40.0), (102.0, 24.0), (112.0, 12.0)]
    drop = 22.0 if lying else 0.0
    tail = [
        (0.0, 84.0 + drop * 0.5), (14.0, 80.0 + drop * 0.6), (30.0, 68.0 + drop),
    ] if look.pose != "run" else [(-4.0, 46.0), (12.0, 58.0), (30.0, 64.0)]  # fmt: skip
    spine = [*tail, (54.0, 57.0 + drop), (76.0, 56.0 + drop), *neck]
    widths = [3.0, 9.0, 23.0, 38.0, 34.0, 19.0, 14.0, 12.0]
    _dino_plates(pen, face, spine, widths)
    _dino_legs(pen, look, behind=True)
    d = tube(spine, widths)
    with form(pen, d, coat, 4) as inner:
        under = [(x + 2, y + w * 0.44) for (x, y), w in zip(spine, widths, strict=True)]
        inner.path(tube(under, [w * 0.42 for w in widths]), coat.pale)
        for spot, down, r in ((40, 58, 4), (50, 48, 5.5), (62, 54, 4), (72, 46, 5), (32, 66, 3), (60, 43, 2.4)):
            inner.ellipse(spot + face.variant % 3, down + drop, r, r * 0.85, coat.deep, opacity=0.7)
    _dino_legs(pen, look, behind=False)
    x, y = neck[-1]
    with pen.group(f"translate({x + 3} {y - 1}) rotate({8 if lying else 0}) scale(1.08)"):
        _dino_head(pen, face)


def _dino_plates(pen: Pen, face: Face, spine: list[tuple[float, float]], widths: list[float]) -> None:
    color = mix(face.look.ink.base, ("#f08a3c", "#e4574c", "#f2c238", "#8a55b5")[face.variant % 4], 0.8)
    for (x1, y1), (x2, y2), w1, w2 in zip(spine[1:], spine[2:], widths[1:], widths[2:], strict=False):
        for share in (0.2, 0.7):
            x, y, w = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, w1 + (w2 - w1) * share
            dx, dy = x2 - x1, y2 - y1
            size = (dx * dx + dy * dy) ** 0.5
            ux, uy = dx / size, dy / size
            nx, ny = uy, -ux
            bx, by = x + nx * w * 0.44, y + ny * w * 0.44
            tall = 6 + w * 0.16
            pen.path(smooth([
                (bx - ux * 5, by - uy * 5, 0.3), (bx + nx * tall, by + ny * tall, 0.35),
                (bx + ux * 5, by + uy * 5, 0.3),
            ]), color)  # fmt: skip


def _dino_legs(pen: Pen, look: Look, *, behind: bool) -> None:
    face = face_of(look)
    coat = face.coat.behind() if behind else face.coat
    lying, swing = look.pose == "sleep", 8 if look.pose == "run" else 0
    for index, near in enumerate((44.0, 74.0)):
        x = near + 9 if behind else near
        side = (1 if index else -1) * (-1 if behind else 1)
        foot = x + swing * side
        top = 86.0 if lying else 66.0
        d = smooth([
            (x - 8, top), (x + 8, top), (foot + 7.6, 92), (foot + 9.6, 99), (foot + 7, 100, 0.4),
            (foot - 7, 100, 0.4), (foot - 7.6, 92),
        ])  # fmt: skip
        pen.path(d, coat.body)
        if not is_lines(pen):
            for step in (-0.5, 3.2, 6.9):
                pen.ellipse(foot + step, 98.6, 1.5, 1.4, coat.pale)


DRAWINGS: dict[str, Drawing] = {
    name: fitted(drawing, KIND[name].aspect)
    for name, drawing in (
        ("bear", quadruped(_BEAR)), ("lion", quadruped(_LION)), ("elephant", quadruped(_ELEPHANT)),
        ("dinosaur", _draw_dinosaur),
    )
}  # fmt: skip
