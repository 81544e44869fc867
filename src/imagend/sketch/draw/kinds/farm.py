"""Horse, cow, sheep and pig."""

from __future__ import annotations

from collections.abc import Sequence

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.beast import Beast, Box
from imagend.sketch.draw.kinds.coat import brightness, coat_of, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, fleece, fur, smooth, tube
from imagend.sketch.draw.kinds.faces import EYE, Face, cheeks, eye, eyes, smile
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.quadruped import quadruped
from imagend.sketch.draw.kinds.wear import Seat
from imagend.sketch.draw.pen import Pen, mix
from imagend.sketch.vocabulary import KIND

MUZZLE = "#efb3a6"


# --- horse ---------------------------------------------------------------------------------------


def _mane_color(face: Face) -> str:
    base = face.look.ink.base
    if brightness(base) > 200:
        return ("#b9a58a", "#8b8f9c", "#6b4a33", "#d8c39a")[face.variant % 4]
    if brightness(base) < 80:
        return ("#15121c", "#5b5468")[face.variant % 2]
    return ("#43291f", "#f0d9a8", "#2d2226", "#6e3b22")[face.variant % 4]


def _horse_head(pen: Pen, face: Face) -> None:
    coat, hair = face.coat, _mane_color(face)
    pen.path(fur([(-4, -19), (-15, -10), (-24, 6), (-33, 24), (-25, 30), (-14, 18), (-4, 4)], 13, 0.28), hair)
    pen.path(smooth([(-4.6, -13, 0.5), (-3, -25, 0.3), (3.4, -14, 0.5)]), coat.shade)
    pen.path(smooth([(1, -13, 0.5), (5, -25.5, 0.3), (9, -12, 0.5)]), coat.body)
    skull: list[Knot] = [
        (-10, -2), (-5, -13), (5, -15), (13, -8), (22, 4), (30, 13), (30, 21), (23, 24), (14, 19), (3, 14), (-7, 10),
    ]  # fmt: skip
    volume(pen, smooth(skull), coat, 3)
    if face.variant in (1, 3, 6):
        pen.path(smooth([(9, -13), (14, -7.6), (24, 5), (21, 7), (12, -3), (8, -9)]), "#fbf6ec")
    pen.path(smooth([(22, 9.5), (30, 13), (31, 20), (24, 24.4), (16.5, 20), (18, 14)]), mix(coat.pale, MUZZLE, 0.3))
    pen.ellipse(26.5, 14.6, 1.5, 1.9, mix(coat.line, MUZZLE, 0.2), turn=-30)
    smile(pen, 24, 20, 3.2, mix(EYE, MUZZLE, 0.3))
    eye(pen, face, 8, -3.5, 2.9)
    tint(pen, 12, 7, 4, 2.8, "#f08a86", opacity=0.32)
    pen.path(fur([(-5, -17), (1, -20), (6, -15), (5, -9), (-1, -9)], 8, 0.3), hair)


def _horse_tail(pen: Pen, face: Face) -> None:
    flow: list[Knot] = [(4, 0), (-6, -4), (-16, 4), (-20, 22), (-17, 38, 0.4), (-10, 26), (-5, 12), (3, 7)]
    pen.path(fur(flow, 15, 0.16), _mane_color(face))


