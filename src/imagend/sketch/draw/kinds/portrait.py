"""Head and shoulders of a person, for close-ups: the same hair as at a distance, with a face worth looking at."""

from __future__ import annotations

from imagend.sketch.draw.kinds.coat import BLUSH, Coat, coat_of, glint, inside, is_lines, tint, volume
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
    _head(pen, face, skin, who)
    if who == "man" and look.variant in (1, 4, 6):
        beard(pen, hair)
    _features(pen, face, hair, who)
    hair_over(pen, hair)
    wear_over(pen, face, _SEAT)


# --- shoulders -----------------------------------------------------------------------------------


def _shoulders(pen: Pen, look: Look, skin: Coat, who: str) -> None:
    cloth = coat_of(look.ink.base)
    wide = {"woman": 30.0, "man": 34.0, "child": 27.0}[who]
    neck = {"woman": 7.4, "man": 9.6, "child": 7.0}[who]
    pen.path(
        smooth([(-neck, 8), (neck, 8), (neck * 0.96, 25), (neck * 1.9, 31), (0, 44), (-neck * 1.9, 31),
            (-neck * 0.96, 25)]),
        skin.body,
    )  # fmt: skip
    if not is_lines(pen):
        pen.path(smooth([(-neck * 0.98, 14), (neck * 0.98, 14), (neck * 0.95, 23), (1, 27.5), (-neck * 0.8, 22)]),
            skin.shade)  # fmt: skip
    body: list[Knot] = [
        (-neck * 1.55, 29.5, 0.6), (-neck * 0.5, 35.5), (neck * 0.5, 35.5), (neck * 1.55, 29.5, 0.6), (wide * 0.72, 34),
        (wide, 44), (wide + 2, 56, 0.2), (-wide - 2, 56, 0.2), (-wide, 44), (-wide * 0.72, 34),
    ]  # fmt: skip
    d = smooth(body)
    volume(pen, d, cloth, 2)
    with inside(pen, d) as inner:
        tint(inner, -wide * 0.62, 37, wide * 0.34, 4, cloth.light, opacity=0.5, turn=-24)
        for side in (-1, 1):
            inner.line(
                f"M{side * wide * 0.66:.4g} 47 Q{side * wide * 0.6:.4g} 52 {side * wide * 0.62:.4g} 57",
                cloth.shade,
                1.1,
            )
        _knit(inner, cloth, look, wide)
    _collar(pen, look, cloth, neck, who)


def _knit(pen: Pen, cloth: Coat, look: Look, wide: float) -> None:
    if look.variant % 4 == 1:
        for y in (40, 46, 52):
            pen.line(f"M{-wide - 2:.4g} {y + 3} Q0 {y - 2} {wide + 2:.4g} {y + 3}",
                mix(cloth.body, "#fff6e4", 0.6), 1.8)  # fmt: skip
    elif look.variant % 4 == 3:
        for row, y in enumerate((40, 45, 50, 55)):
            for column in range(-4, 5):
                pen.ellipse(column * 7 + (3.5 if row % 2 else 0), y, 0.9, 0.9, mix(cloth.body, "#fff6e4", 0.7))


def _collar(pen: Pen, look: Look, cloth: Coat, neck: float, who: str) -> None:
    if look.variant % 2 == 0 and who != "child":
        for side in (-1, 1):
            lapel: list[Knot] = [
                (0, 36.5, 0.3), (side * neck * 1.2, 27.5, 0.3), (side * neck * 1.75, 29.5, 0.3),
                    (side * neck * 1.5, 37, 0.3),
                (side * neck * 0.62, 41.5, 0.3),
            ]  # fmt: skip
            pen.path(smooth(lapel), cloth.light)
            pen.line(f"M0 36.5 L{side * neck * 0.62:.4g} 41.5", cloth.shade, 0.7)
        for y in (43.5, 50):
            pen.ellipse(0, y, 0.95, 0.95, mix(cloth.light, "#ffffff", 0.4))
        return
    rim = tube([(-neck * 1.55, 29.5), (-neck * 0.8, 34.2), (0, 36), (neck * 0.8, 34.2), (neck * 1.55, 29.5)], [2.4] * 5)
    pen.path(rim, cloth.light)


