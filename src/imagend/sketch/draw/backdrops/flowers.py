"""Wildflowers, near enough to have petals or far enough to be dots."""

from __future__ import annotations

from math import cos, pi, sin

from imagend.sketch.draw.backdrops.nature import tuft
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import circles
from imagend.sketch.draw.pen import mix

BLOOMS = ("#f2605c", "#f7a23b", "#ffd84a", "#f58bb6", "#b07be0", "#fdfaf2", "#fdfaf2", "#6f9df0", "#ef5f93")


def flower_field(stage: Stage, top: float, count: int, bloom: tuple[str, ...] = BLOOMS) -> None:
    """`count` flowers strewn from y = `top` to the lower edge, bigger the nearer, far ones first."""
    random = stage.random
    spots = sorted((random.random() ** 0.85, random.random()) for _ in range(count))
    for share, across in spots:
        y = top + (stage.height - top) * share * 0.99
        flower(stage, across * stage.width, y, 0.8 + 2.6 * share, random.choice(bloom))


def flower(stage: Stage, x: float, y: float, size: float, color: str) -> None:
    """One flower whose foot stands at (x, y); `size` is about the radius of its bloom."""
    petal = stage.land(color)
    head_y = y - size * 1.9
    if size < 1.25:
        stage.pen.ellipse(x, head_y, size * 0.62, size * 0.5, petal)
        return
    stem = stage.land("#3f8a3f")
    stage.pen.line(f"M{x:.2f} {y:.2f}Q{x + size * 0.3:.2f} {y - size:.2f} {x:.2f} {head_y:.2f}", stem, size * 0.20)
    stage.pen.ellipse(x + size * 0.5, y - size * 0.6, size * 0.5, size * 0.18, stem, turn=-35)
    shape = stage.random.choice(("daisy", "daisy", "tulip", "poppy"))
    {"daisy": _daisy, "tulip": _tulip, "poppy": _poppy}[shape](stage, x, head_y, size, petal)


def _daisy(stage: Stage, x: float, y: float, size: float, petal: str) -> None:
    turn = stage.random.uniform(0, 1)
    petals = [
        (x + cos(turn + k * pi / 3) * size * 0.6, y + sin(turn + k * pi / 3) * size * 0.55, size * 0.36)
        for k in range(6)
    ]
    stage.pen.path(circles(petals), petal)
    stage.pen.ellipse(x, y, size * 0.34, fill=stage.land("#f6b93b"))


def _tulip(stage: Stage, x: float, y: float, size: float, petal: str) -> None:
    s = size * 0.7
    cup = (
        f"M{x - s:.2f} {y - s:.2f}L{x - s * 0.4:.2f} {y - s * 0.5:.2f}L{x:.2f} {y - s * 1.2:.2f}"
        f"L{x + s * 0.4:.2f} {y - s * 0.5:.2f}"
    )
    cup += (
        f"L{x + s:.2f} {y - s:.2f}Q{x + s:.2f} {y + s:.2f} {x:.2f} {y + s:.2f}Q{x - s:.2f} {y + s:.2f}"
        f" {x - s:.2f} {y - s:.2f}Z"
    )
    stage.pen.path(cup, petal)
    stage.pen.path(
        f"M{x:.2f} {y - s * 1.2:.2f}Q{x + s * 0.7:.2f} {y:.2f} {x:.2f} {y + s:.2f}Q{x - s * 0.7:.2f}"
        f" {y:.2f} {x:.2f} {y - s * 1.2:.2f}Z",
                   mix(petal, "#ffffff", 0.22), opacity=0.8)  # fmt: skip


def _poppy(stage: Stage, x: float, y: float, size: float, petal: str) -> None:
    stage.pen.path(
        circles(
            [
                (x - size * 0.36, y, size * 0.46),
                (x + size * 0.36, y, size * 0.46),
                (x, y - size * 0.2, size * 0.48),
                (x, y + size * 0.16, size * 0.44),
            ]
        ),
        petal,
    )
    stage.pen.ellipse(x, y, size * 0.24, fill=stage.land("#4b3550"))


def near_plants(stage: Stage, grass: str, blooms: tuple[str, ...] = BLOOMS) -> None:
    """Blades (and, where flowers are shown, blooms) along the lower edge, in front of everything."""
    random = stage.random
    color = stage.ground(grass, 0.0, 0.6)
    dark = mix(color, "#0d2a2a", 0.18)
    for i in range(round(stage.width / 5)):
        x = i * 5 + random.uniform(-1.5, 1.5)
        edge = abs(x / stage.width - 0.5) * 2
        tuft(stage, x, stage.height + 0.8, 3.0 + 5.5 * edge**2 * random.uniform(0.7, 1.1), random.choice((color, dark)))
    for _ in range(stage.count("flowers", 3, 9)):
        side = random.choice((random.uniform(0, 0.22), random.uniform(0.78, 1.0)))
        flower(
            stage,
            side * stage.width,
            stage.height + random.uniform(0.5, 2.0),
            random.uniform(2.3, 3.4),
            random.choice(blooms),
        )
