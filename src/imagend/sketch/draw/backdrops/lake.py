"""Still water between wooded shores, with reflections."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower, near_plants
from imagend.sketch.draw.backdrops.nature import pine_tree, rock, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky, sun_position
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.backdrops.water import glitter, ripples, surface, water
from imagend.sketch.draw.curves import ridge
from imagend.sketch.draw.pen import mix


def paint(stage: Stage) -> None:
    x, _ = sun_position(stage)
    paint_sky(stage)
    h, bottom = stage.horizon, stage.height + 1
    water(stage, h, bottom, deep="#3a86b5", clear="#3f97ab")
    far_shore(stage)
    if stage.shown("sun") and stage.light.weather == "clear":
        glitter(stage, x, h + 3, stage.place_below(0.55))
    near_shore(stage)


def paint_front(stage: Stage) -> None:
    near_plants(stage, "#56924a", ("#fdfaf2", "#b07be0", "#ffd84a"))


def far_shore(stage: Stage) -> None:
    """Hills and pines, and the same upside down in the water."""
    h, random, pen = stage.horizon, stage.random, stage.pen
    shapes = []
    if stage.shown("hills"):
        shapes += [ridge(random, stage.width, h, rise, waves=4, floor=h)[0] + f"|{color}|{depth}"
                   for rise, color, depth in ((24.0, "#6f8fb0", 0.88), (13.0, "#5f9680", 0.58))]  # fmt: skip
    shapes.append(ridge(random, stage.width, h, 3.2, waves=6, floor=h)[0] + "|#5b9a5c|0.34")
    state = random.getstate()
    _shore(stage, shapes)
    random.setstate(state)
    with pen.group(f"translate(0 {2 * h:.2f}) scale(1 -1)"):
        _shore(stage, shapes)
    veil = surface(stage)
    stage.band(h, h + 30, pen.linear([(0.0, veil + "77"), (0.5, veil + "b0"), (1.0, veil + "ff")]))
    for i in range(9):
        ripples(stage, h + 1.0 + i * 2.4, 3 + i, 3, mix(stage.light.sky[3], "#ffffff", 0.3), 0.34)
    stage.band(h - 0.15, h + 0.25, mix(stage.light.horizon, veil, 0.35))


def _shore(stage: Stage, shapes: list[str]) -> None:
    random, h = stage.random, stage.horizon
    for shape in shapes:
        path, color, depth = shape.split("|")
        stage.pen.path(path, stage.ground(color, float(depth), 0.6))
    for i in range(count := stage.count("trees", 6, 24)):
        x = stage.width * (i + random.random()) / count
        pine_tree(stage, x, h + 0.3, random.uniform(7, 14), 0.32)


def near_shore(stage: Stage) -> None:
    """A grassy bank with reeds and stones, where things stand."""
    pen, random = stage.pen, stage.random
    path, _ = ridge(random, stage.width, stage.place_below(0.52), 2.4, waves=4, floor=stage.height + 2)
    with pen.group("translate(0 -1.0)"):
        pen.path(path, stage.ground("#d9c79a", 0.0, 0.5))
    pen.path(
        path,
        pen.linear([(0.0, stage.ground("#8fc35e")), (0.5, stage.ground("#6ba94c")), (1.0, stage.ground("#4c8a42"))]),
    )
    for _ in range(round(stage.width * 0.4)):
        share = random.uniform(0.57, 0.98)
        tuft(
            stage,
            random.uniform(0, stage.width),
            stage.place_below(share),
            1.4 + 2.2 * share,
            stage.ground(random.choice(("#5c9a48", "#9dcc66"))),
        )
    if stage.shown("rocks"):
        for side, share, size in ((0.14, 0.49, 8.0), (0.22, 0.52, 5.0), (0.83, 0.49, 9.0), (0.76, 0.53, 4.0)):
            rock(stage, stage.width * (side + random.uniform(-0.03, 0.03)), stage.place_below(share), size)
    _reeds(stage)
    for _ in range(stage.count("flowers", 8, 34)):
        share = random.uniform(0.72, 0.98)
        flower(
            stage,
            random.uniform(0, stage.width),
            stage.place_below(share),
            0.9 + 1.8 * share,
            random.choice(("#fdfaf2", "#b07be0", "#ffd84a", "#f58bb6")),
        )


def _reeds(stage: Stage) -> None:
    """Bulrushes in both corners of the bank."""
    pen, random = stage.pen, stage.random
    reed, head = stage.ground("#5e8a47"), stage.land("#7c4f35")
    for side in (0.03, 0.05, 0.075, 0.10, 0.91, 0.94, 0.965):
        x, y, tall = stage.width * side, stage.place_below(0.57), random.uniform(10, 16)
        pen.line(
            f"M{x:.2f} {y:.2f}q{random.uniform(-1, 1):.2f} {-tall * 0.6:.2f}"
            f" {random.uniform(-1.5, 1.5):.2f} {-tall:.2f}",
            reed,
            0.5,
        )
        pen.rect(x - 0.55, y - tall * 0.86, 1.1, tall * 0.28, head, r=0.55)
