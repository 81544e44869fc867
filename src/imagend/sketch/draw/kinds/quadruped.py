"""One builder for everything on four legs: stands, sits, sleeps and runs with the same body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from imagend.sketch.draw.kinds.coat import Coat, inside, is_lines, tint, volume
from imagend.sketch.draw.kinds.curves import Knot, Point, smooth, tube
from imagend.sketch.draw.kinds.faces import Face, face_of
from imagend.sketch.draw.kinds.wear import Seat, wear_over, wear_under
from imagend.sketch.draw.pen import Look, Pen, mix

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
    tail_scale: float = 1.0


def quadruped(beast: Beast) -> Callable[[Pen, Look], None]:
    """A drawing function for the poses stand, sit, sleep and run."""
    poses = {"stand": _stand, "sit": _sit, "sleep": _sleep, "run": _run}

    def draw(pen: Pen, look: Look) -> None:
        poses.get(look.pose, _stand)(pen, face_of(look), _individual(beast, look.variant))

    return draw


def _individual(beast: Beast, variant: int) -> Beast:
    """Some are longer, some rounder, some have bigger heads."""
    return replace(
        beast,
        length=beast.length * (1.0, 0.94, 1.06, 1.0, 0.97, 1.08, 0.92, 1.03)[variant % 8],
        girth=beast.girth * (1.0, 1.05, 0.96, 1.08, 0.94, 1.0, 1.04, 0.98)[variant % 8],
        scale=beast.scale * (1.0, 1.05, 0.96, 0.98, 1.06, 1.0, 1.04, 0.95)[variant % 8],
    )


def _stand(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length
    top, low = -beast.leg - g, -beast.leg
    far, near = face.coat.behind(), face.coat
    with pen.group(f"translate(3 {top + g * 0.28:.4g})"):
        _tail(pen, face, beast, 0)
    _leg(pen, face, beast, far, (g * 0.46, low - g * 0.35), (g * 0.46 + 3, 0))
    _leg(pen, face, beast, far, (n - g * 0.36, low - g * 0.35), (n - g * 0.36 + 2, 0))
    _body(pen, face, beast, [
        (0, top + g * 0.46), (g * 0.14, top + g * 0.13), (g * 0.5, top + 1), (n * 0.55, top + g * 0.05),
        (n - g * 0.3, top - 1), (n - 1, top + g * 0.16), (n + 1, top + g * 0.55), (n - g * 0.22, low),
        (n * 0.55, low + g * 0.02), (g * 0.4, low - 1), (g * 0.08, low - g * 0.2),
    ])  # fmt: skip
    _leg(pen, face, beast, near, (g * 0.27, low - g * 0.3), (g * 0.2, 0))
    _leg(pen, face, beast, near, (n - g * 0.28, low - g * 0.3), (n - g * 0.26 - beast.limb * 0.62, 0))
    _neck_and_head(pen, face, beast, (n - g * 0.28, top + g * 0.32), (n + beast.ahead, top - beast.lift), 0)


def _run(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length
    reach = beast.leg + g * 0.25
    far, near = face.coat.behind(), face.coat
    with pen.group(f"translate(0 {-beast.leg - 5:.4g}) rotate(-7)"):
        with pen.group(f"translate(3 {-g * 0.72:.4g})"):
            _tail(pen, face, beast, -28)
        _bent_leg(pen, face, beast, far, [(g * 0.4, -g * 0.3), (g * 0.75, reach * 0.28), (g * 0.45, reach * 0.78)])
        _bent_leg(pen, face, beast, far, [(n - g * 0.4, -g * 0.3), (n - g * 0.3, reach * 0.3),
            (n - g * 0.75, reach * 0.75)])  # fmt: skip
        _body(pen, face, beast, [
            (0, -g * 0.56), (g * 0.16, -g * 0.88), (g * 0.5, -g + 1), (n * 0.55, -g * 0.95), (n - g * 0.3, -g),
            (n + 1, -g * 0.82), (n + 3, -g * 0.42), (n - g * 0.24, 0), (n * 0.55, -g * 0.07), (g * 0.4, -g * 0.02),
            (g * 0.06, -g * 0.2),
        ])  # fmt: skip
        _bent_leg(pen, face, beast, near, [(g * 0.26, -g * 0.3), (g * 0.12, reach * 0.2), (-g * 0.38, reach * 0.68)])
        _bent_leg(
            pen, face, beast, near,
            [(n - g * 0.26, -g * 0.32), (n + g * 0.12, reach * 0.22), (n + g * 0.48, reach * 0.68)],
        )  # fmt: skip
        _neck_and_head(pen, face, beast, (n - g * 0.28, -g * 0.68), (n + beast.ahead + 3, -g - beast.lift), 7)


def _sit(pen: Pen, face: Face, beast: Beast) -> None:
    g, w = beast.girth * 1.06, beast.limb
    back = -g * 1.62
    far, near = face.coat.behind(), face.coat
    with pen.group(f"translate({-g * 0.52:.4g} {-w * 0.6:.4g})"):
        _tail(pen, face, beast, -8)
    _leg(pen, face, beast, far, (g * 0.46, -g * 0.7), (g * 0.54, 0))
    _body(pen, face, beast, [
        (g * 0.02, back), (g * 0.4, back + g * 0.12), (g * 0.58, -g * 0.98), (g * 0.48, -g * 0.34), (g * 0.24, -1.5),
        (-g * 0.3, -1), (-g * 0.62, -g * 0.16), (-g * 0.66, -g * 0.58), (-g * 0.42, -g * 1.05),
            (-g * 0.26, back + g * 0.22),
    ])  # fmt: skip
    haunch = smooth([
        (-g * 0.66, -g * 0.34), (-g * 0.42, -g * 0.68), (-g * 0.08, -g * 0.56), (g * 0.04, -g * 0.22), (-g * 0.1, -1),
        (-g * 0.5, -1),
    ])  # fmt: skip
    volume(pen, haunch, near, 2.5)
    _paw(pen, face, beast, near, (-g * 0.02, 0))
    _leg(pen, face, beast, near, (g * 0.3, -g * 0.75), (g * 0.3, 0))
    _neck_and_head(pen, face, beast, (g * 0.1, back + g * 0.3),
        (g * 0.16 + beast.ahead * 0.4, back - beast.lift * 0.62), 0)  # fmt: skip


def _sleep(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length * 1.04
    near = face.coat
    head = (n + beast.ahead - 4, -beast.scale * 17.0)
    with pen.group(f"translate({g * 0.06:.4g} {-g * 0.36:.4g}) rotate(-52)"):
        _tail(pen, face, beast, 0)
    _body(pen, face, beast, [
        (0, -g * 0.42), (g * 0.16, -g * 0.86), (g * 0.6, -g * 1.1), (n * 0.55, -g * 1.08), (n - g * 0.3, -g * 0.92),
        (n, -g * 0.6), (n + 2, -g * 0.2), (n - g * 0.2, 0, 0.4), (n * 0.5, 0, 0.4), (g * 0.3, 0, 0.4),
            (g * 0.02, -g * 0.12),
    ])  # fmt: skip
    haunch = smooth([
        (g * 0.12, -g * 0.4), (g * 0.38, -g * 0.76), (g * 0.8, -g * 0.66), (g * 0.95, -g * 0.26), (g * 0.76, 0, 0.5),
        (g * 0.2, 0, 0.5),
    ])  # fmt: skip
    volume(pen, haunch, near, 2.5)
    _paw(pen, face, beast, near, (g * 1.02, 0))
    for coat, x in ((near.behind(), head[0] + 9 * beast.scale), (near, head[0] - 9 * beast.scale)):
        pen.path(tube([(x - 12, -beast.limb * 0.5), (x + 5, -beast.limb * 0.5)], [beast.limb] * 2), coat.body)
        _paw(pen, face, beast, coat, (x + 4, 0))
    _neck_and_head(pen, face, beast, (n - g * 0.3, -g * 0.6), head, 6)


def _body(pen: Pen, face: Face, beast: Beast, knots: list[Knot]) -> None:
    d = beast.outline(knots)
    box = (
        min(knot[0] for knot in knots), min(knot[1] for knot in knots),
        max(knot[0] for knot in knots), max(knot[1] for knot in knots),
    )  # fmt: skip
    volume(pen, d, face.coat, beast.girth * 0.13)
    with inside(pen, d) as inner:
        tint(inner, (box[0] + box[2]) * 0.46, box[1] + 1, (box[2] - box[0]) * 0.36, beast.girth * 0.2,
            face.coat.light, opacity=0.42)  # fmt: skip
        beast.marks(inner, face, box)


def _tail(pen: Pen, face: Face, beast: Beast, turn: float) -> None:
    with pen.group(f"rotate({turn:.4g}) scale({beast.tail_scale:.4g})"):
        beast.tail(pen, face)


def _leg(pen: Pen, face: Face, beast: Beast, coat: Coat, hip: Point, foot: Point) -> None:
    w = beast.limb
    knee = ((hip[0] + foot[0]) / 2, (hip[1] + foot[1]) / 2)
    ankle = (foot[0], foot[1] - w * 0.42)
    pen.path(tube([hip, knee, ankle], [w * 1.3, w * 1.04, w * 0.9]), coat.body)
    _foot(pen, face, beast, coat, foot)


def _bent_leg(pen: Pen, face: Face, beast: Beast, coat: Coat, spine: list[Point]) -> None:
    w = beast.limb
    pen.path(tube(spine, [w * 1.35, w * 1.05, w * 0.82]), coat.body)
    x, y = spine[-1]
    turn = 55.0 if x < spine[-2][0] else -38.0
    with pen.group(f"translate({x:.4g} {y:.4g}) rotate({turn:.4g}) translate(0 {w * 0.45:.4g})"):
        _foot(pen, face, beast, coat, (0, 0))


def _foot(pen: Pen, face: Face, beast: Beast, coat: Coat, at: Point) -> None:
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
    _paw(pen, face, beast, coat, at)


def _paw(pen: Pen, face: Face, beast: Beast, coat: Coat, at: Point) -> None:
    if beast.hoof:
        return
    x, y = at
    w = beast.limb
    sock = beast.sock(face)
    color = coat.body if sock is None else (mix(sock, coat.shade, 0.3) if coat is not face.coat else sock)
    pen.path(
        smooth([(x - w * 0.5, y - w * 0.3), (x, y - w * 0.62), (x + w * 0.6, y - w * 0.46),
            (x + w * 0.84, y - w * 0.12),
                (x + w * 0.6, y, 0.6), (x - w * 0.4, y, 0.6)]),
        color,
    )  # fmt: skip
    if not is_lines(pen):
        for dx in (0.24, 0.54):
            pen.line(f"M{x + w * dx:.4g} {y - w * 0.26:.4g} L{x + w * dx:.4g} {y - w * 0.06:.4g}", coat.shade, 0.8)


def _neck_and_head(pen: Pen, face: Face, beast: Beast, root: Point, at: Point, turn: float) -> None:
    if beast.neck:
        middle = ((root[0] * 0.55 + at[0] * 0.45), (root[1] + at[1]) / 2)
        d = tube([root, middle, at], [beast.neck * 1.45, beast.neck * 1.08, beast.neck * 0.95])
        pen.path(d, face.coat.body)
    with pen.group(f"translate({at[0]:.4g} {at[1]:.4g}) rotate({turn:.4g}) scale({beast.scale:.4g})"):
        wear_under(pen, face, beast.seat)
        beast.head(pen, face)
        wear_over(pen, face, beast.seat)
