"""The parts of an animal on four legs, and the proportions that make one kind of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imagend.sketch.draw.kinds.coat import Coat, form, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, Point, smooth, tube
from imagend.sketch.draw.kinds.faces import Face
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Pen, mix

Box = tuple[float, float, float, float]  # left, top, right, bottom
#: A head around (0, 0), skull about 20 in radius; a tail that starts at (0, 0) and leads up and to the left.
Part = Callable[[Pen, Face], None]
#: Spots, stripes and bellies, drawn inside the body's outline that fills the box.
Marks = Callable[[Pen, Face, Box], None]


def no_part(pen: Pen, face: Face) -> None:
    """Animals without this part."""


def no_marks(pen: Pen, face: Face, box: Box) -> None:
    """A plain coat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beast:
    """Proportions of one animal; lengths in the units of a drawing about 100 high."""

    head: Part
    seat: Seat
    tail: Part = no_part
    marks: Marks = no_marks
    outline: Callable[[Sequence[Knot]], str] = smooth
    scale: float = 1.1  # of the head
    length: float = 60.0  # rump to chest
    girth: float = 34.0
    leg: float = 22.0  # below the belly
    limb: float = 11.0
    ahead: float = 2.0  # head beyond the chest
    lift: float = 14.0  # head's centre above the back
    neck: float = 0.0  # width; 0: the head sits on the body
    hoof: str | None = None
    sock: Callable[[Face], str | None] = lambda _: None
    rest: float = 17.0  # head's centre above its chin, in the head's own units
    hanging: bool = False  # the tail hangs down instead of standing up
    legs: Callable[[Face], Coat] | None = None  # where they are not of the body's colour
    crouch: bool = False  # sits on its hind legs even when it stands


def body(pen: Pen, face: Face, beast: Beast, knots: list[Knot], head: Point) -> None:
    """The trunk, with its markings and the shadow of the head on it."""
    d = beast.outline(knots)
    box = (
        min(knot[0] for knot in knots), min(knot[1] for knot in knots),
        max(knot[0] for knot in knots), max(knot[1] for knot in knots),
    )  # fmt: skip
    with form(pen, d, face.coat, beast.girth * 0.13) as inner:
        tint(inner, (box[0] + box[2]) * 0.46, box[1] + 1, (box[2] - box[0]) * 0.36, beast.girth * 0.2,
            face.coat.light, opacity=0.42)  # fmt: skip
        beast.marks(inner, face, box)
        reach = 20.5 * beast.scale
        tint(inner, head[0] - reach * 0.14, head[1] + reach * 0.28, reach, reach * 0.9, face.coat.shade, opacity=0.4)


def haunch(pen: Pen, face: Face, beast: Beast, x: float, size: float) -> None:
    """A folded hind leg around x, `size` wide, with its long foot on the ground."""
    s = size
    if beast.hoof:
        spine = [(x + s * 0.2, -beast.limb * 0.55), (x + s * 0.8, -beast.limb * 0.5)]
        pen.path(tube(spine, [beast.limb * 1.1, beast.limb]), _of_legs(face, beast, face.coat).shade)
        with pen.group(f"translate({x + s * 0.8 + beast.limb * 0.3:.4g} {-beast.limb * 0.5:.4g}) rotate(-90)"):
            foot(pen, face, beast, face.coat, (0, beast.limb * 0.5))
        return
    thigh = smooth([
        (x - s * 0.42, -s * 0.4), (x - s * 0.14, -s * 0.78), (x + s * 0.3, -s * 0.68), (x + s * 0.46, -s * 0.28),
        (x + s * 0.26, 0, 0.5), (x - s * 0.34, 0, 0.5),
    ])  # fmt: skip
    volume(pen, thigh, face.coat, 2.2)
    if not is_lines(pen):
        edge = smooth([(x - s * 0.14, -s * 0.78), (x + s * 0.3, -s * 0.68), (x + s * 0.46, -s * 0.28)], closed=False)
        pen.line(edge, face.coat.shade, 1.1, opacity=0.7)
    paw(pen, face, beast, face.coat, (x + s * 0.42, 0))


