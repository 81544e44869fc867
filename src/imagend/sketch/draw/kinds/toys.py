"""Teddy, robot and snowman."""

from __future__ import annotations

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.coat import Coat, coat_of, form, glint, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import fleece, oval, smooth, tube
from imagend.sketch.draw.kinds.faces import EYE, Face, cheeks, eye, eyes, face_of, nose
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.vocabulary import KIND

# --- teddy ---------------------------------------------------------------------------------------

_TEDDY_SEAT = Seat(top=(0, -19), span=32, eyes=(0, -2), apart=19, neck=(0, 19), collar=30)


def _plush(
    pen: Pen, cx: float, cy: float, rx: float, ry: float, coat: Coat, turn: float = 0.0, depth: float = 3.0
) -> None:
    """A stuffed part with a softly tufted edge."""
    bumps = max(9, round((rx + ry) * 0.75))
    with pen.group(f"translate({cx:.4g} {cy:.4g}) rotate({turn:.4g})"):
        volume(pen, fleece(oval(0, 0, rx, ry), bumps, 0.2), coat, depth)


def _stitches(pen: Pen, points: list[tuple[float, float]], color: str) -> None:
    for x, y in points:
        pen.line(f"M{x - 1.6:.4g} {y:.4g} L{x + 1.6:.4g} {y:.4g}", color, 0.9)


