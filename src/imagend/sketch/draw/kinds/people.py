"""Woman, man, child and astronaut, from head to toe."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imagend.sketch.draw.kinds import Drawing
from imagend.sketch.draw.kinds.coat import Coat, coat_of, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, Point, oval, smooth, tube
from imagend.sketch.draw.kinds.faces import EYE, Face, Mood, cheeks, eyes
from imagend.sketch.draw.kinds.fitting import fitted
from imagend.sketch.draw.kinds.hair import Hair, beard, hair_behind, hair_of, hair_over, skin_of
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix
from imagend.sketch.vocabulary import KIND

_SEAT = Seat(top=(0, -18), span=40, eyes=(1.5, 0), apart=15, neck=(0, 24), collar=20)
_DENIMS = ("#3d5a80", "#4a4e69", "#6b705c", "#2f4858", "#7d5a50", "#35576b", "#5b4a66", "#43536b")
_SHOES = ("#5a3a2e", "#f4efe6", "#3a3a44", "#b5473c")

_OUTFITS = {
    "woman": ("dress", "trousers", "skirt", "dress"),
    "man": ("trousers",),
    "child": ("shorts", "dress", "shorts", "trousers"),
}
#: Height of the torso and of the legs, half the width of the shoulders, thickness of a limb, scale of the head.
_SIZES = {
    "woman": (27.0, 43.0, 9.4, 5.6, 0.53),
    "man": (29.0, 43.0, 11.6, 6.6, 0.53),
    "child": (22.0, 29.0, 9.0, 5.8, 0.68),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One grown or small person; the origin of all coordinates is between the hips."""

    who: str
    look: Look
    skin: Coat
    hair: Hair
    cloth: Coat
    legs: Coat
    shoe: str
    outfit: str  # dress, skirt, trousers, shorts
    torso: float  # hips to shoulders
    leg: float
    half: float  # half the width of the shoulders
    limb: float
    head: float  # scale of a head 20 in radius


def _person(who: str, look: Look) -> Person:
    v, outfits = look.variant % 8, _OUTFITS[who]
    denim = _DENIMS[v] if look.ink.base.lower() != _DENIMS[v] else "#6b705c"
    torso, leg, half, limb, head = _SIZES[who]
    return Person(
        who=who, look=look, skin=skin_of(v), hair=hair_of(who, v), cloth=coat_of(look.ink.base),
        legs=coat_of(denim), shoe=_SHOES[v % 4], outfit=outfits[v % len(outfits)],
        torso=torso, leg=leg, half=half, limb=limb, head=head,
    )  # fmt: skip


def _draw_person(pen: Pen, who: str, look: Look) -> None:
    person = _person(who, look)
    lean = 7 if look.pose == "run" else 0
    head = (1.5 if lean else 0.0, -person.torso - 21.5 * person.head - 1.5)
    with pen.group(f"rotate({lean})"):
        with pen.group(f"translate({head[0]} {head[1]}) scale({person.head})"):
            hair_behind(pen, person.hair)
        _arm(pen, person, -1)
    if look.pose != "sit":
        _legs(pen, person)
    with pen.group(f"rotate({lean})"):
        _torso(pen, person)
        with pen.group(f"translate({head[0]} {head[1]}) scale({person.head})"):
            _head(pen, person)
    if look.pose == "sit":
        _crossed_legs(pen, person)
    with pen.group(f"rotate({lean})"):
        _arm(pen, person, 1)


# --- body ----------------------------------------------------------------------------------------


def _torso(pen: Pen, person: Person) -> None:
    t, s = person.torso, person.half
    pen.path(tube([(0, -t + 3), (0, -t - 5)], [6.4, 6]), person.skin.shade)
    waist, hip = (s * 0.72, s * 0.92) if person.who == "woman" else (s * 0.9, s * 0.92)
    shirt: list[Knot] = [
        (0, -t - 1), (s * 0.55, -t - 1), (s, -t + 3.4), (s * 0.9, -t + 9), (waist, -t * 0.42), (hip, 2), (0, 4),
        (-hip, 2), (-waist, -t * 0.42), (-s * 0.9, -t + 9), (-s, -t + 3.4), (-s * 0.55, -t - 1),
    ]  # fmt: skip
    volume(pen, smooth(shirt), person.cloth, 1.6)
    _neckline(pen, person)
    if person.look.pose != "sit" and person.outfit in ("dress", "skirt"):
        _skirt(pen, person, waist)