def leg(pen: Pen, face: Face, beast: Beast, coat: Coat, hip: Point, at: Point) -> None:
    """A straight leg; `coat` tells the near side from the far one."""
    w, coat = beast.limb, _of_legs(face, beast, coat)
    knee = ((hip[0] + at[0]) / 2, (hip[1] + at[1]) / 2)
    ankle = (at[0], at[1] - w * 0.42)
    pen.path(tube([hip, knee, ankle], [w * 1.3, w * 1.04, w * 0.9]), coat.body)
    foot(pen, face, beast, coat, at)


def bent_leg(pen: Pen, face: Face, beast: Beast, coat: Coat, spine: list[Point]) -> None:
    w, coat = beast.limb, _of_legs(face, beast, coat)
    pen.path(tube(spine, [w * 1.35, w * 1.05, w * 0.82]), coat.body)
    x, y = spine[-1]
    turn = 55.0 if x < spine[-2][0] else -38.0
    with pen.group(f"translate({x:.4g} {y:.4g}) rotate({turn:.4g}) translate(0 {w * 0.45:.4g})"):
        foot(pen, face, beast, coat, (0, 0))


def _of_legs(face: Face, beast: Beast, coat: Coat) -> Coat:
    if beast.legs is None:
        return coat
    own = beast.legs(face)
    return own if coat is face.coat else own.behind()


def foot(pen: Pen, face: Face, beast: Beast, coat: Coat, at: Point) -> None:
    x, y = at
    w = beast.limb
    sock = beast.sock(face)
    if beast.hoof:
        half = w * 0.5
        pen.path(
            f"M{x - half * 0.92:.4g} {y - w * 0.55:.4g} L{x + half * 0.96:.4g} {y - w * 0.55:.4g}"
            f" L{x + half * 1.2:.4g} {y:.4g} L{x - half:.4g} {y:.4g} Z",
            beast.hoof,
        )
        return
    if sock:
        color = mix(sock, coat.shade, 0.3) if coat is not face.coat else sock
        pen.rect(x - w * 0.47, y - w * 0.95, w * 0.94, w * 0.8, color, r=w * 0.2)
    paw(pen, face, beast, coat, at)


def paw(pen: Pen, face: Face, beast: Beast, coat: Coat, at: Point) -> None:
    if beast.hoof:
        return
    x, y = at
    w = beast.limb
    sock = beast.sock(face)
    color = coat.body if sock is None else (mix(sock, coat.shade, 0.3) if coat is not face.coat else sock)
    pen.path(smooth([
        (x - w * 0.5, y - w * 0.3), (x, y - w * 0.62), (x + w * 0.6, y - w * 0.46), (x + w * 0.84, y - w * 0.12),
        (x + w * 0.6, y, 0.6), (x - w * 0.4, y, 0.6),
    ]), color,)  # fmt: skip
    if not is_lines(pen):
        for dx in (0.24, 0.54):
            pen.line(f"M{x + w * dx:.4g} {y - w * 0.26:.4g} L{x + w * dx:.4g} {y - w * 0.06:.4g}", coat.shade, 0.8)


def neck_and_head(pen: Pen, face: Face, beast: Beast, root: Point, at: Point, turn: float) -> None:
    if beast.neck:
        middle = ((root[0] * 0.55 + at[0] * 0.45), (root[1] + at[1]) / 2)
        d = tube([root, middle, at], [beast.neck * 1.45, beast.neck * 1.08, beast.neck * 0.95])
        pen.path(d, face.coat.body)
    with pen.group(f"translate({at[0]:.4g} {at[1]:.4g}) rotate({turn:.4g}) scale({beast.scale:.4g})"):
        wear_under(pen, face, beast.seat)
        beast.head(pen, face)
        wear_over(pen, face, beast.seat)