def _belly(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    tint(pen, (left + right) / 2, bottom, (right - left) * 0.34, (bottom - top) * 0.2, face.coat.pale, opacity=0.55)


_HORSE = Beast(
    head=_horse_head, seat=Seat(top=(2.5, -14), span=20, eyes=(13, -3.5), apart=10, neck=(-9, 15), collar=25, lean=6),
    tail=_horse_tail, marks=_belly, scale=1.0, length=60, girth=27, leg=31, limb=8, ahead=3, lift=22, neck=18,
    rest=27, hanging=True,
    hoof="#3b3034", sock=lambda face: "#fbf6ec" if face.variant in (1, 3, 6) else None,
)  # fmt: skip


# --- cow -----------------------------------------------------------------------------------------


def _patch_color(face: Face) -> str:
    if brightness(face.look.ink.base) < 190:
        return mix("#fbf7ef", face.look.ink.base, 0.06)
    return ("#3a3336", "#7a4a2e", "#3a3336", "#a8623a")[face.variant % 4]


def _cow_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        pen.path(smooth([
            (side * 8, -14), (side * 14, -17), (side * 14.6, -25, 0.4), (side * 10, -21), (side * 5, -17),
        ]), "#efe0c0")  # fmt: skip
        pen.path(smooth([
            (side * 13, -10, 0.6), (side * 24, -14), (side * 29, -7, 0.5), (side * 22, -2), (side * 14, -3),
        ]), coat.shade)  # fmt: skip
        pen.path(smooth([(side * 17, -9), (side * 23, -11), (side * 26.5, -7), (side * 21, -4.6)]), MUZZLE)
    skull: list[Knot] = [(-15, -5), (-11, -15), (0, -18), (11, -15), (15, -5), (13, 8), (8, 16), (-8, 16), (-13, 8)]
    volume(pen, smooth(skull), coat, 3)
    patch = _patch_color(face)
    if face.variant % 2 == 0:
        pen.path(smooth([(-15, -5), (-11.4, -14.6), (-3, -17.4), (-2, -6), (-7, 3), (-13.6, 3)]), patch)
    else:
        pen.path(smooth([(15, -5), (11.4, -14.6), (5, -17), (4, -6), (9, 3), (13.6, 3)]), patch)
    eyes(pen, face, 1.6, -3, 16, 2.7)
    pen.path(smooth([(-12.5, 10), (-6, 4), (1.6, 3.4), (9, 4), (15, 10), (12, 18), (1.6, 20), (-9, 18)]), MUZZLE)
    for x in (-4, 7.2):
        pen.ellipse(x, 9.4, 1.7, 2.1, "#a8635c", turn=12)
    smile(pen, 1.6, 14.4, 4.4, "#a8635c", 1.3)
    cheeks(pen, 1.6, 3, 24, 2.6)
    pen.path(fur([(-5, -18), (1, -20), (7, -17), (1, -11)], 9, 0.3), patch if face.variant % 2 else coat.deep)


def _cow_tail(pen: Pen, face: Face) -> None:
    pen.path(tube([(3, 0), (-6, 2), (-9, 14), (-9, 26)], [4, 3.2, 2.8, 2.6]), face.coat.shade)
    pen.path(fur([
        (-9, 22), (-5.4, 31), (-9, 38), (-13, 31),
    ], 9, 0.2), _patch_color(face) if brightness(face.look.ink.base) > 190 else face.coat.deep)  # fmt: skip


def _cow_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    shift = (0.0, 0.08, -0.05, 0.12, 0.04, -0.08, 0.1, 0.02)[face.variant % 8]
    spots = ((0.2 + shift, 0.18, 0.15, 0.3), (0.56 + shift, 0.5, 0.17, 0.26), (0.82 - shift, 0.08, 0.1, 0.2),
        (0.06, 0.78, 0.09, 0.16))  # fmt: skip
    for x, y, half_wide, half_high in spots:
        cx, cy, rx, ry = left + wide * x, top + high * y, wide * half_wide, high * half_high
        blot: list[Knot] = [
            (cx - rx, cy), (cx - rx * 0.5, cy - ry), (cx + rx * 0.3, cy - ry * 0.7), (cx + rx, cy - ry * 0.4),
            (cx + rx * 0.8, cy + ry * 0.7), (cx, cy + ry), (cx - rx * 0.6, cy + ry * 0.6),
        ]  # fmt: skip
        pen.path(smooth(blot), _patch_color(face))
    if face.look.pose != "sleep":
        pen.ellipse(left + wide * 0.3, bottom + 1, wide * 0.11, high * 0.16, MUZZLE)


_COW = Beast(
    head=_cow_head, seat=Seat(top=(0, -16), span=22, eyes=(1.6, -3), apart=16, neck=(-2, 17), collar=25),
    tail=_cow_tail, marks=_cow_marks, scale=1.04, length=68, girth=37, leg=21, limb=10, ahead=5, lift=4, neck=22,
    rest=20, hanging=True,
    hoof="#4a3d3c",
)  # fmt: skip


# --- sheep ---------------------------------------------------------------------------------------


def _sheep_face(face: Face) -> str:
    if brightness(face.look.ink.base) < 110:
        return mix("#f3e2d0", face.look.ink.base, 0.1)
    return ("#4b4049", "#f0d6bd", "#4b4049", "#7a5a48")[face.variant % 4]


def _wool(knots: Sequence[Knot]) -> str:
    return fleece(knots, 19, 0.42)


def _sheep_head(pen: Pen, face: Face) -> None:
    skin = coat_of(_sheep_face(face))
    for side in (-1, 1):
        pen.path(smooth([
            (side * 9, -6), (side * 18, -7), (side * 23, 1, 0.7), (side * 18, 4), (side * 10, 1),
        ]), skin.body)  # fmt: skip
        pen.path(smooth([
            (side * 12, -4), (side * 18, -4.6), (side * 20.6, 0.6), (side * 16, 1.6),
        ]), mix(skin.body, "#eda0a0", 0.6))  # fmt: skip
    volume(pen, smooth([
        (-12, -4), (-8, -14), (0, -16), (8, -14), (12, -4), (10, 9), (4, 17), (-3, 17), (-9, 9),
    ]), skin, 3)  # fmt: skip
    worn = Face(coat=skin, look=face.look, mood=face.mood)
    eyes(pen, worn, 1.6, -1.5, 12.4, 2.6)
    pen.path("M-1.6 8 Q1.4 6.6 4.4 8 Q3.6 10.6 1.4 10.8 Q-0.8 10.6 -1.6 8 Z", mix(skin.line, "#d98f8a", 0.5))
    smile(pen, 1.4, 12, 3, skin.line)
    cheeks(pen, 1.4, 5, 19, 2.5)
    pen.path(fleece([(-12, -10), (-6, -19), (4, -20), (12, -12), (6, -9), (-4, -8)], 9, 0.42), face.coat.body)


def _sheep_tail(pen: Pen, face: Face) -> None:
    pen.path(fleece([(4, 3), (-7, 6), (-8, -3), (2, -5)], 7, 0.45), face.coat.shade)


def _sheep_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    for x, y in ((0.22, 0.42), (0.44, 0.3), (0.36, 0.66), (0.62, 0.56), (0.8, 0.32), (0.16, 0.7)):
        cx, cy = left + wide * x, top + high * y
        curl = smooth([
            (cx - 4, cy), (cx - 2, cy + 3), (cx + 1, cy + 2.4), (cx + 4, cy + 2.6), (cx + 5.6, cy - 0.4),
        ], closed=False)  # fmt: skip
        pen.line(curl, mix(face.coat.body, face.coat.shade, 0.75), 1.3)


_SHEEP = Beast(
    head=_sheep_head, seat=Seat(top=(0, -17), span=22, eyes=(1.6, -1.5), apart=12.4, neck=(-1, 17), collar=21),
    tail=_sheep_tail, marks=_sheep_marks, outline=_wool, scale=1.12, length=56, girth=42, leg=15, limb=8.4,
    ahead=5, lift=-4, hoof="#38302f", legs=lambda face: coat_of(mix(_sheep_face(face), "#2a2226", 0.12)),
)  # fmt: skip


# --- pig -----------------------------------------------------------------------------------------


def _pig_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    volume(pen, smooth([
        (-19, 2), (-15, -11), (-6, -17), (6, -17), (15, -11), (19, 2), (14, 13), (4, 17.5), (-4, 17.5), (-14, 13),
    ]), coat, 3)  # fmt: skip
    for side in (-1, 1):
        pen.path(smooth([
            (side * 4.6, -16, 0.4), (side * 15, -25, 0.4), (side * 21, -9, 0.4), (side * 13, -11),
        ]), coat.deep)  # fmt: skip
        pen.path(smooth([
            (side * 8, -16, 0.4), (side * 14.4, -22, 0.4), (side * 18.6, -11, 0.4), (side * 13, -12.6),
        ]), mix(coat.deep, coat.body, 0.45))  # fmt: skip
    eyes(pen, face, 2, -3, 18, 2.7)
    pen.ellipse(2.4, 6.6, 9.2, 6.8, coat.shade)
    pen.ellipse(2.4, 5.8, 9.2, 6.6, mix(coat.light, "#f6a6b2", 0.35))
    for x in (-0.8, 5.6):
        pen.ellipse(x, 5.8, 1.5, 2.5, mix(coat.deep, "#7a2d3c", 0.45))
    smile(pen, 2.4, 14, 3.6, mix(coat.line, coat.deep, 0.3))
    cheeks(pen, 2, 6, 29, 3.2, 0.5)


def _pig_tail(pen: Pen, face: Face) -> None:
    pen.line("M4 2 C-6 4 -10 -2 -6 -6 C-2 -9 1 -3 -4 -1 C-10 1 -14 -4 -13 -10", face.coat.shade, 2.8)


def _pig_marks(pen: Pen, face: Face, box: Box) -> None:
    left, top, right, bottom = box
    _belly(pen, face, box)
    if face.variant in (2, 5, 7):
        for x, y, r in ((0.3, 0.2, 11), (0.62, 0.5, 8), (0.14, 0.66, 7)):
            pen.ellipse(left + (right - left) * x, top + (bottom - top) * y, r, r * 0.85, face.coat.deep)


_PIG = Beast(
    head=_pig_head, seat=Seat(top=(0, -15.5), span=25, eyes=(2, -3), apart=18, neck=(0, 16), collar=26),
    tail=_pig_tail, marks=_pig_marks, scale=1.24, length=64, girth=44, leg=11, limb=10.5, ahead=3, lift=-5,
    hoof="#8a5a5c",
)  # fmt: skip


DRAWINGS: dict[str, Drawing] = {
    name: fitted(quadruped(beast), KIND[name].aspect)
    for name, beast in (("horse", _HORSE), ("cow", _COW), ("sheep", _SHEEP), ("pig", _PIG))
}