def _skirt(pen: Pen, person: Person, waist: float) -> None:
    fabric = person.cloth if person.outfit == "dress" else person.legs
    drop, flare = person.leg * 0.52, person.half * (1.65 if person.outfit == "dress" else 1.4)
    sway = 3.0 if person.look.pose == "run" else 0.0
    top = -person.torso * 0.38
    d = smooth([
        (-waist, top, 0.4), (waist, top, 0.4), (flare - sway, drop - 2, 0.5), (flare * 0.5 - sway, drop + 1),
        (-sway, drop), (-flare * 0.5 - sway, drop + 1), (-flare - sway, drop - 2, 0.5),
    ])  # fmt: skip
    volume(pen, d, fabric, 2)
    if not is_lines(pen):
        for x in (-0.42, 0.1, 0.5):
            fold = f"M{waist * x:.4g} {top + 8:.4g} L{flare * x - sway:.4g} {drop - 2:.4g}"
            pen.line(fold, fabric.shade, 0.8, opacity=0.8)
    if person.outfit == "dress":
        pen.line(f"M{-waist * 0.98:.4g} {top + 0.6:.4g} Q0 {top + 2:.4g} {waist * 0.98:.4g} {top + 0.6:.4g}",
            mix(fabric.body, "#fff4dc", 0.6), 1.7)  # fmt: skip


def _neckline(pen: Pen, person: Person) -> None:
    t, v = person.torso, person.look.variant
    if person.who == "man" and v % 2 == 0:
        for side in (-1, 1):
            pen.path(smooth([
                (0, -t + 3.6, 0.3), (side * 3.4, -t - 2, 0.4), (side * 5.4, -t + 0.6, 0.3), (side * 3, -t + 4.6, 0.3),
            ]), person.cloth.light)  # fmt: skip
        for y in (7, 11.5, 16):
            pen.ellipse(0, -t + y, 0.7, 0.7, person.cloth.light)
        return
    pen.path(smooth([(-3.8, -t - 1.4, 0.5), (3.8, -t - 1.4, 0.5), (2, -t + 2.6), (-2, -t + 2.6)]), person.skin.shade)
    if v % 3 == 1 and person.outfit != "dress":
        for y in (0.25, 0.45, 0.65):
            half = person.half * 0.74
            pen.line(f"M{-half:.4g} {-t * y - 3:.4g} L{half:.4g} {-t * y - 3:.4g}", person.cloth.light, 2)
    if person.who == "child" and v % 3 == 0 and not is_lines(pen):
        _star(pen, 0, -t * 0.48, 4, mix(person.cloth.body, "#fff8e0", 0.75))


def _star(pen: Pen, x: float, y: float, size: float, color: str) -> None:
    spokes = ((0, -1), (0.24, -0.32), (0.95, -0.31), (0.38, 0.12), (0.59, 0.81), (0, 0.4), (-0.59, 0.81),
        (-0.38, 0.12), (-0.95, -0.31), (-0.24, -0.32))  # fmt: skip
    pen.polygon([(x + dx * size, y + dy * size) for dx, dy in spokes], color)


