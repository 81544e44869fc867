"""One builder for everything on four legs: stands, sits, sleeps and runs with the same parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from imagend.sketch.draw.kinds.beast import Beast, bent_leg, body, haunch, leg, neck_and_head, paw
from imagend.sketch.draw.kinds.coat import is_lines
from imagend.sketch.draw.kinds.curves import tube
from imagend.sketch.draw.kinds.faces import Face, face_of
from imagend.sketch.draw.pen import Look, Pen


def quadruped(beast: Beast) -> Callable[[Pen, Look], None]:
    """A drawing function for the poses stand, sit, sleep and run."""
    poses = {"stand": _crouch if beast.crouch else _stand, "sit": _sit, "sleep": _sleep, "run": _run}

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
    far = face.coat.behind()
    head = (n + beast.ahead, top - beast.lift)
    with pen.group(f"translate(3 {top + g * 0.28:.4g})"):
        beast.tail(pen, face)
    leg(pen, face, beast, far, (g * 0.46, low - g * 0.35), (g * 0.46 + 3, 0))
    leg(pen, face, beast, far, (n - g * 0.36, low - g * 0.35), (n - g * 0.36 + 2, 0))
    if beast.legs is not None:
        _near_legs(pen, face, beast, low)
    body(pen, face, beast, [
        (0, top + g * 0.46), (g * 0.14, top + g * 0.13), (g * 0.5, top + 1), (n * 0.55, top + g * 0.05),
        (n - g * 0.3, top - 1), (n - 1, top + g * 0.16), (n + 1, top + g * 0.55), (n - g * 0.22, low),
        (n * 0.55, low + g * 0.02), (g * 0.4, low - 1), (g * 0.08, low - g * 0.2),
    ], head)  # fmt: skip
    if beast.legs is None:
        _near_legs(pen, face, beast, low)
    if beast.legs is None and not is_lines(pen):
        thigh = (
            f"M{g * 0.56:.4g} {top + g * 0.52:.4g} Q{g * 0.66:.4g} {low - g * 0.16:.4g} {g * 0.42:.4g} {low + 1:.4g}"
        )
        pen.line(thigh, face.coat.shade, 1.2, opacity=0.6)
    neck_and_head(pen, face, beast, (n - g * 0.28, top + g * 0.32), head, 0)


def _near_legs(pen: Pen, face: Face, beast: Beast, low: float) -> None:
    g, n = beast.girth, beast.length
    leg(pen, face, beast, face.coat, (g * 0.27, low - g * 0.3), (g * 0.2, 0))
    leg(pen, face, beast, face.coat, (n - g * 0.28, low - g * 0.3), (n - g * 0.26 - beast.limb * 0.62, 0))


def _crouch(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length
    head = (n + beast.ahead, -g * 1.1 - beast.lift)
    with pen.group(f"translate({g * 0.08:.4g} {-g * 0.42:.4g})"):
        beast.tail(pen, face)
    leg(pen, face, beast, face.coat.behind(), (n - g * 0.2, -g * 0.5), (n - g * 0.08, 0))
    body(pen, face, beast, [
        (0, -g * 0.44), (g * 0.1, -g * 0.86), (g * 0.5, -g * 1.16), (n * 0.62, -g * 1.14), (n - g * 0.14, -g * 1.12),
        (n, -g * 0.8), (n, -g * 0.36), (n - g * 0.24, -g * 0.08), (n * 0.5, -2, 0.6), (g * 0.24, -1.5, 0.6),
    ], head)  # fmt: skip
    haunch(pen, face, beast, g * 0.48, g * 0.98)
    leg(pen, face, beast, face.coat, (n - g * 0.34, -g * 0.46), (n - g * 0.3, 0))
    neck_and_head(pen, face, beast, (n - g * 0.28, -g * 0.7), head, 0)


def _run(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length
    reach = beast.leg + g * 0.25
    far, near = face.coat.behind(), face.coat
    head = (n + beast.ahead + 3, -g - beast.lift)
    with pen.group(f"translate(0 {-beast.leg - 5:.4g}) rotate(-7)"):
        with pen.group(f"translate(3 {-g * 0.72:.4g}) rotate({45 if beast.hanging else -28})"):
            beast.tail(pen, face)
        bent_leg(pen, face, beast, far, [(g * 0.42, -g * 0.3), (g * 0.44, reach * 0.26), (g * 0.02, reach * 0.8)])
        spine = [(n - g * 0.22, -g * 0.34), (n + g * 0.3, reach * 0.1), (n + g * 0.66, reach * 0.46)]
        bent_leg(pen, face, beast, far, spine)
        body(pen, face, beast, [
            (0, -g * 0.56), (g * 0.16, -g * 0.88), (g * 0.5, -g + 1), (n * 0.55, -g * 0.95), (n - g * 0.3, -g),
            (n + 1, -g * 0.82), (n + 3, -g * 0.42), (n - g * 0.24, 0), (n * 0.55, -g * 0.07), (g * 0.4, -g * 0.02),
            (g * 0.06, -g * 0.2),
        ], head)  # fmt: skip
        bent_leg(pen, face, beast, near, [(g * 0.26, -g * 0.3), (g * 0.1, reach * 0.22), (-g * 0.4, reach * 0.64)])
        spine = [(n - g * 0.3, -g * 0.3), (n + g * 0.06, reach * 0.28), (n + g * 0.3, reach * 0.8)]
        bent_leg(pen, face, beast, near, spine)
        neck_and_head(pen, face, beast, (n - g * 0.28, -g * 0.68), head, 7)


def _sit(pen: Pen, face: Face, beast: Beast) -> None:
    g, w = beast.girth * 1.06, beast.limb
    back = -g * 1.62
    head = (g * 0.16 + beast.ahead * 0.4, back - beast.lift * 0.62)
    with pen.group(f"translate({-g * 0.52:.4g} {-w * 0.6:.4g}) rotate(-8)"):
        beast.tail(pen, face)
    leg(pen, face, beast, face.coat.behind(), (g * 0.46, -g * 0.7), (g * 0.54, 0))
    body(pen, face, beast, [
        (g * 0.02, back), (g * 0.4, back + g * 0.12), (g * 0.58, -g * 0.98), (g * 0.48, -g * 0.34), (g * 0.24, -1.5),
        (-g * 0.3, -1), (-g * 0.62, -g * 0.16), (-g * 0.66, -g * 0.58), (-g * 0.42, -g * 1.05),
        (-g * 0.26, back + g * 0.22),
    ], head)  # fmt: skip
    haunch(pen, face, beast, -g * 0.36, g * 0.84)
    leg(pen, face, beast, face.coat, (g * 0.3, -g * 0.75), (g * 0.3, 0))
    neck_and_head(pen, face, beast, (g * 0.1, back + g * 0.3), head, 0)


def _sleep(pen: Pen, face: Face, beast: Beast) -> None:
    g, n = beast.girth, beast.length * 0.98
    high = g * 1.22
    head = (n + beast.ahead - 5, -beast.scale * beast.rest)
    if beast.hanging:
        with pen.group(f"translate({g * 0.06:.4g} {-high * 0.5:.4g}) rotate(28)"):
            beast.tail(pen, face)
    body(pen, face, beast, [
        (0, -high * 0.4), (g * 0.1, -high * 0.78), (g * 0.5, -high), (n * 0.55, -high * 1.02),
        (n - g * 0.24, -high * 0.86), (n, -high * 0.56), (n + 2, -high * 0.2), (n - g * 0.2, 0, 0.4),
        (n * 0.5, 0, 0.4), (g * 0.3, 0, 0.4), (g * 0.02, -high * 0.12),
    ], head)  # fmt: skip
    if beast.legs is None:
        haunch(pen, face, beast, g * 0.52, g * 1.0)
    for coat, x in ((face.coat.behind(), head[0] + 9 * beast.scale), (face.coat, head[0] - 10 * beast.scale)):
        if not beast.hoof:
            w = beast.limb
            pen.path(tube([(x - 12, -w * 0.5), (x + 5, -w * 0.5)], [w, w]), coat.body)
            paw(pen, face, beast, coat, (x + 4, 0))
    if not beast.hanging:
        with pen.group(f"translate({g * 0.1:.4g} -4) scale(-1 1) rotate(-42)"):
            beast.tail(pen, face)
    neck_and_head(pen, face, beast, (n - g * 0.3, -g * 0.6), head, 6)
