"""Trees in four depths, from pale and misty to dark and near."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower_field, near_plants
from imagend.sketch.draw.backdrops.meadow import rocks
from imagend.sketch.draw.backdrops.nature import bush, leafy_tree, pine_tree, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import blob, ridge
from imagend.sketch.draw.pen import mix


def paint(stage: Stage) -> None:
    paint_sky(stage)
    distance(stage)
    rows(stage)
    floor(stage)
    rocks(stage)
    frame(stage)
    flower_field(stage, stage.place_below(0.2), stage.count("flowers", 18, 90))


def paint_front(stage: Stage) -> None:
    near_plants(stage, "#3f7f42")


def distance(stage: Stage) -> None:
    """A pale green wall of far leaves, hills behind it when they are shown."""
    h, random = stage.horizon, stage.random
    if stage.shown("hills"):
        path, _ = ridge(random, stage.width, h - 8, 20, waves=4, floor=h + 6)
        stage.pen.path(path, stage.land("#7aa89a", 0.9))
    for base, rise, depth in ((-2.0, 9.0, 0.85), (2.0, 6.0, 0.62)):
        path, _ = ridge(random, stage.width, h + base, rise, waves=11, floor=h + 10)
        stage.pen.path(path, stage.leaves("#5f9e62", depth))


def rows(stage: Stage) -> None:
    """Two misty rows of trees behind the clearing."""
    random, h = stage.random, stage.horizon
    for depth, low, tall, few, many in ((0.66, 2.5, 34, 5, 13), (0.36, 5.5, 44, 3, 10)):
        count = stage.count("trees", few, many)
        for i in range(count):
            x = stage.width * (i + random.uniform(0.1, 0.9)) / count
            size = tall * random.uniform(0.75, 1.2)
            paint_tree = pine_tree if random.random() < 0.6 else leafy_tree
            paint_tree(stage, x, h + low + random.uniform(0, 2.5), size, depth)
        if count:
            stage.band(
                h - 22, h + 9, stage.pen.linear([(0.0, stage.light.horizon + "00"), (1.0, stage.light.horizon + "66")])
            )


def floor(stage: Stage) -> None:
    """Moss, patches of light, ferns at the edge of the clearing."""
    pen, random = stage.pen, stage.random
    path, crest = ridge(random, stage.width, stage.place_below(0.14), 3.0, waves=4, floor=stage.height + 2)
    stage.slope(
        path,
        crest,
        [(0.0, stage.ground("#7fb257", 0.12)), (0.4, stage.ground("#5c9a49")), (1.0, stage.ground("#2f6b3c"))],
    )
    for _ in range(5):
        x, share = random.uniform(0.15, 0.85) * stage.width, random.uniform(0.25, 0.75)
        pen.path(
            blob(random, x, stage.place_below(share), 9 + 9 * share, 1.2 + 1.8 * share),
            stage.ground("#b5d874"),
            opacity=0.28,
        )
    for _ in range(round(stage.width * 0.4)):
        share = random.random()
        color = stage.ground(random.choice(("#4d8f45", "#79b355", "#3c7d40")))
        tuft(stage, random.uniform(0, stage.width), stage.place_below(0.2 + 0.78 * share), 1.3 + 2.8 * share, color)
    for side in (0.06, 0.2, 0.82, 0.95):
        bush(
            stage,
            stage.width * (side + random.uniform(-0.04, 0.04)),
            stage.place_below(random.uniform(0.12, 0.2)),
            random.uniform(8, 13),
            0.1,
            "#4f9350",
        )


def frame(stage: Stage) -> None:
    """Big trunks at the sides that reach out of the picture, with shafts of light between them."""
    if not stage.shown("trees"):
        return
    random, width = stage.random, stage.width
    if not stage.light.night and stage.light.weather in ("clear", "cloudy"):
        _shafts(stage)
    spots = [(0.03, 0.30), (0.97, 0.36), (0.16, 0.16), (0.86, 0.14)][: stage.count("trees", 2, 4)]
    for side, share in sorted(spots, key=lambda spot: spot[1]):
        _trunk(stage, width * (side + random.uniform(-0.02, 0.02)), stage.place_below(share), 3.0 + 7.5 * share)
    crown = stage.leaves("#2f6e42", 0.04)
    for side in (0.0, 1.0):
        for _ in range(5):
            x, y = width * side + random.uniform(-9, 9), random.uniform(-2, stage.height * 0.10)
            stage.pen.path(
                blob(random, x, y, random.uniform(9, 15), random.uniform(6, 10), bumps=11, wild=0.18),
                mix(crown, stage.leaves("#8fc25c"), random.uniform(0, 0.35)),
            )


def _trunk(stage: Stage, x: float, y: float, w: float) -> None:
    pen = stage.pen
    bark, dark = stage.land("#7d5a43"), stage.land("#4e3a37")
    pen.path(

            f"M{x - w * 1.7:.2f} {y:.2f}Q{x - w * 0.6:.2f} {y - w * 1.2:.2f} {x - w * 0.55:.2f}"
            f" {y - w * 5:.2f}L{x - w * 0.5:.2f} -2"

            f"H{x + w * 0.5:.2f}L{x + w * 0.55:.2f} {y - w * 5:.2f}Q{x + w * 0.6:.2f} {y - w * 1.2:.2f}"
            f" {x + w * 1.7:.2f} {y:.2f}Q{x:.2f} {y + w * 0.4:.2f} {x - w * 1.7:.2f} {y:.2f}Z",
        pen.linear([(0.0, dark), (0.45, bark), (1.0, dark)], end=(1.0, 0.0)),
    )  # fmt: skip
    for dx, top, length in ((-0.25, 0.2, 0.3), (0.1, 0.42, 0.26), (0.28, 0.1, 0.3), (-0.1, 0.65, 0.2)):
        pen.line(f"M{x + dx * w:.2f} {y * top:.2f}v{y * length:.2f}", dark, w * 0.07, opacity=0.5)


def _shafts(stage: Stage) -> None:
    glow = stage.light.glow
    for i in range(4):
        x = stage.width * (0.18 + 0.2 * i + stage.random.uniform(-0.05, 0.05))
        w, low = stage.random.uniform(5, 9), stage.place_below(0.45)
        fill = stage.pen.linear([(0.0, glow + "66"), (1.0, glow + "00")])
        stage.pen.polygon([(x + 9, -1), (x + 9 + w, -1), (x - 6 + w * 1.5, low), (x - 9, low)], fill, opacity=0.6)
