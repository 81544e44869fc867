"""Fish, whale, turtle and frog."""

from __future__ import annotations

from math import cos, pi, sin

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.coat import Coat, brightness, coat_of, form, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, smooth, tube
from imagend.sketch.draw.kinds.faces import Face, cheeks, eye, face_of, smile
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.vocabulary import KIND

# --- fish ----------------------------------------------------------------------------------------


def _draw_fish(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, v = face.coat, look.variant
    fat = (1.0, 1.12, 0.92, 1.05, 1.18, 0.96, 1.08, 0.9)[v % 8]
    seat = Seat(top=(100, 50 - 33 * fat), span=30, eyes=(135, 44), apart=18, neck=(96, 66), collar=30, lean=18)
    fin = mix(coat.body, coat.deep, 0.6)
    pen.path(smooth([(44, 50), (24, 26), (4, 18, 0.5), (14, 50), (4, 84, 0.5), (24, 76)]), fin)
    pen.path(smooth([(66, 26), (82, 50 - 46 * fat), (112, 50 - 44 * fat, 0.6), (118, 30)]), fin)
    pen.path(smooth([(74, 76), (76, 50 + 44 * fat, 0.6), (92, 50 + 38 * fat), (98, 76)]), fin)
    _fin_rays(pen, coat)
    body: list[Knot] = [
        (38, 50), (60, 50 - 24 * fat), (96, 50 - 35 * fat), (132, 50 - 24 * fat), (148, 52), (132, 50 + 25 * fat),
        (96, 50 + 34 * fat), (60, 50 + 22 * fat),
    ]  # fmt: skip
    d = smooth(body)
    with form(pen, d, coat, 5) as inner:
        _fish_marks(inner, face)
    pen.path(smooth([(84, 54), (70, 50), (60, 58, 0.6), (68, 70), (82, 66)]), fin)
    pen.line("M112 32 Q104 50 112 70", coat.shade, 2)
    wear_under(pen, face, seat)
    eye(pen, face, 126, 44, 5.4, "#fffaf0" if not coat.dark else None)
    pen.line("M146 58 Q140 64 133 61", coat.line if coat.dark else mix(coat.line, coat.deep, 0.4), 2)
    tint(pen, 124, 59, 5, 3.6, "#f08a86", opacity=0.5)
    wear_over(pen, face, seat)


def _fin_rays(pen: Pen, coat: Coat) -> None:
    if not is_lines(pen):
        for y1, y2 in ((30, 40), (50, 50), (70, 60)):
            pen.line(f"M14 {y1} L30 {y2}", coat.shade, 1.6, opacity=0.8)


def _fish_marks(pen: Pen, face: Face) -> None:
    coat, v = face.coat, face.variant
    if v in (0, 4, 6):
        for x in (62, 98):
            pen.path(smooth([
                (x - 6, 8), (x + 7, 8), (x + 11, 50), (x + 7, 92), (x - 6, 92), (x - 2, 50),
            ]), "#fdf9f0" if brightness(coat.body) < 215 else coat.deep)  # fmt: skip
    elif v in (1, 3, 7):
        pen.ellipse(100, 84, 60, 24, coat.pale)
        for row, y in enumerate((38, 48, 58)):
            for column in range(4):
                x = 58 + column * 12 + (6 if row % 2 else 0)
                pen.line(f"M{x} {y - 4} Q{x + 6} {y} {x} {y + 4}", coat.shade, 1.6)
    else:
        pen.ellipse(100, 86, 60, 24, coat.pale)
        for x, y, r in ((62, 42, 5), (78, 34, 4), (92, 46, 5.4), (76, 54, 3.4), (98, 30, 3.6)):
            pen.ellipse(x, y, r, r, coat.light)


# --- whale ---------------------------------------------------------------------------------------

_WHALE_SEAT = Seat(top=(138, 38), span=40, eyes=(168, 66), apart=16, neck=(126, 80), collar=40, lean=12)


def _draw_whale(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, v = face.coat, look.variant
    back = (34.0, 30.0, 37.0, 31.0, 35.0, 28.0, 33.0, 36.0)[v % 8]
    if look.detail not in ("hat", "crown") and v not in (3, 7):
        with pen.group(f"translate(0 {back - 38})"):
            _spout(pen, v)
    pen.path(smooth([
        (24, 46), (16, 30), (0, 24, 0.5), (4, 40), (18, 52), (30, 52), (38, 36), (34, 20, 0.5), (24, 30),
    ]), mix(coat.body, coat.shade, 0.6))  # fmt: skip
    body: list[Knot] = [
        (20, 46), (36, 56), (60, 56), (84, back + 9), (118, back), (156, back + 4), (181, 56), (188, 74), (172, 92),
        (134, 99), (90, 97), (54, 84), (30, 64),
    ]  # fmt: skip
    d = smooth(body)
    with form(pen, d, coat, 4) as inner:
        belly: list[Knot] = [(190, 74), (150, 79), (110, 84), (70, 88), (80, 104), (190, 104)]
        inner.path(smooth(belly), coat.pale)
        for shift in (0, 6, 12):
            pleat = f"M{180 - shift} {82 + shift} Q132 {86 + shift} {88 + shift} {93 + shift}"
            inner.line(pleat, mix(coat.pale, coat.shade, 0.6), 1.3)
        tint(inner, 126, back + 3, 34, 8, coat.light, opacity=0.6)
        if v in (1, 4, 6):
            for x, y, r in ((70, 62, 3.4), (84, 56, 2.6), (98, 50, 3.2), (62, 70, 2)):
                inner.ellipse(x, y, r, r, coat.light)
    wear_under(pen, face, _WHALE_SEAT)
    pen.path(smooth([(122, 82), (136, 86), (128, 100), (108, 104, 0.5), (112, 92)]), coat.shade)
    eye(pen, face, 160, 65, 4.4)
    smile(pen, 172, 74, 6, coat.line if coat.dark else mix(coat.line, coat.deep, 0.3), 1.8)
    tint(pen, 154, 76, 5.4, 3.6, "#f08a86", opacity=0.55)
    wear_over(pen, face, _WHALE_SEAT)


def _spout(pen: Pen, variant: int) -> None:
    water = "#bfe6f7"
    for side in (-1, 1):
        bend = side * (18 + variant % 3 * 2)
        d = smooth([
            (136 + side, 40), (136 + side * 5, 20), (136 + bend, 8), (136 + bend * 1.5, 18), (136 + bend * 1.25, 22),
            (136 + bend * 0.9, 14), (136 + side * 8, 24), (136 + side * 4, 40),
        ])  # fmt: skip
        pen.path(d, water)
    for x, y, r in ((136, 7, 2.8), (120, 27, 1.8), (152, 28, 1.8)):
        pen.ellipse(x, y, r, r * 1.2, water)


# --- turtle --------------------------------------------------------------------------------------

_TURTLE_SEAT = Seat(top=(0, -15), span=25, eyes=(6.8, -2.6), apart=10.4, neck=(-4, 16), collar=20)


def _draw_turtle(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, v = face.coat, look.variant
    asleep = look.pose == "sleep"
    shell = mix(look.ink.base, ("#8a5a32", "#a8682c", "#4f6b3a", "#3f6f78")[v % 4], 0.4)
    skin = coat
    pen.path(smooth([(14, 84), (2, 90, 0.4), (16, 93)]), skin.shade)
    for x in (36, 96):
        _turtle_leg(pen, skin.behind(), x)
    if not asleep:
        pen.path(tube([(100, 84), (116, 72), (122, 56)], [26, 23, 21]), skin.body)
    for x in (26, 86):
        _turtle_leg(pen, skin, x)
    head = (126.0, 46.0) if not asleep else (122.0, 77.0)
    dome: list[Knot] = [(10, 84), (14, 60), (32, 38), (60, 29), (88, 38), (106, 60), (110, 84), (60, 90)]
    d = smooth(dome)
    with form(pen, d, coat_of(shell), 5) as inner:
        _shell_pattern(inner, shell, v)
    pen.path(tube([(10, 86), (60, 90), (110, 86)], [7, 8, 7]), mix(shell, "#fff2cc", 0.55))
    with pen.group(f"translate({head[0]} {head[1]}) rotate({6 if asleep else 0}) scale(1.42)"):
        wear_under(pen, face, _TURTLE_SEAT)
        volume(pen, smooth([(-14, 0), (-9, -13), (3, -16), (13, -10), (17, 1), (11, 12), (0, 15), (-11, 11)]), skin, 3)
        eye(pen, face, 1.6, -2.6, 2.8)
        eye(pen, face, 12, -2.6, 2.4)
        smile(pen, 8, 5, 4.6, skin.line)
        tint(pen, 0, 5, 3.2, 2.4, "#f08a86", opacity=0.5)
        wear_over(pen, face, _TURTLE_SEAT)


def _turtle_leg(pen: Pen, skin: Coat, x: float) -> None:
    pen.path(smooth([
        (x - 8, 82), (x + 10, 82), (x + 12, 94), (x + 14, 99, 0.6), (x - 8, 99, 0.6), (x - 9, 92),
    ]), skin.body)  # fmt: skip
    if not is_lines(pen):
        for step in (1.5, 6, 10.5):
            pen.ellipse(x + step, 97.6, 1.5, 1.4, skin.light)


def _shell_pattern(pen: Pen, shell: str, variant: int) -> None:
    light, dark = mix(shell, "#fff0c0", 0.38), mix(shell, "#2a1430", 0.3)
    plates = [(60, 48, 15), (30, 58, 12), (90, 58, 12), (46, 74, 12), (75, 74, 12), (16, 78, 8), (104, 78, 8)]
    for x, y, size in plates:
        sides = 6 if variant % 2 == 0 else 9
        knots: list[Knot] = [(px, py, 0.35) for px, py in _regular(x, y, size, sides)]
        pen.path(smooth(knots), light if variant < 4 else dark)
        if variant in (0, 3, 5):
            pen.ellipse(x, y, size * 0.4, size * 0.34, shell)


def _regular(x: float, y: float, size: float, sides: int) -> list[tuple[float, float]]:
    return [(x + size * cos(2 * pi * i / sides), y + size * 0.86 * sin(2 * pi * i / sides)) for i in range(sides)]


# --- frog ----------------------------------------------------------------------------------------

_FROG_SEAT = Seat(top=(0, -21), span=22, eyes=(0, -15), apart=27, neck=(0, 15), collar=40)


def _draw_frog(pen: Pen, look: Look) -> None:
    face = face_of(look)
    coat, leaping = face.coat, look.pose == "run"
    if leaping:
        _frog_legs_stretched(pen, coat)
    else:
        _frog_legs_folded(pen, coat)
    wide = (30.0, 33.0, 28.0, 31.5, 29.0, 34.0, 32.0, 27.0)[look.variant % 8]
    body: list[Knot] = [(60, 40), (84, 50), (60 + wide, 72), (80, 94), (60, 98), (40, 94), (60 - wide, 72), (36, 50)]
    with pen.group("rotate(28 60 60)" if leaping else ""):
        d = smooth(body)
        with form(pen, d, coat, 4) as inner:
            inner.ellipse(60, 88, 22, 26, coat.pale)
            if look.variant in (1, 3, 5, 6):
                for x, y, r in ((38, 66, 5), (82, 62, 4.4), (44, 54, 3), (78, 76, 3)):
                    inner.ellipse(x, y, r, r, coat.deep)
    for x, side in ((50, -1), (70, 1)):
        if not leaping:
            pen.path(tube([
                (x, 70), (x + side * 4, 84), (x + side * 3, 95),
            ], [11, 9, 7.6]), mix(coat.body, coat.shade, 0.35))  # fmt: skip
            _frog_toes(pen, coat, x + side * 3, 97)
    place = "translate(66 36) rotate(8)" if leaping else "translate(60 40)"
    with pen.group(f"{place} scale(1.28)"):
        wear_under(pen, face, _FROG_SEAT)
        _frog_head(pen, face)
        wear_over(pen, face, _FROG_SEAT)


def _frog_head(pen: Pen, face: Face) -> None:
    coat = face.coat
    for side in (-1, 1):
        pen.ellipse(side * 13.5, -14, 9, 9, coat.body)
    volume(pen, smooth([(-27, 3), (-18, -11), (0, -15), (18, -11), (27, 3), (18, 15), (0, 18), (-18, 15)]), coat, 3)
    for side in (-1, 1):
        pen.ellipse(side * 13.5, -15, 6.4, 6.6, "#fffdf2")
        eye(pen, Face(coat=coat.behind(), look=face.look, mood=face.mood), side * 13.5 + 0.8, -14.6, 4.2)
    mouth = mix(coat.line, coat.deep, 0.3) if not coat.dark else coat.line
    pen.line("M-17 3 Q0 15 17 3", mouth, 1.7)
    if face.mood == "happy":
        pen.path("M-11 6 Q0 12.4 11 6 Q6 17 0 17 Q-6 17 -11 6 Z", "#a8434c")
    for side in (-1, 1):
        pen.ellipse(side * 2.4, -3.5, 0.8, 1, coat.deep)
    cheeks(pen, 0, 4, 42, 3.4, 0.5)


def _frog_legs_folded(pen: Pen, coat: Coat) -> None:
    for side in (-1, 1):
        thigh: list[Knot] = [
            (60 + side * 18, 62), (60 + side * 38, 60), (60 + side * 46, 78), (60 + side * 40, 94),
            (60 + side * 20, 96),
        ]  # fmt: skip
        volume(pen, smooth(thigh), coat.behind() if side > 0 else coat, 3)
        _frog_toes(pen, coat, 60 + side * 42, 97, 1.3)


def _frog_legs_stretched(pen: Pen, coat: Coat) -> None:
    shade = mix(coat.body, coat.shade, 0.5)
    for dy, color in ((-8, coat.shade), (4, shade)):
        pen.path(tube([(44, 66 + dy), (20, 72 + dy), (26, 88 + dy), (2, 92 + dy)], [18, 13, 9, 7]), color)
        pen.path(tube([(80, 70 + dy), (100, 78 + dy), (112, 72 + dy)], [11, 8, 6.4]), color)


def _frog_toes(pen: Pen, coat: Coat, x: float, y: float, scale: float = 1.0) -> None:
    for step in (-5, 0, 5):
        pen.path(tube([
            (x, y - 3), (x + step * scale, y), (x + step * scale * 1.3, y + 0.6),
        ], [4 * scale, 3.4 * scale, 3.8 * scale]), coat.body)  # fmt: skip


DRAWINGS: dict[str, Drawing] = {
    name: fitted(drawing, KIND[name].aspect)
    for name, drawing in (
        ("fish", _draw_fish), ("whale", _draw_whale), ("turtle", _draw_turtle), ("frog", _draw_frog),
    )
}  # fmt: skip