# --- face ----------------------------------------------------------------------------------------


def _head(pen: Pen, face: Face, skin: Coat, who: str) -> None:
    for side in (-1, 1):
        pen.ellipse(side * 17.6, 3, 3.2, 4.8, skin.body if side < 0 else mix(skin.body, skin.shade, 0.5))
        pen.path(f"M{side * 18.6} 1 Q{side * 16.4} 2.4 {side * 18} 5.6 Q{side * 19.6} 3.6 {side * 18.6} 1 Z",
            skin.shade)  # fmt: skip
    chin, jaw = {"woman": (22.6, 12.2), "man": (23.4, 13.8), "child": (20.6, 14.6)}[who]
    shape: list[Knot] = [
        (0, -21), (11, -19), (17.4, -8), (17.5, 3), (15.6, 10), (jaw, 15), (5.6, chin - 1.4), (0, chin),
            (-5.6, chin - 1.4), (-jaw, 15),
        (-15.6, 10), (-17.5, 3), (-17.4, -8), (-11, -19),
    ]  # fmt: skip
    d = smooth(shape)
    pen.path(d, skin.body)
    if is_lines(pen):
        return
    with inside(pen, d) as inner:
        shadow: list[Knot] = [(19, -12), (14.6, 2), (12, 12), (4, 19.4), (-8, 21), (4, 27), (20, 20), (22, 0)]
        inner.path(smooth(shadow), skin.shade, opacity=0.38)
        inner.path(smooth([(-20, -13), (0, -12.4), (20, -13), (18, -22), (-18, -22)]), skin.shade, opacity=0.4)
        tint(inner, -7.5, -8, 7, 3.4, skin.light, opacity=0.5, turn=-14)
        tint(inner, -8.4, 7.4, 4.4, 3, skin.light, opacity=0.35)
    for x in (-9, 10.2):
        tint(pen, x, 9.4, 4.8, 3.3, BLUSH, opacity=0.24)
        tint(pen, x, 9.4, 3.2, 2.2, BLUSH, opacity=0.26)


def _features(pen: Pen, face: Face, hair: Hair, who: str) -> None:
    iris = _IRISES[face.variant % 8]
    for side in (-1, 1):
        x = 0.6 + side * 8
        _eye(pen, face, x, 1, side, iris, who)
        _brow(pen, hair, x, -5.6, side, who)
    _nose(pen, face.coat)
    _mouth(pen, face.coat, who)


def _eye(pen: Pen, face: Face, x: float, y: float, side: int, iris: str, who: str) -> None:
    tall = 3.5 if who == "child" else 3.0
    almond = smooth([
        (x - side * 4.0, y + 0.9, 0.5), (x - side * 2, y - tall * 0.7), (x + side * 0.8, y - tall),
            (x + side * 3.4, y - tall * 0.45),
        (x + side * 4.4, y + 0.1, 0.4), (x + side * 2.2, y + tall * 0.68), (x - side * 1, y + tall * 0.76),
    ])  # fmt: skip
    pen.path(almond, "#fffaf4")
    with inside(pen, almond) as inner:
        inner.ellipse(x + 0.3, y - 0.2, 2.9, 3.1, mix(iris, "#1a1014", 0.35))
        inner.ellipse(x + 0.3, y + 0.3, 2.3, 2.4, iris)
        inner.ellipse(x + 0.3, y + 1.4, 1.5, 1, mix(iris, "#fff0c0", 0.45))
        inner.ellipse(x + 0.3, y - 0.2, 1.4, 1.5, "#17100f")
        tint(inner, x, y - tall, 5, 1.5, "#7a5a5a", opacity=0.25)
    glint(pen, x + 1.3, y - 1.3, 0.85)
    glint(pen, x - 0.8, y + 1.1, 0.4)
    lid = (
        f"M{x - side * 4.2:.4g} {y + 0.8:.4g} C{x - side * 2.6:.4g} {y - tall * 0.95:.4g} {x + side * 1.6:.4g} {y - tall * 1.35:.4g}"
        f" {x + side * 4.7:.4g} {y - 0.3:.4g}"
    )
    pen.line(lid, mix(EYE, face.coat.body, 0.05), 1.35 if who == "woman" else 1.05)
    if who == "woman":
        for dx, dy, reach in ((4.6, -0.4, 2.0), (3.6, -1.6, 2.0), (2.3, -2.4, 1.7)):
            start = x + side * dx
            pen.line(
                f"M{start:.4g} {y + dy:.4g} Q{start + side * reach * 0.6:.4g} {y + dy - 0.3:.4g} {start + side * reach:.4g} {y + dy - 1.3:.4g}",
                EYE,
                0.8,
            )
    if not is_lines(pen):
        crease = f"M{x - side * 3.2:.4g} {y - tall * 0.95:.4g} Q{x + side * 0.6:.4g} {y - tall * 1.75:.4g} {x + side * 4:.4g} {y - tall * 0.8:.4g}"
        pen.line(crease, face.coat.shade, 0.7, opacity=0.8)