def _arm(pen: Pen, person: Person, side: int) -> None:
    t, s, w = person.torso, person.half, person.limb
    start = (side * (s - 1.6), -t + 4.0)
    long_sleeve = person.look.variant % 2 == 0
    spine = [start, *_arm_end(person, side)]
    coat = person.cloth if side > 0 else person.cloth.behind()
    skin = person.skin if side > 0 else _far_skin(person)
    pen.path(tube(spine, [w * 0.98, w * 0.82, w * 0.7]), coat.body if long_sleeve else skin.body)
    if not long_sleeve:
        (x1, y1), (x2, y2) = spine[:2]
        pen.path(tube([start, (x1 + (x2 - x1) * 0.62, y1 + (y2 - y1) * 0.62)], [w * 1.1, w * 1.12]), coat.body)
    pen.ellipse(*_past(spine[1], spine[2], w * 0.35), w * 0.52, w * 0.52, skin.body)


def _far_skin(person: Person) -> Coat:
    return replace(person.skin, body=mix(person.skin.body, person.skin.shade, 0.7))


def _past(start: Point, end: Point, distance: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    return end[0] + dx / length * distance, end[1] + dy / length * distance


def _arm_end(person: Person, side: int) -> list[Point]:
    """Elbow and wrist."""
    t, s = person.torso, person.half
    if person.look.pose == "run":
        return [(s + 3.5, -t * 0.52), (s + 10, -t * 0.72)] if side > 0 else [(-s - 4, -t * 0.5), (-s - 1, -t * 0.24)]
    if person.look.pose == "sit":
        return [(side * (s + 3.4), -t * 0.46), (side * (s + 1.2), -t * 0.1)]
    if side > 0 and person.look.variant in (2, 5, 7):
        return [(s + 5.4, -t * 0.72), (s + 7.6, -t * 1.18)]
    return [(side * (s + 1.6), -t * 0.44), (side * (s + 2.2), -1.0)]


def _legs(pen: Pen, person: Person) -> None:
    n = person.leg
    spread = person.half * 0.44
    for side in (-1, 1):
        hip = (side * spread, 0.0)
        if person.look.pose == "run":
            knee, ankle = ((spread + 6.5, n * 0.34),
                (spread + 5.5, n * 0.86)) if side > 0 else ((-spread - 2, n * 0.42),
                (-spread - 12.5, n * 0.64))  # fmt: skip
        else:
            knee, ankle = (side * spread * 1.05, n * 0.5), (side * spread * 1.08, n - 2.5)
        _leg(pen, person, hip, knee, ankle, far=side < 0)


def _leg(pen: Pen, person: Person, hip: Point, knee: Point, ankle: Point, *, far: bool) -> None:
    w = person.limb
    fabric = person.legs.behind() if far else person.legs
    skin = _far_skin(person) if far else person.skin
    bare = person.outfit != "trousers"
    pen.path(tube([hip, knee, ankle], [w * 1.38, w * 1.1, w * 0.84]), skin.body if bare else fabric.body)
    if person.outfit == "shorts":
        middle = (hip[0] + (knee[0] - hip[0]) * 0.85, hip[1] + (knee[1] - hip[1]) * 0.85)
        pen.path(tube([hip, middle], [w * 1.5, w * 1.5]), fabric.body)
    turn = 62 if person.look.pose == "run" and far else 0
    with pen.group(f"translate({ankle[0]:.4g} {ankle[1]:.4g}) rotate({turn})"):
        shoe = smooth([(-w * 0.56, -1.6), (w * 0.5, -1.6), (w * 1.15, 1), (w * 1.2, 2.5, 0.4), (-w * 0.56, 2.5, 0.4)])
        pen.path(shoe, mix(person.shoe, "#24122a", 0.18) if far else person.shoe)


def _crossed_legs(pen: Pen, person: Person) -> None:
    w, s = person.limb * 1.3, person.half
    fabric = person.legs if person.outfit in ("trousers", "shorts", "skirt") else person.cloth
    bare = person.outfit in ("shorts", "dress", "skirt")
    shin = person.skin if bare else person.legs
    for side in (-1, 1):
        pen.path(tube([
            (side * (s + 5), 4), (side * 4, 7.6), (-side * 4, 8.6),
        ], [w * 0.95, w * 0.85, w * 0.75]), mix(shin.body, shin.shade, 0.6) if side < 0 else shin.body)  # fmt: skip
        pen.path(smooth([(-side * 3, 5.6), (-side * 9, 5), (-side * 11, 9, 0.6), (-side * 4, 11.6, 0.6)]), person.shoe)
    for side in (-1, 1):
        volume(pen, tube([
            (side * 3.6, 0), (side * (s * 0.9), 0.6), (side * (s + 5.6), 3.6),
        ], [w * 1.25, w * 1.2, w * 0.98]), fabric, 1.2)  # fmt: skip


# --- head ----------------------------------------------------------------------------------------


def _mood(look: Look) -> Mood:
    return "happy" if look.pose == "run" else "calm"


def _head(pen: Pen, person: Person) -> None:
    skin, hair, look = person.skin, person.hair, person.look
    face = Face(coat=skin, look=look, mood=_mood(look))
    wear_under(pen, face, _SEAT)
    for side in (-1, 1):
        if not hair.covers_ears:
            pen.ellipse(side * 17.8, 2, 3.2, 4.4, skin.body)
    chin = 21.5 if person.who != "child" else 19.5
    jaw = 13.6 if person.who != "child" else 15
    shape: list[Knot] = [
        (0, -21), (11, -19), (17.6, -8), (17.6, 4), (jaw, 14), (6, chin - 1.2), (0, chin), (-6, chin - 1.2),
        (-jaw, 14), (-17.6, 4), (-17.6, -8), (-11, -19),
    ]  # fmt: skip
    volume(pen, smooth(shape), skin, 2)
    if person.who == "man" and look.variant in (1, 4, 6):
        beard(pen, hair)
    _features(pen, person, face)
    hair_over(pen, hair)
    wear_over(pen, face, _SEAT)


def _features(pen: Pen, person: Person, face: Face) -> None:
    skin = person.skin
    cheeks(pen, 1.2, 8, 23, 3.6, 0.5)
    eyes(pen, face, 1.5, 0.6, 15, 2.5)
    brow = mix(person.hair.color, "#3a2420", 0.35)
    for x in (-6, 9):
        pen.line(f"M{x - 3.2} -5.2 Q{x} -7.2 {x + 3.2} -5.4", brow, 1.5 if person.who == "man" else 1.1)
        if person.who == "woman":
            side = -1 if x < 0 else 1
            pen.line(f"M{x + side * 2} -0.8 L{x + side * 4.2} -2.2", EYE, 1.2)
    pen.line("M2 4.4 Q4 7 1.4 7.4", mix(skin.body, "#a4543c", 0.45), 1.3)
    if face.mood == "happy":
        pen.path("M-4.4 11 Q1.5 12.6 7.4 11 Q6.4 17 1.5 17 Q-3.4 17 -4.4 11 Z", "#9a3b40")
        pen.path("M-3.6 11.4 Q1.5 12.8 6.6 11.4 L6 13 Q1.5 14 -3 13 Z", "#ffffff")
        return
    lips = {"woman": mix("#cf4a50", skin.body, 0.15)}.get(person.who, mix(skin.line, "#b0503c", 0.5))
    pen.line("M-3.6 12 Q1.5 16.2 6.6 12", lips, 1.7)


# --- astronaut -----------------------------------------------------------------------------------

_HELMET = Seat(top=(0, -22), span=40, eyes=(1.5, 1), apart=14, neck=(0, 24), collar=34)


def _draw_astronaut(pen: Pen, look: Look) -> None:
    suit, v = coat_of(look.ink.base), look.variant
    trim = ("#e8793a", "#3f7fd0", "#d9483b", "#8a55b5")[v % 4]
    floating = look.pose == "fly"
    metal = coat_of("#b9c0cc" if look.ink.base.lower() not in ("#b9c0cc",) else "#98a2b3")
    with pen.group("rotate(-12)" if floating else ""):
        volume(pen, smooth([
            (-19, -34, 0.7), (-17, -42, 0.7), (17, -42, 0.7), (19, -34, 0.7), (18, -6, 0.7), (-18, -6, 0.7),
        ]), metal, 2)  # fmt: skip
        _suit_limbs(pen, suit, trim, floating)
        volume(pen, smooth([
            (-13, -37), (0, -40), (13, -37), (16.6, -18), (14, 0), (0, 4), (-14, 0), (-16.6, -18),
        ]), suit, 2.5)  # fmt: skip
        pen.path(tube([(-14, -3.4), (0, -1), (14, -3.4)], [3, 3, 3]), trim)
        pen.rect(-9, -27, 18, 12.5, metal.light, r=2.6)
        for x, color in ((-5, "#e4574c"), (0, "#f2c238"), (5, "#58b868")):
            pen.ellipse(x, -23, 1.7, 1.7, color)
        pen.rect(-6, -19.6, 12, 2, metal.shade, r=1)
        with pen.group("translate(0 -58)"):
            _helmet(pen, look, suit, trim)


def _suit_limbs(pen: Pen, suit: Coat, trim: str, floating: bool) -> None:
    for side in (-1, 1):
        near = suit if side > 0 else suit.behind()
        arm: list[Point] = [(side * 13, -32), (side * 22, -22), (side * 24, -8)]
        if floating or side > 0:
            arm = [(side * 13, -32), (side * 24, -33), (side * 30, -46)]
        leg: list[Point] = [(side * 7.4, 0), (side * 8.4, 12), (side * 8.6, 24)]
        if floating:
            leg = [(side * 7.4, 0), (side * 12, 12), (side * 10 - 3, 24)]
        volume(pen, tube(leg, [14, 13, 12]), near, 1.2)
        x, y = leg[-1]
        pen.path(tube([(x - 5, y - 4), (x + 5, y - 4)], [2.6, 2.6]), trim)
        pen.path(smooth([(x - 7, y), (x, y - 3), (x + 7, y), (x + 9.6, y + 7, 0.5), (x - 7.4, y + 7, 0.5)]), near.shade)
        pen.path(tube(arm, [11, 10.4, 9.4]), near.body)
        x, y = arm[-1]
        pen.ellipse(x, y, 6, 6, trim)


def _helmet(pen: Pen, look: Look, suit: Coat, trim: str) -> None:
    person = _person("child", look)
    face = Face(coat=person.skin, look=look, mood="happy" if look.pose == "fly" else "calm")
    wear_under(pen, face, _HELMET)
    for side in (-1, 1):
        pen.ellipse(side * 23, 1, 4, 6.4, trim)
    volume(pen, smooth(oval(0, 0, 24, 23)), suit, 3)
    glass = smooth([(-18, 0), (-14, -12), (0, -15.4), (14, -12), (18.5, 0), (14, 12), (0, 16), (-14, 12)])
    pen.path(glass, "#2b3f66")
    with pen.group("translate(0.6 1.6) scale(0.7)"):
        pen.path(smooth(oval(0, 1, 17.6, 18)), person.skin.body)
        _features(pen, person, face)
        pen.path(smooth([
            (-18, -3), (-13, -15), (0, -19), (13, -15), (18, -3), (12, -9), (0, -11), (-11, -8),
        ]), person.hair.color)  # fmt: skip
    tint(pen, -9, -8, 6, 2.6, "#ffffff", opacity=0.4, turn=-36)
    tint(pen, 12, 7, 3.6, 1.5, "#ffffff", opacity=0.25, turn=-46)
    wear_over(pen, face, _HELMET)


def _draw_woman(pen: Pen, look: Look) -> None:
    _draw_person(pen, "woman", look)


def _draw_man(pen: Pen, look: Look) -> None:
    _draw_person(pen, "man", look)


def _draw_child(pen: Pen, look: Look) -> None:
    _draw_person(pen, "child", look)


DRAWINGS: dict[str, Drawing] = {
    name: fitted(drawing, KIND[name].aspect)
    for name, drawing in (
        ("woman", _draw_woman), ("man", _draw_man), ("child", _draw_child), ("astronaut", _draw_astronaut),
    )
}  # fmt: skip
