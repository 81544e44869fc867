"""Rolling hills under a wide sky, full of wildflowers."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower_field, near_plants
from imagend.sketch.draw.backdrops.nature import bush, leafy_tree, rock, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import Point, height_at, ridge

GRASS = "#74bb49"


def paint(stage: Stage) -> None:
    paint_sky(stage)
    line = hills(stage)
    plant_trees(stage, line)
    grass(stage)
    rocks(stage)
    flower_field(stage, stage.place_below(0.10), stage.count("flowers", 26, 150))


def paint_front(stage: Stage) -> None:
    near_plants(stage, "#56a03c")


def hills(stage: Stage) -> list[Point]:
    """Two far rows of hills when they are shown, a nearly flat edge otherwise; gives the nearest crest."""
    tall = stage.shown("hills")
    h = stage.horizon
    if tall:
        for base, rise, color, depth in ((1.0, 17.0, "#7fae93", 0.85), (2.0, 10.0, "#79b56c", 0.5)):
            path, _ = ridge(stage.random, stage.width, h + base, rise, waves=4, floor=h + 12)
            top, low = stage.ground(color, depth), stage.ground("#9ccf77", depth * 0.8)
            stage.pen.path(path, stage.pen.linear([(0.0, top), (1.0, low)]))
    path, line = ridge(stage.random, stage.width, h + 3.5, 5.5 if tall else 1.2, waves=3, floor=h + 20)
    top, low = stage.ground("#8fcb61", 0.26), stage.ground("#7fc351", 0.05)
    stage.pen.path(path, stage.pen.linear([(0.0, top), (1.0, low)]))
    return line


def plant_trees(stage: Stage, line: list[Point]) -> None:
    """Trees and bushes along the crest; with many, a taller pair frames the picture."""
    random, width = stage.random, stage.width
    for _ in range(stage.count("trees", 3, 11)):
        x = width * random.random()
        y = height_at(line, x) + random.uniform(0.4, 1.6)
        if random.random() < 0.25:
            bush(stage, x, y, random.uniform(5, 8), 0.32)
        else:
            leafy_tree(stage, x, y, random.uniform(9, 16), 0.30)
    for side in (0.05, 0.95)[: stage.count("trees", 1, 2)]:
        leafy_tree(
            stage, width * (side + random.uniform(-0.03, 0.03)), stage.place_below(0.17), random.uniform(29, 36), 0.06
        )


def grass(stage: Stage) -> None:
    """The near slope, with lighter waves and tufts."""
    random, pen = stage.random, stage.pen
    path, crest = ridge(random, stage.width, stage.place_below(0.20), 3.2, waves=3, floor=stage.height + 2)
    bright, deep = stage.ground("#86c952", 0.10), stage.ground("#4f9e3c")
    stage.slope(path, crest, [(0.0, bright), (0.5, stage.ground(GRASS)), (1.0, deep)])
    for share in (0.42, 0.68):
        path, _ = ridge(random, stage.width, stage.place_below(share), 4.0, waves=3, floor=stage.height + 2)
        pen.path(path, stage.ground("#4c9a3e"), opacity=0.16)
    for _ in range(round(stage.width * 0.42)):
        share = random.random()
        color = stage.ground(random.choice(("#5aa83f", "#93d25c", "#4f9c3e")))
        tuft(stage, random.uniform(0, stage.width), stage.place_below(0.24 + 0.74 * share), 1.2 + 2.6 * share, color)


def rocks(stage: Stage) -> None:
    random = stage.random
    for _ in range(stage.count("rocks", 4, 4)):
        share = random.uniform(0.15, 0.7)
        x = stage.width * random.choice((random.uniform(0.02, 0.3), random.uniform(0.7, 0.98)))
        rock(stage, x, stage.place_below(share), 4 + 7 * share)
