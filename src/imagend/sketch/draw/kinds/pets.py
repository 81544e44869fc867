"""Dog, cat, rabbit, mouse and fox."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.beast import Beast, Box
from imagend.sketch.draw.kinds.coat import cloth, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, fur, smooth, tube
from imagend.sketch.draw.kinds.faces import Face, cheeks, eyes, nose, smile, snout_mouth, whiskers
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.quadruped import quadruped
from imagend.sketch.draw.kinds.wear import Seat
from imagend.sketch.draw.pen import Pen, mix
from imagend.sketch.vocabulary import KIND

PINK = "#eda0a0"


# --- dog -----------------------------------------------------------------------------------------


def _dog_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    if face.variant in (4, 5, 7) and face.look.detail != "scarf":
        pen.path(tube([(-14, 13), (0, 19.6), (14, 13)], [5, 5, 5]), cloth(face.look))
        pen.ellipse(1.5, 23.6, 3, 3, "#f2c84b")
    skull: list[Knot] = [(-18, -3), (-13, -16), (0, -20), (13, -16), (18, -3), (16.5, 9), (8, 18), (-6, 18), (-15.5, 9)]
    volume(pen, fur(skull, 22, 0.1, lean=0.1) if face.variant % 2 == 0 else smooth(skull), coat, 3.5)
    if face.variant in (1, 6):
        pen.path(smooth([(-1.5, -19), (4.5, -19), (4, -6), (9, 3), (-4, 3), (0, -6)]), coat.pale)
    if face.variant in (3, 5):
        pen.ellipse(-5.5, -2.5, 6.6, 7.2, coat.deep)
    pen.path(smooth([(-9, 8), (-4, 2), (3, 0.5), (10, 2), (14.5, 8), (11, 16), (3, 18.5), (-5, 16)]), coat.pale)
    eyes(pen, face, 2.2, -3, 15.5, 2.9)
    for x in (-6, 10.4):
        tint(pen, x, -9.5, 2.6, 1.2, coat.light, opacity=0.9)
    snout_mouth(pen, face, 3, 9, 5.2)
    nose(pen, 3, 5.2, 4)
    cheeks(pen, 2.4, 7, 27, 3)
    _dog_ears(pen, face)


def _dog_ears(pen: Pen, face: Face) -> None:
    coat = face.coat
    swing = -4 if face.mood == "happy" else 0
    if face.variant in (2, 7):  # half pricked
        for side in (-1, 1):
            pen.path(smooth([
                (side * 7, -17), (side * 13, -29, 0.5), (side * 21, -22, 0.5), (side * 18, -7),
            ]), coat.deep)  # fmt: skip
            pen.path(smooth([(side * 13, -28, 0.4), (side * 22, -22, 0.4), (side * 19, -13, 0.5)]), coat.shade)
        return
    for side in (-1, 1):
        ear: list[Knot] = [
            (side * 9, -19), (side * 17, -17), (side * (24 - swing), -4 + swing), (side * (25 - swing), 9 + swing),
            (side * (19 - swing), 13 + swing), (side * 15, 3), (side * 14, -8),
        ]  # fmt: skip
        pen.path(fur(ear if side > 0 else ear[::-1], 11, 0.2, lean=0.2), coat.deep)
        if not is_lines(pen):
            for dx in (0, 3.4):
                top, low = side * (19 - swing + dx * 0.6), side * (20 - swing + dx)
                strand = f"M{top:.4g} {-6 + dx} Q{top + side * 2.4:.4g} {1 + dx} {low:.4g} {8 + swing - dx}"
                pen.line(strand, mix(coat.deep, coat.body, 0.4), 0.9)


def _dog_tail(pen: Pen, face: Face) -> None:
    if face.variant in (2, 7):
        pen.path(tube([(3, 3), (-8, -6), (-13, -20)], [9, 8, 4]), face.coat.body)
        return
    plume: list[Knot] = [(5, 4), (-8, 3), (-20, -6), (-26, -22), (-22, -30), (-15, -20), (-6, -10), (5, -5)]
    pen.path(fur(plume, 13, 0.3, lean=0.25), face.coat.shade)
    pen.path(fur([(4, 1), (-7, -2), (-17, -10), (-22, -24), (-15, -19), (-5, -9), (4, -4)], 11, 0.18), face.coat.body)


def _dog_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if face.look.pose == "sit":
        pen.path(fur([
            (right - 4, top + high * .2), (right + 2, top + high * .5), (right - wide * .3, top + high * .66),
            (right - wide * .45, top + high * .3),
        ], 13, 0.3), face.coat.pale)  # fmt: skip
    else:
        chest: list[Knot] = [
            (right - 9, top + 2), (right + 4, top + 4), (right + 4, bottom - 4), (right - 12, bottom - 5),
            (right - 14, top + high * 0.5),
        ]  # fmt: skip
        pen.path(fur(chest, 16, 0.25), face.coat.pale)
    if face.variant in (3, 5):
        pen.ellipse(left + wide * 0.36, top + high * 0.2, wide * 0.2, high * 0.34, face.coat.deep, turn=-8)


def _dog_sock(face: Face) -> str | None:
    return face.coat.pale if face.variant in (1, 6) else None


_DOG = Beast(
    head=_dog_head, seat=Seat(top=(0.5, -17.5), span=28, eyes=(2.2, -3), apart=15.5, neck=(0, 19), collar=26),
    tail=_dog_tail, marks=_dog_marks, sock=_dog_sock,
    scale=1.2, length=54, girth=31, leg=19, limb=11.5, ahead=-1, lift=13, rest=18.5,
)  # fmt: skip


# --- cat -----------------------------------------------------------------------------------------


def _cat_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        pen.path(smooth([(side * 3, -14, 0.5), (side * 15.5, -30, 0.25), (side * 20.5, -4, 0.5)]), coat.body)
        pen.path(smooth([(side * 8, -15, 0.4), (side * 14.6, -25, 0.25), (side * 17.5, -9, 0.4)]), PINK)
    skull: list[Knot] = [
        (-21, 3), (-17, -9), (-8, -16), (0, -17), (8, -16), (17, -9), (21, 3), (16, 13), (6, 17), (-6, 17), (-16, 13),
    ]  # fmt: skip
    volume(pen, smooth(skull), coat, 3)
    if _striped(face):
        for x, length in ((-5, 6), (0.5, 8), (6, 6)):
            pen.line(f"M{x} -15.6 L{x * 0.9 + 0.4} {-15.6 + length}", coat.deep, 2.2)
        for side in (-1, 1):
            pen.line(f"M{side * 20} 2 L{side * 15} 2.4 M{side * 19} 7 L{side * 14.6} 6.4", coat.deep, 1.8)
    elif face.variant in (2, 6):
        pen.path(smooth([(0, -16.5), (3, -16.5), (4, -4), (9, 2), (-5, 2), (-0.5, -4)]), coat.pale)
    pen.path(smooth([(-7, 7), (-2, 4), (2, 5), (6, 4), (11, 7), (9, 13), (2, 15.5), (-5, 13)]), coat.pale)
    eyes(pen,
        face, 2, -1.5, 17, 3, None if face.mood == "asleep" else ("#9ccf6a", "#f0c04a",
        "#8ec7e6")[face.variant % 3])  # fmt: skip
    whiskers(pen, 2, 8.5, 19, 12, coat.line if coat.dark else mix(coat.line, "#ffffff", 0.25))
    snout_mouth(pen, face, 2, 7.6, 4.2)
    nose(pen, 2, 5.8, 2.5, "#d9747c")
    cheeks(pen, 2, 6, 28, 3)


def _striped(face: Face) -> bool:
    return face.variant in (0, 3, 4, 7)


def _cat_tail(pen: Pen, face: Face) -> None:
    spine = [(4, 3), (-8, 1), (-17, -10), (-15, -26), (-22, -34)]
    pen.path(tube(spine, [8, 8, 7.4, 7, 6]), face.coat.body)
    if _striped(face):
        for x, y, dx, dy in ((-16.6, -12, 3.4, -1.4), (-15.6, -20, 3.4, 0.6), (-18, -29, 2.4, 2)):
            pen.line(f"M{x - dx} {y - dy} L{x + dx} {y + dy}", face.coat.deep, 2.4)
    elif face.variant in (2, 6):
        pen.path(tube([(-16.5, -29), (-22, -34)], [6.4, 6]), face.coat.pale)


def _cat_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    upright = face.look.pose == "sit"
    pen.ellipse(right - (4 if upright else 2), top + high * (0.45 if upright else 0.75), wide * 0.2, high * 0.3,
        face.coat.pale)  # fmt: skip
    if not _striped(face):
        return
    for step in range(4):
        if upright:
            y = top + high * (0.3 + step * 0.13)
            pen.line(f"M{left - 2} {y:.4g} Q{left + wide * 0.2:.4g} {y + 1:.4g} {left + wide * 0.34:.4g} {y - 2:.4g}",
                face.coat.deep, 2.4)  # fmt: skip
        else:
            x = left + wide * (0.2 + step * 0.16)
            middle, end = top + high * 0.2, top + high * 0.42
            pen.line(f"M{x:.4g} {top - 2:.4g} Q{x + 2:.4g} {middle:.4g} {x - 1:.4g} {end:.4g}", face.coat.deep, 2.6)


def _cat_sock(face: Face) -> str | None:
    return face.coat.pale if face.variant in (2, 3, 6) else None


_CAT = Beast(
    head=_cat_head, seat=Seat(top=(0, -15), span=27, eyes=(2, -1.5), apart=17, neck=(0, 16), collar=24),
    tail=_cat_tail, marks=_cat_marks, sock=_cat_sock,
    scale=1.12, length=50, girth=26, leg=19, limb=9, ahead=1, lift=12,
)  # fmt: skip


# --- rabbit --------------------------------------------------------------------------------------


def _rabbit_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        _rabbit_ear(pen, face, side)
    volume(pen, smooth([
        (-16, 2), (-12, -11), (0, -16), (12, -11), (16, 2), (14, 11), (5, 16), (-5, 16), (-14, 11),
    ]), coat, 3)  # fmt: skip
    pen.path(smooth([(-6, 9), (-2, 5), (2, 5.6), (6, 5), (10, 9), (7, 14), (2, 15.4), (-3, 14)]), coat.pale)
    pen.rect(0.2, 10, 3.8, 4.6, "#fffdf6", r=1)
    eyes(pen, face, 2, -1, 14.5, 2.8)
    snout_mouth(pen, face, 2, 8.2, 3.6)
    nose(pen, 2, 6.6, 2.1, "#e08a92")
    whiskers(pen, 2, 9, 15, 9, coat.line)
    cheeks(pen, 2, 6, 23, 3)


def _rabbit_ear(pen: Pen, face: Face, side: int) -> None:
    lop = face.variant in (3, 6) and side < 0
    turn = side * (26 if face.mood == "happy" else 9) - (24 if face.mood == "happy" else 0)
    turn = -64 if lop else (turn - 30 if face.mood == "asleep" else turn)
    with pen.group(f"translate({side * 6.5} -11) rotate({turn})"):
        pen.path(smooth([
            (-4.4, 3), (-6.4, -14), (-3.4, -29), (0, -31.5), (3.4, -29), (6.4, -14), (4.4, 3),
        ]), face.coat.body)  # fmt: skip
        pen.path(smooth([(-2, -2), (-3.4, -14), (-1.6, -25), (0, -26.5), (1.6, -25), (3.4, -14), (2, -2)]), PINK)


def _rabbit_tail(pen: Pen, face: Face) -> None:
    pen.path(fur([
        (-9, 0), (-3, -7), (4, 0), (-3, 7),
    ], 11, 0.3), face.coat.pale if not face.coat.dark else face.coat.light)  # fmt: skip


def _rabbit_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    pen.ellipse(right - 2, (top + bottom) / 2 + 2, (right - left) * 0.24, (bottom - top) * 0.34, face.coat.pale)
    if face.variant in (1, 5):
        pen.ellipse(left + 14, top + 4, 13, 10, face.coat.deep, turn=-12)


_RABBIT = Beast(
    head=_rabbit_head, seat=Seat(top=(0.5, -14), span=22, eyes=(2, -1), apart=14.5, neck=(0, 15), collar=19),
    tail=_rabbit_tail, marks=_rabbit_marks, scale=1.1, length=44, girth=34, leg=9, limb=9.5, ahead=1, lift=6,
    crouch=True,
)  # fmt: skip


# --- mouse ---------------------------------------------------------------------------------------


def _mouse_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        pen.ellipse(side * 14.5, -13, 12, 12, coat.shade)
        pen.ellipse(side * 14.5, -12.4, 8, 8.4, PINK)
    volume(pen, smooth([
        (-16, 0), (-11, -12), (0, -15), (11, -12), (16, 0), (12, 10), (4, 16), (0, 16), (-10, 10),
    ]), coat, 3)  # fmt: skip
    pen.ellipse(2.4, 10, 7, 5.4, coat.pale)
    eyes(pen, face, 2.2, -1, 13.5, 2.8)
    whiskers(pen, 2.4, 10, 12, 11, coat.line)
    smile(pen, 2.6, 11.6, 2.6, coat.line)
    nose(pen, 2.6, 8, 2.5, "#e07f8a")
    cheeks(pen, 2.2, 6, 21, 3)


def _mouse_tail(pen: Pen, _: Face) -> None:
    pen.path(tube([(4, 5), (-10, 8), (-22, -2), (-30, -20), (-40, -22)], [3.6, 3.2, 2.8, 2.4, 1.8]), "#e8a3a3")


def _mouse_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    pen.ellipse(right - 6, bottom - 2, (right - left) * 0.4, (bottom - top) * 0.36, face.coat.pale)


_MOUSE = Beast(
    head=_mouse_head, seat=Seat(top=(0.5, -13.5), span=22, eyes=(2.2, -1), apart=13.5, neck=(0, 15), collar=18),
    tail=_mouse_tail, marks=_mouse_marks, scale=1.2, length=42, girth=34, leg=6, limb=7.5, ahead=4, lift=-2,
    crouch=True,
    sock=lambda _: "#f0b4b0",
)  # fmt: skip


# --- fox -----------------------------------------------------------------------------------------


def _fox_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    tip = "#33262a" if not coat.dark else coat.light
    for side in (-1, 1):
        pen.path(smooth([(side * 2, -13, 0.5), (side * 14, -34, 0.25), (side * 20, -4, 0.5)]), coat.body)
        pen.path(smooth([(side * 9.4, -25.8, 0.2), (side * 14, -34, 0.25), (side * 16.6, -22.4, 0.2)]), tip)
        pen.path(smooth([(side * 7.6, -13, 0.4), (side * 13, -23, 0.25), (side * 16, -8, 0.4)]), coat.pale)
    skull: list[Knot] = [
        (-25, 7, 0.2), (-17, -8), (-8, -15), (0, -16), (8, -15), (17, -8), (25, 7, 0.2), (17, 11), (7, 17), (-7, 17),
        (-17, 11),
    ]  # fmt: skip
    volume(pen, smooth(skull), coat, 2)
    for side in (-1, 1):
        pen.path(smooth([
            (side * 25, 7, 0.2), (side * 13, 3), (side * 5, 6), (2.4, 17), (side * 6, 17), (side * 17, 11),
        ]), coat.pale)  # fmt: skip
    pen.path(smooth([(-3.4, -2), (2.4, -6), (8.2, -2), (7, 10), (2.4, 13), (-2.4, 10)]), coat.body)
    if face.variant in (2, 5, 6):
        pen.path(smooth([(1, -15.4), (3.6, -15.4), (4.6, -6), (2.4, -1), (0.2, -6)]), coat.pale)
    eyes(pen, face, 2.2, -1.4, 17, 2.7)
    snout_mouth(pen, face, 2.4, 13.4, 3.6, "#4a3432")
    nose(pen, 2.4, 11.2, 3.3)
    cheeks(pen, 2.4, 6.5, 27, 2.8, 0.3)


def _fox_tail(pen: Pen, face: Face) -> None:
    brush: list[Knot] = [(6, 4), (-8, 7), (-24, -2), (-34, -20), (-36, -34, 0.4), (-24, -27), (-10, -13), (4, -5)]
    pen.path(fur(brush, 20, 0.16), face.coat.body)
    tip: list[Knot] = [(-26, -6), (-34, -20), (-37, -35, 0.4), (-26, -27), (-19, -19), (-24, -15)]
    pen.path(fur(tip, 13, 0.14), face.coat.pale)


def _fox_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    chest: list[Knot] = [
        (right - wide * 0.22, top), (right + 4, top + 2), (right + 4, bottom - high * 0.3),
        (right - wide * 0.14, bottom - high * 0.24),
    ]  # fmt: skip
    pen.path(fur(chest, 14, 0.28), face.coat.pale)
    if face.look.pose != "sit" and not is_lines(pen):
        pen.ellipse(left + wide * 0.52, bottom + 1, wide * 0.26, high * 0.17, face.coat.pale)


_FOX = Beast(
    head=_fox_head, seat=Seat(top=(0, -14.5), span=26, eyes=(2.2, -1.4), apart=17, neck=(0, 16), collar=24),
    tail=_fox_tail, marks=_fox_marks, scale=1.02, length=50, girth=25, leg=20, limb=8.6, ahead=3, lift=11,
    sock=lambda face: "#3a2b2e" if not face.coat.dark else face.coat.light,
)  # fmt: skip


DRAWINGS: dict[str, Drawing] = {
    name: fitted(quadruped(beast), KIND[name].aspect)
    for name, beast in (("dog", _DOG), ("cat", _CAT), ("rabbit", _RABBIT), ("mouse", _MOUSE), ("fox", _FOX))
}
