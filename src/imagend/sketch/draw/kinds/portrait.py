"""Head and shoulders of a person, for close-ups: the same hair as at a distance, with a face worth looking at."""

from __future__ import annotations

from imagend.sketch.draw.kinds.coat import BLUSH, Coat, brightness, coat_of, glint, inside, is_lines, tint
from imagend.sketch.draw.kinds.curves import Knot, smooth, tube
from imagend.sketch.draw.kinds.faces import EYE, Face
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.hair import Hair, beard, hair_behind, hair_of, hair_over, skin_of
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix

ASPECT = 0.9
_SEAT = Seat(top=(0, -18), span=40, eyes=(0.6, 1), apart=16, neck=(0, 28), collar=24)
_IRISES = ("#5f8f5a", "#6b4327", "#4f86b8", "#4a2f22", "#5a93c0", "#7a5a30", "#3f2a22", "#6f9a6a")


def draw_portrait(pen: Pen, look: Look, who: str) -> None:
    """Draw a woman, man or child down to the shoulders into the box x 0..90, y 0..100, cut off at y = 100."""

    def bust(pen: Pen, look: Look) -> None:
        _bust(pen, look, who)

    fitted(bust, ASPECT)(pen, look)


def _bust(pen: Pen, look: Look, who: str) -> None:
    skin, hair = skin_of(look.variant), hair_of(who, look.variant, fine=True)
    face = Face(coat=skin, look=look)
    hair_behind(pen, hair)
    _shoulders(pen, look, skin, who)
    wear_under(pen, face, _SEAT)
    _head(pen, face, hair, who)
    if who == "man" and look.variant in (1, 4, 6):
        beard(pen, hair)
    _features(pen, face, hair, who)
    hair_over(pen, hair)
    if look.detail == "freckles":
        _freckles(pen, skin)
    else:
        wear_over(pen, face, _SEAT)


# --- shoulders -----------------------------------------------------------------------------------


def _shoulders(pen: Pen, look: Look, skin: Coat, who: str) -> None:
    cloth = coat_of(look.ink.base)
    wide = {"woman": 33.5, "man": 36.5, "child": 31.0}[who]
    neck = {"woman": 7.4, "man": 9.6, "child": 7.0}[who]
    _neck(pen, skin, neck)
    body: list[Knot] = [
        (-neck * 1.5, 29.5, 0.6), (-neck * 0.5, 35.5), (neck * 0.5, 35.5), (neck * 1.5, 29.5, 0.6), (wide * 0.7, 34),
        (wide * 0.96, 42), (wide + 1, 55, 0), (-wide - 1, 55, 0), (-wide * 0.96, 42), (-wide * 0.7, 34),
    ]  # fmt: skip
    d = smooth(body)
    pen.path(d, cloth.body)
    with inside(pen, d) as inner:
        _folds(inner, cloth, wide)
        _pattern(inner, cloth, look, wide)
    _collar(pen, look, cloth, neck, who)


def _neck(pen: Pen, skin: Coat, half: float) -> None:
    bare: list[Knot] = [
        (-half, 8), (half, 8), (half * 0.96, 25), (half * 1.4, 31), (0, 44), (-half * 1.4, 31), (-half * 0.96, 25),
    ]  # fmt: skip
    pen.path(smooth(bare), skin.body)
    if not is_lines(pen):
        under: list[Knot] = [(-half, 14), (half, 14), (half * 0.95, 24), (1.5, 28), (-half * 0.85, 22.5)]
        pen.path(smooth(under), skin.shade)


def _folds(pen: Pen, cloth: Coat, wide: float) -> None:
    if not is_lines(pen):
        far: list[Knot] = [(wide * 0.5, 31), (wide * 0.78, 42), (wide * 0.72, 58), (wide + 6, 58), (wide + 6, 34)]
        pen.path(smooth(far), cloth.shade, opacity=0.6)
        tint(pen, -wide * 0.6, 37.5, wide * 0.32, 3.6, cloth.light, opacity=0.5, turn=-22)
    for side in (-1, 1):
        pen.line(
            f"M{side * wide * 0.66:.4g} 45 Q{side * wide * 0.6:.4g} 50 {side * wide * 0.62:.4g} 57", cloth.shade, 1.1
        )


def _pattern(pen: Pen, cloth: Coat, look: Look, wide: float) -> None:
    color = mix(cloth.body, "#fff6e4" if brightness(cloth.body) < 170 else cloth.shade, 0.6)
    if look.variant % 4 == 1:
        for y in (39, 45, 51):
            pen.line(f"M{-wide - 2:.4g} {y + 3} Q0 {y - 2} {wide + 2:.4g} {y + 3}", color, 1.8)
    elif look.variant % 4 == 3:
        for row, y in enumerate((39, 44, 49, 54)):
            for column in range(-5, 6):
                pen.ellipse(column * 7 + (3.5 if row % 2 else 0), y, 0.9, 0.9, color)


