"""Sea, surf and sand."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower
from imagend.sketch.draw.backdrops.nature import bush, palm_tree, rock, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky, sun_position
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.backdrops.water import glitter, water
from imagend.sketch.draw.curves import blob, ridge, smooth


def paint(stage: Stage) -> None:
    x, _ = sun_position(stage)
    h = stage.horizon
    paint_sky(stage)
    islands(stage)
    water(stage, h, stage.place_below(0.52))
    if stage.shown("sun") and stage.light.weather == "clear":
        glitter(stage, x, h, stage.place_below(0.36))
    sand(stage)
    dress(stage)


def islands(stage: Stage) -> None:
    if not stage.shown("hills"):
        return
    h, width = stage.horizon, stage.width
    for left, wide, tall, depth in ((0.52, 0.62, 11.0, 0.85), (-0.12, 0.5, 7.5, 0.7)):
        points = [
            (width * (left + wide * s), h + 0.4 - tall * t)
            for s, t in ((0, 0), (0.2, 0.5), (0.42, 1), (0.6, 0.7), (0.8, 0.4), (1, 0))
        ]
        stage.pen.path(smooth(points) + "Z", stage.leaves("#5f9a83", depth))


def sand(stage: Stage) -> None:
    """Surf in three lines of foam, wet sand, dry sand with ripples and shells."""
    pen, random = stage.pen, stage.random
    shore, lean = stage.place_below(0.40), random.choice((-3.0, 3.0))
    points = [
        (stage.width * (i / 6), shore + lean * (i / 6 - 0.5) * 2 + (1.6 if i % 2 else -1.2)) for i in range(-1, 8)
    ]
    floor = stage.height + 2

    def edge(down: float) -> str:
        line = smooth([(x, y + down) for x, y in points])
        return f"{line}L{points[-1][0]:.2f} {floor:.2f}L{points[0][0]:.2f} {floor:.2f}Z"

    pen.path(edge(-5.0), stage.land("#e9fbf7"), opacity=0.35)
    pen.path(edge(-2.6), stage.land("#ffffff"), opacity=0.85)
    pen.path(edge(-1.2), stage.land("#b9e6e2"))
    pen.path(edge(0.0), stage.land("#ffffff"))
    pen.path(edge(1.3), stage.ground("#cfa873", 0.0, 0.35))
    dry = pen.linear(
        [
            (0.0, stage.ground("#e8cb93", 0.0, 0.7)),
            (0.4, stage.ground("#f6deab", 0.0, 0.8)),
            (1.0, stage.ground("#e2bf85", 0.0, 0.8)),
        ]
    )
    pen.path(edge(4.6), dry)
    for share in (0.68, 0.82):
        path, _ = ridge(random, stage.width, stage.place_below(share), 3.0, waves=3, floor=floor)
        pen.path(path, stage.ground("#c99c62"), opacity=0.16)
    for _ in range(round(stage.width * 0.5)):
        x, share = random.uniform(0, stage.width), random.uniform(0.58, 1.0)
        pen.ellipse(x, stage.place_below(share), 0.25, 0.16, stage.land("#b98b58"), opacity=0.5)


def dress(stage: Stage) -> None:
    """Palms, rocks, beach flowers and shells."""
    random, width = stage.random, stage.width
    spots = [(0.04, 0.62, 46.0, 1.0), (0.97, 0.56, 40.0, -1.0), (0.13, 0.54, 34.0, 1.0), (0.88, 0.53, 30.0, -1.0)]
    for side, share, size, lean in sorted(spots[: stage.count("trees", 2, 4)], key=lambda spot: spot[1]):
        bush(stage, width * side, stage.place_below(share) + 0.8, size * 0.16)
        palm_tree(stage, width * side, stage.place_below(share), size, lean)
    if stage.shown("rocks"):
        for side, share, size in ((0.72, 0.30, 9.0), (0.80, 0.34, 12.0), (0.66, 0.33, 5.0), (0.10, 0.86, 8.0)):
            rock(stage, width * side, stage.place_below(share), size, 0.08, "#8a8079")
    for _ in range(stage.count("flowers", 6, 22)):
        x = width * random.choice((random.uniform(0, 0.24), random.uniform(0.76, 1)))
        y = stage.place_below(random.uniform(0.62, 0.98))
        tuft(stage, x, y, 2.8, stage.ground("#7fae5a"))
        flower(stage, x, y, random.uniform(1.4, 2.4), random.choice(("#f58bb6", "#fdfaf2", "#ffd84a", "#f2605c")))
    for color in ("#f7b7a3", "#fdf3e4", "#e98d76"):
        x, y = width * random.uniform(0.1, 0.9), stage.place_below(random.uniform(0.78, 0.96))
        stage.pen.path(blob(random, x, y, 1.3, 0.9, bumps=7, wild=0.2), stage.land(color))