def _brow(pen: Pen, hair: Hair, x: float, y: float, side: int, who: str) -> None:
    thick = {"woman": 1.25, "man": 2.0, "child": 1.1}[who]
    color = mix(hair.color, "#2a1612", 0.38)
    brow: list[Knot] = [
        (x - side * 4.2, y + 1.1), (x - side * 1, y - 0.6), (x + side * 2.4, y - 0.9), (x + side * 5.2, y + 1.2, 0.3),
        (x + side * 2.4, y - 0.9 + thick * 0.9), (x - side * 1, y - 0.6 + thick), (x - side * 4, y + 1.1 + thick * 0.8),
    ]  # fmt: skip
    pen.path(smooth(brow), color)


def _nose(pen: Pen, skin: Coat) -> None:
    line = mix(skin.shade, "#8f3f2c", 0.4)
    if not is_lines(pen):
        pen.path(smooth([(1.6, 0), (2.6, 5), (4.3, 8.6), (2.6, 10.2), (0.8, 9.6), (1.6, 5)]), skin.shade, opacity=0.5)
        tint(pen, 0.2, 7.6, 1.3, 1, "#fff6ea", opacity=0.5)
    pen.line("M-2 9.4 Q-1.2 10.9 0.7 10.7 Q2.6 10.9 3.4 9.2", line, 0.95)


def _mouth(pen: Pen, skin: Coat, who: str) -> None:
    red = {"woman": "#c9464f", "man": "#a8564c", "child": "#c4605c"}[who]
    lip = mix(skin.body, red, 0.82 if who == "woman" else 0.5)
    half = 5.4 if who != "child" else 4.6
    y = 15.2 if who != "child" else 14.2
    upper = (
        f"M{0.6 - half:.4g} {y:.4g} C{-1.8:.4g} {y - 1.5:.4g} {-0.4:.4g} {y - 2:.4g} 0.6 {y - 1.1:.4g} C1.6 {y - 2:.4g} 3 {y - 1.5:.4g}"
        f" {0.6 + half:.4g} {y:.4g} C3 {y + 1.3:.4g} -1.8 {y + 1.3:.4g} {0.6 - half:.4g} {y:.4g} Z"
    )
    lower = (
        f"M{0.6 - half * 0.86:.4g} {y + 0.3:.4g} C-2 {y + 1.3:.4g} 3.2 {y + 1.3:.4g} {0.6 + half * 0.86:.4g} {y + 0.3:.4g}"
        f" C{0.6 + half * 0.5:.4g} {y + 4:.4g} {0.6 - half * 0.5:.4g} {y + 4:.4g} {0.6 - half * 0.86:.4g} {y + 0.3:.4g} Z"
    )
    pen.path(lower, mix(lip, "#ffb0a4", 0.22))
    pen.path(upper, mix(lip, "#5a1824", 0.14))
    pen.line(f"M{0.2 - half:.4g} {y - 0.3:.4g} C-1.6 {y + 1.2:.4g} 2.8 {y + 1.2:.4g} {1 + half:.4g} {y - 0.3:.4g}",
        mix(lip, "#4a1420", 0.5), 0.8)  # fmt: skip
    tint(pen, 0.2, y + 2.1, 1.8, 0.5, "#ffffff", opacity=0.45)
