"""Dunes with sunny and shaded sides."""

from __future__ import annotations

from itertools import pairwise

from imagend.sketch.draw.backdrops.flowers import flower
from imagend.sketch.draw.backdrops.nature import palm_tree, rock, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import Point, ridge


def paint(stage: Stage) -> None:
    paint_sky(stage, stage.horizon + 8)
    mesas(stage)
    tall = 13.0 if stage.shown("hills") else 3.0
    dune(stage, stage.horizon + 3, tall, "#eebd82", "#cf9468", 0.55)
    oasis(stage)
    dune(stage, stage.place_below(0.16), tall * 0.6, "#f2c27c", "#d4935a", 0.24)
    dune(stage, stage.place_below(0.40), 5.0, "#f6cb83", "#dba062", 0.08)
    dune(stage, stage.place_below(0.74), 4.0, "#f4c478", "#cf9152", 0.0)
    dress(stage)


def mesas(stage: Stage) -> None:
    """Flat-topped red rocks far away."""
    if not stage.shown("rocks"):
        return
    h, pen = stage.horizon + 2, stage.pen
    for x, wide, tall in ((0.16, 17.0, 17.0), (0.30, 9.0, 11.0), (0.82, 20.0, 14.0)):
        left = stage.width * x - wide / 2
        face = _scaled(left, h, wide, tall, ((0, 0), (0.1, 0.65), (0.2, 1), (0.8, 1), (0.88, 0.6), (1, 0)))
        shade = _scaled(left, h, wide, tall, ((0.55, 1), (0.8, 1), (0.88, 0.6), (1, 0), (0.66, 0)))
        lit, dark = stage.ground("#d98a68", 0.55, 0.4), stage.ground("#b9685a", 0.6, 0.3)
        pen.polygon(face, pen.linear([(0.0, lit), (1.0, dark)]))
        pen.polygon(shade, stage.land("#8f4c52", 0.55), opacity=0.5)


def _scaled(left: float, foot: float, wide: float, tall: float, shape: tuple[Point, ...]) -> list[Point]:
    """A shape in the unit square, y upwards, put into a box that stands on `foot`."""
    return [(left + wide * x, foot - tall * y) for x, y in shape]


def dune(stage: Stage, base: float, rise: float, lit: str, shade: str, depth: float) -> None:
    """One ridge of sand with a soft crest line and a shaded slope below each top."""
    pen, random = stage.pen, stage.random
    path, crest = ridge(random, stage.width, base, rise, waves=3, floor=stage.height + 2)
    stage.slope(path, crest, [(0.0, stage.ground(lit, depth, 0.7)), (1.0, stage.ground(shade, depth, 0.7))])
    for (x0, y0), (x1, y1) in pairwise(crest):
        if y1 <= y0:
            continue
        down = 9 + rise
        d = (
            f"M{x0:.2f} {y0 + 0.2:.2f}C{x0 + (x1 - x0) * 0.3:.2f} {y0:.2f} {x1 - (x1 - x0) * 0.4:.2f}"
            f" {y1:.2f} {x1:.2f} {y1:.2f}"
        )
        d += (
            f"Q{x0 + (x1 - x0) * 0.5:.2f} {y1 + down * 0.2:.2f} {x0 - (x1 - x0) * 0.12:.2f}"
            f" {y0 + down * 1.3:.2f}Q{x0 + (x1 - x0) * 0.14:.2f} {y0 + down * 0.5:.2f} {x0:.2f}"
            f" {y0 + 0.2:.2f}Z"
        )
        pen.path(
            d,
            pen.linear(
                [(0.0, stage.ground("#a9663f", depth, 0.3) + "88"), (1.0, stage.ground(shade, depth, 0.4) + "00")]
            ),
        )


def oasis(stage: Stage) -> None:
    random = stage.random
    count = stage.count("trees", 2, 6)
    for i in range(count):
        x = stage.width * (0.72 + 0.05 * i if i % 2 else 0.22 - 0.04 * i)
        palm_tree(stage, x, stage.place_below(0.14), random.uniform(15, 22), random.choice((-1.0, 1.0)), 0.22)


def dress(stage: Stage) -> None:
    random, pen, width = stage.random, stage.pen, stage.width
    for side, share, size in ((0.08, 0.46, 15.0), (0.93, 0.34, 12.0))[: stage.count("trees", 1, 2)]:
        _cactus(stage, width * side, stage.place_below(share), size)
    if stage.shown("rocks"):
        for side, share, size in ((0.88, 0.56, 8.0), (0.95, 0.60, 5.0), (0.07, 0.80, 7.0)):
            rock(stage, width * side, stage.place_below(share), size, 0.0, "#b07a5e")
    for _ in range(stage.count("flowers", 7, 26)):
        x, y = random.uniform(0, width), stage.place_below(random.uniform(0.4, 0.97))
        tuft(stage, x, y, 2.4, stage.ground("#9a9a55"))
        flower(stage, x, y, random.uniform(1.3, 2.3), random.choice(("#f2605c", "#ef5f93", "#ffd84a", "#b07be0")))
    for i in range(9):
        y, x = stage.place_below(0.46 + 0.06 * i), random.uniform(0, width)
        pen.line(f"M{x - 9:.2f} {y:.2f}q4 -1 9 0t9 0", stage.ground("#c68a52"), 0.22, opacity=0.4)


def _cactus(stage: Stage, x: float, y: float, size: float) -> None:
    pen, w = stage.pen, size * 0.17
    green, dark = stage.leaves("#5c9a58"), stage.leaves("#3f7a4d")
    arm = (
        f"M{x - size * 0.28:.2f} {y - size * 0.66:.2f}v{size * 0.14:.2f}q0 {size * 0.12:.2f}"
        f" {size * 0.28:.2f} {size * 0.12:.2f}"
    )
    pen.line(arm, green, w * 0.7)
    pen.line(
        f"M{x + size * 0.27:.2f} {y - size * 0.80:.2f}v{size * 0.18:.2f}q0 {size * 0.12:.2f}"
        f" {-size * 0.27:.2f} {size * 0.12:.2f}",
        dark,
        w * 0.7,
    )
    pen.line(f"M{x:.2f} {y:.2f}v{-size:.2f}", green, w)
    pen.line(f"M{x + w * 0.25:.2f} {y:.2f}v{-size:.2f}", dark, w * 0.14)