def _pad(pen: Pen, coat: Coat, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> None:
    pen.ellipse(x, y, rx, ry, coat.pale if coat.pale != "#ffffff" else "#f3dfd2", turn=turn)


def _draw_teddy(pen: Pen, look: Look) -> None:
    face = face_of(look)
    {"sleep": _teddy_asleep, "stand": _teddy_standing}.get(look.pose, _teddy_sitting)(pen, face)


def _teddy_sitting(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        _plush(pen, side * 21, -41, 8.5, 16, coat.behind(), side * -32)
    _plush(pen, 0, -27, 23, 27, coat, depth=4)
    _belly(pen, coat, 0, -24, 14, 17)
    for side in (-1, 1):
        _plush(pen, side * 22, -12, 13, 12, coat, side * 20)
        _pad(pen, coat, side * 25, -12, 8, 8.4)
    _teddy_top(pen, face, 0, -66, 1.12 * _big_head(face), 0)


def _teddy_standing(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        _plush(pen, side * 11, -10, 10, 14, coat.behind())
        _pad(pen, coat, side * 12, -3, 8, 3)
        _plush(pen, side * 24, -44, 8, 16, coat.behind(), side * -38)
    _plush(pen, 0, -34, 22, 26, coat, depth=4)
    _belly(pen, coat, 0, -31, 13, 16)
    _teddy_top(pen, face, 0, -72, 1.05 * _big_head(face), 0)


def _teddy_asleep(pen: Pen, face: Face) -> None:
    coat = face.coat
    _plush(pen, -12, -29, 32, 28, coat, -8, 5)
    _plush(pen, -34, -15, 15.5, 14.5, coat, 12, 3)
    _pad(pen, coat, -38, -15, 8, 10, 8)
    for dx, dy in ((-2.5, -5), (1.6, -4.4), (3, -0.6)):
        pen.ellipse(-38 + dx, -17 + dy * 0.9, 1.3, 1.3, coat.shade)
    _stitches(pen, [(-14, -54), (-17, -48.4), (-20.4, -43)], coat.shade)
    _teddy_top(pen, face, 18, -33, 1.34 * _big_head(face), 9)
    _plush(pen, -6, -8.5, 15, 8.5, coat, 6, 2)
    _plush(pen, 37, -7, 12, 7.5, coat, -5, 2)


def _big_head(face: Face) -> float:
    return (1.0, 1.04, 0.95, 1.07, 0.98, 1.03, 0.93, 1.06)[face.variant % 8]


def _belly(pen: Pen, coat: Coat, x: float, y: float, rx: float, ry: float) -> None:
    pen.ellipse(x, y, rx, ry, mix(coat.light, coat.pale, 0.35))
    _stitches(pen, [(x, y - ry * 0.6 + step * ry * 0.4) for step in range(4)], coat.shade)


def _teddy_top(pen: Pen, face: Face, x: float, y: float, scale: float, turn: float) -> None:
    with pen.group(f"translate({x} {y}) rotate({turn}) scale({scale})"):
        wear_under(pen, face, _TEDDY_SEAT)
        _teddy_head(pen, face)
        wear_over(pen, face, _TEDDY_SEAT)
        if face.look.detail == "none" and face.variant in (1, 4, 7):
            _ribbon(pen, ("#d9483b", "#2f6fb3", "#e8a92e", "#8a55b5")[face.variant % 4])


def _teddy_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        _plush(pen, side * 18, -16, 8.6, 8.6, coat, depth=1.5)
        pen.ellipse(side * 17.6, -15.4, 5, 5.2, mix(coat.shade, "#eda0a0", 0.45))
    _plush(pen, 0, 0, 24, 20.5, coat, depth=3.5)
    tint(pen, -7, -11, 10, 5, coat.light, opacity=0.55, turn=-18)
    muzzle = mix(coat.pale, "#f3dfd2", 0.5 if coat.pale == "#ffffff" else 0.0)
    pen.ellipse(0, 8, 10.5, 8.6, muzzle)
    eyes(pen, face, 0, -2, 19, 2.9)
    seam = mix(coat.line, coat.deep, 0.3) if not coat.dark else coat.line
    pen.line("M0 8 L0 11.4 M-4 11 Q-2 14 0 11.4 Q2 14 4 11", seam, 1.2)
    nose(pen, 0, 5.6, 3.7, "#5a3b36")
    cheeks(pen, 0, 5, 32, 3.6, 0.5)
    _stitches(pen, [(0, -18.5), (0, -15.6), (0, -12.7)], coat.shade)


def _ribbon(pen: Pen, color: str) -> None:
    with pen.group("translate(0 20.5)"):
        for side in (-1, 1):
            pen.path(smooth([(0, 0, 0.3), (side * 7, -5), (side * 12, -3.6), (side * 12, 4), (side * 7, 5)]), color)
        pen.ellipse(0, 0, 3, 3.2, mix(color, "#ffffff", 0.25))


# --- robot ---------------------------------------------------------------------------------------

_ROBOT_SEAT = Seat(top=(0, -15), span=40, eyes=(0, -1), apart=21, neck=(0, 18), collar=24)
_LAMPS = ("#5fe0e8", "#8cf08a", "#ffd65c", "#ff9a8a")


def _draw_robot(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, v = face.coat, look.variant
    metal = coat_of("#8e97a6" if look.ink.base.lower() != "#8e97a6" else "#6d7686")
    seated = look.pose == "sit"
    hip = -20.0 if seated else -32.0
    if not seated:
        _robot_legs(pen, metal, coat, hip, running=look.pose == "run")
    with pen.group(f"rotate(6 0 {hip})" if look.pose == "run" else ""):
        _robot_arms(pen, metal, coat, hip, look)
        _robot_body(pen, face, metal, hip)
        if seated:
            _robot_lap(pen, metal, coat)
        pen.rect(-6, hip - 39, 12, 8, metal.body, r=2)
        with pen.group(f"translate(0 {hip - 53})"):
            wear_under(pen, face, _ROBOT_SEAT)
            _robot_head(pen, face, metal, _LAMPS[v % 4])
            wear_over(pen, face, _ROBOT_SEAT)


def _robot_body(pen: Pen, face: Face, metal: Coat, hip: float) -> None:
    coat, v = face.coat, face.variant
    half = (18, 19.5, 17, 20)[v % 4]
    d = smooth([
        (-half, hip - 26, 0.6), (-half * 0.9, hip - 33, 0.6), (half * 0.9, hip - 33, 0.6), (half, hip - 26, 0.6),
        (half * 0.92, hip - 3, 0.6), (half * 0.8, hip + 2, 0.6), (-half * 0.8, hip + 2, 0.6),
        (-half * 0.92, hip - 3, 0.6),
    ])  # fmt: skip
    volume(pen, d, coat, 3)
    pen.rect(-11, hip - 27, 22, 15, mix(coat.light, "#f4f6fa", 0.5), r=3)
    if v % 2 == 0:
        pen.path(_heart(0, hip - 19.5, 5), "#e8586a")
    else:
        for lamp, color in ((-6, "#e8586a"), (0, "#f2c238"), (6, "#58b868")):
            pen.ellipse(lamp, hip - 22, 2, 2, color)
        pen.rect(-8, hip - 17.5, 16, 2.6, metal.shade, r=1.2)
    for x in (-half * 0.72, half * 0.72):
        pen.ellipse(x, hip - 5, 1.3, 1.3, metal.shade)


def _heart(x: float, y: float, size: float) -> str:
    s = size
    return (
        f"M{x:.4g} {y + s:.4g} C{x - s * 1.5:.4g} {y:.4g} {x - s:.4g} {y - s * 1.1:.4g} {x:.4g} {y - s * 0.35:.4g}"
        f" C{x + s:.4g} {y - s * 1.1:.4g} {x + s * 1.5:.4g} {y:.4g} {x:.4g} {y + s:.4g} Z"
    )


def _robot_legs(pen: Pen, metal: Coat, coat: Coat, hip: float, *, running: bool) -> None:
    for side in (-1, 1):
        x, y = side * 9.0, hip + 1
        knee, foot = ((x, y + 12), (x, -7)) if not running else ((x + side * 6, y + 11),
            (x + side * 15 - 2, -13 if side < 0 else -7))  # fmt: skip
        pen.path(tube([(x, y), knee, foot], [7, 6.6, 6.6]), metal.body)
        for share in (0.35, 0.65):
            cx, cy = x + (foot[0] - x) * share, y + (foot[1] - y) * share
            pen.line(f"M{cx - 3:.4g} {cy:.4g} L{cx + 3:.4g} {cy:.4g}", metal.shade, 1.1)
        with pen.group(f"translate({foot[0]} {foot[1]}) rotate({40 if running and side < 0 else 0})"):
            volume(pen, smooth([(-8, 2), (-5, -4), (4, -4), (10, 1), (11, 7, 0.4), (-8, 7, 0.4)]), coat, 2)


def _robot_lap(pen: Pen, metal: Coat, coat: Coat) -> None:
    for side in (-1, 1):
        pen.path(tube([(side * 10, -15), (side * 17, -12), (side * 21, -9)], [8, 8, 8]), metal.body)
        volume(pen, smooth(oval(side * 24, -9.5, 8.5, 9.5)), coat, 2)
        pen.ellipse(side * 24, -9.5, 4, 5, coat.shade)


def _robot_arms(pen: Pen, metal: Coat, coat: Coat, hip: float, look: Look) -> None:
    waving = look.pose == "stand" and look.variant in (0, 3, 5, 6)
    for side in (-1, 1):
        start = (side * 18.0, hip - 26)
        if waving and side > 0:
            spine = [start, (side * 29, hip - 29), (side * 31, hip - 44)]
        elif look.pose == "run":
            spine = [start, (side * 27, hip - 16), (side * 27 + 9, hip - 20 + side * 5)]
        else:
            spine = [start, (side * 26, hip - 16), (side * 26, hip - 3)]
        pen.path(tube(spine, [7, 6.4, 6]), metal.body)
        x, y = spine[-1]
        pen.ellipse(x, y, 5.4, 5.4, coat.body)
        pen.ellipse(x, y, 2.3, 2.3, coat.shade)
        pen.ellipse(*start, 5.6, 5.6, coat.shade)


def _robot_head(pen: Pen, face: Face, metal: Coat, lamp: str) -> None:
    coat, v = face.coat, face.variant
    if face.look.detail not in ("hat", "crown"):
        for x in ((0.0,), (-9.0, 9.0))[v // 2 % 2]:
            pen.line(f"M{x} -16 L{x * 1.2:.4g} -25", metal.shade, 2.2)
            pen.ellipse(x * 1.2, -26.5, 3.3, 3.3, "#f26a5a" if v % 2 == 0 else "#f2c238")
    for side in (-1, 1):
        pen.rect(side * 24 - 3, -6, 6, 12, metal.shade, r=2.4)
    shape = smooth([
        (-24, -8, 0.8), (-19, -15, 0.8), (19, -15, 0.8), (24, -8, 0.8), (24, 9, 0.8), (18, 16, 0.8), (-18, 16, 0.8),
        (-24, 9, 0.8),
    ])  # fmt: skip
    volume(pen, shape, coat, 2.5)
    pen.rect(-19, -10.5, 38, 21.5, "#26344a", r=8)
    for side in (-1, 1):
        x = side * 9.5
        if face.mood == "happy":
            _glow(pen, f"M{x - 4} 0 Q{x} -7 {x + 4} 0", lamp, 2.4)
        else:
            pen.raw(f'<ellipse cx="{x}" cy="-1" rx="3.4" ry="4" fill="{lamp}"/>')
            glint(pen, x + 1.1, -2.4, 1.1)
    _glow(pen, "M-4.5 5 Q0 8.6 4.5 5", lamp, 1.8)
    tint(pen, -9, -7.6, 7, 1.5, "#ffffff", opacity=0.18)


def _glow(pen: Pen, d: str, lamp: str, width: float) -> None:
    """A line of light on the screen: bright by night too, and on the dark screen of a line drawing."""
    pen.raw(f'<path d="{d}" fill="none" stroke="{lamp}" stroke-width="{width}" stroke-linecap="round"/>')


# --- snowman -------------------------------------------------------------------------------------

_SNOW_SEAT = Seat(top=(0, -16), span=29, eyes=(1, -3), apart=13, neck=(0, 17), collar=31)


def _draw_snowman(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, v = face.coat, look.variant
    fat = (1.0, 1.08, 0.94, 1.04, 0.97, 1.1, 0.92, 1.02)[v % 8]
    wood = "#7a5236"
    for side in (-1, 1):
        raised = -14 if (v + (side > 0)) % 3 else 6
        pen.line(f"M{side * 17} -48 Q{side * 28} {-50 + raised * 0.3:.4g} {side * 37} {-52 + raised}", wood, 2.4)
        pen.line(f"M{side * 31} {-50.6 + raised * 0.7:.4g} L{side * 35} {-44 + raised * 0.7:.4g}", wood, 1.7)
        pen.line(f"M{side * 32} {-51 + raised * 0.75:.4g} L{side * 33} {-58 + raised * 0.8:.4g}", wood, 1.7)
    for cy, r in ((-23, 25 * fat), (-53, 19)):
        d = smooth(oval(0, cy, r, r * 0.94))
        with form(pen, d, coat, 5) as inner:
            tint(inner, -r * 0.35, cy - r * 0.42, r * 0.34, r * 0.24, "#ffffff", opacity=0.8, turn=-24)
    button = ("#3a3a46", "#c8433a", "#2f6fb3")[v % 3]
    for y in (-60, -51, -42):
        pen.ellipse(1.5, y, 2.1, 2.1, button)
        glint(pen, 0.9, y - 0.7, 0.6)
    with pen.group("translate(0 -80)"):
        wear_under(pen, face, _SNOW_SEAT)
        _snow_face(pen, face)
        wear_over(pen, face, _SNOW_SEAT)


def _snow_face(pen: Pen, face: Face) -> None:
    coat = face.coat
    d = smooth(oval(0, 0, 17.5, 16.5))
    volume(pen, d, coat, 4)
    if face.variant in (2, 5) and face.look.detail in ("none", "scarf", "glasses", "freckles"):
        for x, tall in ((-3, 5), (0, 7), (3.4, 5)):
            twig = f"M{x * 0.4:.4g} -15.6 Q{x * 0.7:.4g} {-18 - tall * 0.5:.4g} {x * 1.6:.4g} {-16 - tall}"
            pen.line(twig, "#7a5236", 1.5)
    for x in (-5.5, 7.5):
        eye(pen, face, x, -3, 2.3)
    pen.path(smooth([(0.6, 0.4), (3, -1.4, 0.6), (17, 3.4, 0.2), (3, 5, 0.6)]), "#f08a32")
    if not is_lines(pen):
        pen.path(smooth([(1, 3, 0.4), (16, 3.6, 0.2), (3, 5, 0.6)]), "#d06a1e")
    for x, y in ((-6, 6), (-3.2, 8.6), (0.6, 9.8), (4.4, 9), (7.4, 6.8)):
        pen.ellipse(x, y, 1, 1, EYE)
    cheeks(pen, 1, 4, 23, 3, 0.5)


DRAWINGS: dict[str, Drawing] = {
    name: fitted(drawing, KIND[name].aspect)
    for name, drawing in (("teddy", _draw_teddy), ("robot", _draw_robot), ("snowman", _draw_snowman))
}