def _collar(pen: Pen, look: Look, cloth: Coat, neck: float, who: str) -> None:
    if look.variant % 2 or who == "child":
        spine = [(-neck * 1.5, 29.5), (-neck * 0.8, 34.2), (0.0, 36.0), (neck * 0.8, 34.2), (neck * 1.5, 29.5)]
        pen.path(tube(spine, [2.4] * 5), cloth.light)
        return
    for side in (-1, 1):
        lapel: list[Knot] = [
            (0, 36.5, 0.3), (side * neck * 1.2, 27.5, 0.3), (side * neck * 1.7, 29.5, 0.3),
            (side * neck * 1.5, 37, 0.3), (side * neck * 0.62, 41.5, 0.3),
        ]  # fmt: skip
        pen.path(smooth(lapel), cloth.light)
        pen.line(f"M0 36.5 L{side * neck * 0.62:.4g} 41.5", cloth.shade, 0.7)
    for y in (43.5, 50):
        pen.ellipse(0, y, 0.95, 0.95, mix(cloth.shade, cloth.light, 0.4))


# --- face ----------------------------------------------------------------------------------------

#: Right half of a face's outline, from the temple to the chin.
_CONTOURS: dict[str, list[Knot]] = {
    "woman": [(17.6, 2), (16.3, 9.4), (12, 16.4), (5.6, 21.6), (0, 22.8)],
    "man": [(17.4, 3), (16.6, 10.4), (13.2, 17.2), (6.8, 22.4), (0, 23.6)],
    "child": [(18, 4), (16.8, 11), (11.8, 17.2), (5.6, 20.2), (0, 20.8)],
}


def _head(pen: Pen, face: Face, hair: Hair, who: str) -> None:
    skin = face.coat
    if not hair.covers_ears:
        _ears(pen, skin)
    down = _CONTOURS[who]
    up: list[Knot] = [(-knot[0], knot[1]) for knot in down[-2::-1]]
    d = smooth([(0, -21), (11, -19), (17.4, -8), *down, *up, (-17.4, -8), (-11, -19)])
    pen.path(d, skin.body)
    if is_lines(pen):
        return
    with inside(pen, d) as inner:
        shadow: list[Knot] = [(19, -12), (14.8, 2), (12.4, 12), (4, 19), (-8, 21), (4, 27), (20, 20), (22, 0)]
        inner.path(smooth(shadow), skin.shade, opacity=0.36)
        inner.path(smooth([(-20, -12), (0, -10), (20, -12), (18, -22), (-18, -22)]), skin.shade, opacity=0.34)
        tint(inner, -7.5, -8, 7, 3.2, skin.light, opacity=0.4, turn=-14)
    for x in (-8.8, 10):
        for size in (1.0, 0.82, 0.64, 0.46):
            tint(pen, x, 9.6, 5.2 * size, 3.7 * size, BLUSH, opacity=0.12)


def _ears(pen: Pen, skin: Coat) -> None:
    for side in (-1, 1):
        pen.ellipse(side * 17.6, 3, 3.2, 4.8, skin.body if side < 0 else mix(skin.body, skin.shade, 0.5))
        fold = f"M{side * 18.8} 1 Q{side * 16.6} 2.4 {side * 18.2} 5.6"
        pen.line(fold, skin.shade, 0.9)


def _freckles(pen: Pen, skin: Coat) -> None:
    color = mix(skin.body, "#9a4f2a", 0.62)
    spots = (
        (-11.6, 7.4, 0.5), (-9.6, 8.8, 0.66), (-7.6, 7.2, 0.6), (-5.8, 8.9, 0.62), (-4, 7, 0.5), (-8.2, 10.6, 0.5),
            (-11, 10.2, 0.46),
        (-6.2, 11.2, 0.44), (-2.2, 5.4, 0.44), (0.4, 6, 0.5), (2.4, 5.2, 0.42), (4.6, 7.2, 0.5), (6.6, 8.9, 0.62),
            (8.6, 7.3, 0.58),
        (10.6, 8.8, 0.64), (12.4, 7.2, 0.46), (9.2, 10.7, 0.5), (12, 10.4, 0.46), (7, 11.3, 0.44), (-13, 8.8, 0.4),
            (13.6, 8.9, 0.4),
    )  # fmt: skip
    for x, y, radius in spots:
        pen.ellipse(x, y, radius, radius * 0.9, color, opacity=0.8)


def _features(pen: Pen, face: Face, hair: Hair, who: str) -> None:
    iris = _IRISES[face.variant % 8]
    for side in (-1, 1):
        x = 0.6 + side * 8
        _eye(pen, face, x, side, iris, who)
        _brow(pen, hair, x, side, who)
    _nose(pen, face.coat)
    _mouth(pen, face.coat, who)


