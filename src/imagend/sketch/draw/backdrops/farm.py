"""Striped fields, a red barn far away, and a fence."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower, near_plants
from imagend.sketch.draw.backdrops.meadow import hills, plant_trees, rocks
from imagend.sketch.draw.backdrops.nature import tuft
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.pen import mix


def paint(stage: Stage) -> None:
    paint_sky(stage)
    line = hills(stage)
    plant_trees(stage, line)
    fields(stage)
    barn(stage)
    yard(stage)
    fence(stage, stage.place_below(0.34))
    rocks(stage)
    for i in range(stage.count("flowers", 8, 34)):
        x, share = stage.random.uniform(0, stage.width), 0.32 + 0.62 * (i / 34 if i % 3 else stage.random.random())
        flower(
            stage,
            x,
            stage.place_below(share),
            1.1 + 2.0 * share,
            stage.random.choice(("#ffcf3f", "#fdfaf2", "#f28a3c", "#f2605c")),
        )


def paint_front(stage: Stage) -> None:
    near_plants(stage, "#6aa33f", ("#ffcf3f", "#fdfaf2", "#f2605c"))


def fields(stage: Stage) -> None:
    """Rows that run towards one point on the horizon."""
    top, bottom = stage.horizon + 3.5, stage.place_below(0.36)
    stage.band(top, bottom + 1, stage.ground("#d9bf5d", 0.12))
    gone, foot = stage.width * 0.46, stage.height * 1.25
    colors = ("#e8cf6c", "#8fbf52", "#dcbc58", "#a9c95c")
    count = 18
    for i in range(count):
        left, right = (stage.width * (-1.6 + 4.2 * (i + k) / count) for k in (0.0, 1.0))
        edges = []
        for x in (left, right):
            for y in (top, bottom + 1):
                edges.append((gone + (x - gone) * (y - stage.horizon + 9) / (foot - stage.horizon + 9), y))
        (a, b, c, d) = edges
        stage.pen.polygon([a, b, d, c], stage.ground(colors[i % 4], 0.16), opacity=0.9)


def barn(stage: Stage) -> None:
    """A red barn with a gambrel roof, and its silo."""
    pen, s = stage.pen, 15.0
    x = stage.width * stage.random.choice((0.20, 0.80))
    y = stage.horizon + 7.5
    red, dark = stage.land("#c4473f", 0.10), stage.land("#a33a38", 0.10)
    roof, white = stage.ground("#5d5560", 0.12, 0.7), stage.land("#fbf4e8", 0.1)
    pen.rect(
        x + s * 0.56,
        y - s * 0.95,
        s * 0.26,
        s * 0.95,
        pen.linear([(0.0, stage.land("#e8e4de", 0.1)), (1.0, stage.land("#a9a7ad", 0.1))], end=(1.0, 0.0)),
    )
    pen.ellipse(x + s * 0.69, y - s * 0.95, s * 0.13, s * 0.11, roof)
    shape = [(-0.5, 0), (-0.5, -0.42), (-0.36, -0.70), (0, -0.88), (0.36, -0.70), (0.5, -0.42), (0.5, 0)]
    pen.polygon([(x + dx * s, y + dy * s) for dx, dy in shape], pen.linear([(0.0, red), (1.0, dark)]))
    pen.line(
        "M" + " L".join(f"{x + dx * s * 1.06:.2f} {y + dy * s * 1.02:.2f}" for dx, dy in shape[1:-1]), roof, s * 0.07
    )
    pen.rect(x - s * 0.17, y - s * 0.40, s * 0.34, s * 0.40, white)
    pen.rect(x - s * 0.145, y - s * 0.375, s * 0.29, s * 0.375, dark)
    pen.line(
        f"M{x - s * 0.14:.2f} {y - s * 0.37:.2f}L{x + s * 0.14:.2f} {y:.2f}M{x + s * 0.14:.2f}"
        f" {y - s * 0.37:.2f}L{x - s * 0.14:.2f} {y:.2f}",
        white,
        s * 0.025,
    )
    lit = "#ffd97a" if stage.light.night else mix(white, dark, 0.5)
    pen.rect(x - s * 0.09, y - s * 0.66, s * 0.18, s * 0.15, lit, stroke=white, width=s * 0.025)


def yard(stage: Stage) -> None:
    """Short grass in front, where things stand."""
    top = stage.place_below(0.32)
    bright, deep = stage.ground("#9acb58"), stage.ground("#5fa040")
    stage.fade(top, stage.height + 1, [(0.0, bright), (0.45, stage.ground("#7fb84c")), (1.0, deep)])
    for _ in range(round(stage.width * 0.4)):
        share = stage.random.random()
        color = stage.ground(stage.random.choice(("#6aa742", "#a5d465", "#5b9a3e")))
        tuft(
            stage, stage.random.uniform(0, stage.width), stage.place_below(0.4 + 0.58 * share), 1.2 + 2.4 * share, color
        )


def fence(stage: Stage, y: float) -> None:
    """White rails across the picture."""
    pen = stage.pen
    wood, shade = stage.land("#fbf5ea"), stage.land("#cdbfae")
    for rail in (3.2, 5.6):
        pen.rect(-1, y - rail, stage.width + 2, 1.0, wood)
        pen.rect(-1, y - rail + 0.7, stage.width + 2, 0.3, shade)
    for i in range(round(stage.width / 9) + 1):
        x = 2 + i * 9
        pen.path(
            f"M{x - 0.75:.2f} {y + 0.4:.2f}V{y - 7:.2f}L{x:.2f} {y - 8:.2f}L{x + 0.75:.2f} {y - 7:.2f}V{y + 0.4:.2f}Z",
            wood,
        )
        pen.rect(x + 0.3, y - 7, 0.45, 7.4, shade)