def _eye(pen: Pen, face: Face, x: float, side: int, iris: str, who: str) -> None:
    """Drawn to the right of the nose and mirrored for the other side; only the light falls from the same side."""
    tall = {"woman": 3.5, "man": 2.9, "child": 3.8}[who]
    with pen.group(f"translate({x} 1) scale({side} 1)"):
        almond = smooth([
            (-4, 1, 0.5), (-2, -tall * 0.74), (0.8, -tall), (3.3, -tall * 0.5), (4.4, 0.2, 0.4), (2.2, tall * 0.66),
            (-1, tall * 0.74),
        ])  # fmt: skip
        pen.path(almond, "#fffaf4")
        with inside(pen, almond) as inner:
            _iris(inner, iris, tall)
        if not is_lines(pen):
            crease = f"M-3 {-tall * 0.98:.4g} Q0.6 {-tall * 1.7:.4g} 4 {-tall * 0.85:.4g}"
            pen.line(crease, face.coat.shade, 0.7, opacity=0.8)
        lid = f"M-4.1 0.9 C-2.6 {-tall * 1.0:.4g} 1.6 {-tall * 1.36:.4g} 4.8 -0.2"
        pen.line(lid, EYE, 1.25 if who == "woman" else 1.0)
        if who == "woman":
            for lash in ("M4.6 -0.4 Q5.8 -0.7 6.5 -1.7", "M3.7 -1.7 Q4.9 -2 5.6 -3.1", "M2.4 -2.8 Q3.3 -3.2 3.9 -4.2"):
                pen.line(lash, EYE, 0.75)
    glint(pen, x + 1.3, -0.4, 0.9)
    glint(pen, x - 0.9, 2.3, 0.42)


def _iris(pen: Pen, color: str, tall: float) -> None:
    pen.ellipse(0, -0.1, 3, 3.2, mix(color, "#1a1014", 0.4))
    pen.ellipse(0, 0.3, 2.4, 2.5, color)
    tint(pen, 0, 1.5, 1.6, 1.0, mix(color, "#fff0c0", 0.5), opacity=0.9)
    pen.ellipse(0, -0.1, 1.45, 1.55, "#17100f")
    tint(pen, 0, -tall, 5, 1.5, "#7a5a5a", opacity=0.22)


def _brow(pen: Pen, hair: Hair, x: float, side: int, who: str) -> None:
    thick = {"woman": 1.2, "man": 1.9, "child": 1.1}[who]
    brow: list[Knot] = [
        (-4.2, 0.5), (-1, -0.8), (2.4, -1), (5.4, 1.2, 0.3), (2.4, thick * 0.9 - 1), (-1, thick - 0.8),
        (-4, 0.5 + thick * 0.8),
    ]  # fmt: skip
    with pen.group(f"translate({x} {-6.4 if who == 'man' else -6.9}) scale({side} 1)"):
        pen.path(smooth(brow), mix(hair.color, "#2a1612", 0.38))


def _nose(pen: Pen, skin: Coat) -> None:
    if not is_lines(pen):
        ridge: list[Knot] = [(1.8, 0.5), (2.7, 5), (4.1, 8.4), (2.6, 9.8), (0.9, 9.2), (1.7, 5)]
        pen.path(smooth(ridge), skin.shade, opacity=0.42)
        tint(pen, 0.2, 7.4, 1.3, 1, "#fff6ea", opacity=0.5)
    pen.line("M-1.9 9.1 Q-1.1 10.5 0.7 10.3 Q2.5 10.5 3.2 8.9", mix(skin.shade, "#8f3f2c", 0.4), 0.95)


def _mouth(pen: Pen, skin: Coat, who: str) -> None:
    """A closed smile: the corners stand higher than the middle."""
    red = {"woman": "#d04a52", "man": "#b05a4e", "child": "#cc645f"}[who]
    lip = mix(skin.body, red, 0.82 if who == "woman" else 0.5)
    place = {"woman": "translate(0.6 14.8)", "man": "translate(0.6 15.2)", "child": "translate(0.6 13.9) scale(0.88)"}[
        who
    ]
    with pen.group(place):
        pen.path("M-5.4 -0.7 C-3 1.5 3 1.5 5.4 -0.7 C4 4.4 -4 4.4 -5.4 -0.7 Z", mix(lip, "#ffb0a4", 0.2))
        pen.path("M-5.6 -0.9 C-3 -0.9 -1.2 -2 0 -1.1 C1.2 -2 3 -0.9 5.6 -0.9 C3 1.7 -3 1.7 -5.6 -0.9 Z",
            mix(lip, "#5a1824", 0.14))  # fmt: skip
        pen.line("M-6.2 -1.3 C-3.2 1.8 3.2 1.8 6.2 -1.3", mix(lip, "#4a1420", 0.5), 0.85)
        tint(pen, -0.4, 2.1, 1.9, 0.5, "#ffffff", opacity=0.45)
