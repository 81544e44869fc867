"""Layered peaks, with snow on top or all over, above a valley."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower_field, near_plants
from imagend.sketch.draw.backdrops.meadow import rocks
from imagend.sketch.draw.backdrops.nature import pine_tree, tuft
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import SNOW, Stage
from imagend.sketch.draw.curves import Point, ridge
from imagend.sketch.draw.pen import mix


def paint(stage: Stage) -> None:
    paint_sky(stage)
    h = stage.horizon
    chain(stage, h + 2, 0.60, 5, 0.86)
    chain(stage, h + 4, 0.46, 4, 0.55)
    foothills(stage)
    valley(stage)
    rocks(stage)
    flower_field(
        stage, stage.place_below(0.2), stage.count("flowers", 18, 90), ("#fdfaf2", "#7b8fe8", "#f58bb6", "#ffd84a")
    )


def paint_front(stage: Stage) -> None:
    if not stage.snowy:
        near_plants(stage, "#5d9a4a", ("#fdfaf2", "#7b8fe8", "#f58bb6"))


def chain(stage: Stage, base: float, share: float, peaks: int, depth: float) -> None:
    """A row of peaks up to `share` of the sky high."""
    random = stage.random
    peaks = max(3, round(peaks * (stage.width / 100) ** 0.8))
    step = stage.width / (peaks - 0.6)
    tops = []
    for i in range(peaks):
        tall = stage.horizon * share * random.uniform(0.62, 1.0)
        tops.append((step * (i - 0.2 + random.uniform(-0.18, 0.18)), base - tall))
    for x, y in sorted(tops, key=lambda top: top[1], reverse=True):
        _peak(stage, (x, y), base, step * random.uniform(0.85, 1.05), depth)


def _peak(stage: Stage, top: Point, base: float, half: float, depth: float) -> None:
    """One mountain: sunny left face, shaded right face, a cap of snow with a ragged edge."""
    pen, random, (x, y) = stage.pen, stage.random, top
    tall = base - y
    lit, dark = stage.ground("#8a93b5", depth, 0.5), stage.ground("#5a6590", depth, 0.28)
    left = [
        (x, y),
        (x - half * 0.22, y + tall * 0.22),
        (x - half * 0.42, y + tall * 0.36),
        (x - half * 0.66, y + tall * 0.68),
        (x - half, base),
    ]
    right = [
        (x, y),
        (x + half * 0.2, y + tall * 0.16),
        (x + half * 0.38, y + tall * 0.40),
        (x + half * 0.7, y + tall * 0.66),
        (x + half, base),
    ]
    low = stage.ground("#a3b5b5", min(1.0, depth + 0.2))
    pen.polygon([*left, *reversed(right)], pen.linear([(0.0, lit), (1.0, low)]))
    spine = [
        (x, y),
        (x + half * 0.06, y + tall * 0.2),
        (x - half * 0.05, y + tall * 0.38),
        (x + half * 0.10, y + tall * 0.62),
        (x + half * 0.02, base),
    ]
    pen.polygon([*right, *reversed(spine[1:])], pen.linear([(0.0, dark), (1.0, mix(dark, low, 0.8))]))
    reach = 0.62 if stage.snowy else random.uniform(0.30, 0.38)
    _cap(stage, top, half, tall, reach, depth)


def _cap(stage: Stage, top: Point, half: float, tall: float, reach: float, depth: float) -> None:
    x, y = top

    def at(share: float, side: float) -> Point:
        edge = (0.22, 0.42, 0.66)[0] / 0.22 * share if share < 0.22 else 0.22 + (share - 0.22) * 1.42
        return x + side * half * min(edge, 0.8), y + tall * share

    a, b = at(reach * 0.92, -1.0), at(reach, 0.86)
    zig = [
        a,
        (x - half * 0.55 * reach, y + tall * reach * 0.66),
        (x - half * 0.36 * reach, y + tall * reach * 0.98),
        (x - half * 0.05, y + tall * reach * 0.70),
    ]
    stage.pen.polygon([top, *zig], stage.land(SNOW, depth * 0.72))
    shade = [
        (x - half * 0.05, y + tall * reach * 0.70),
        (x + half * 0.30 * reach, y + tall * reach * 0.96),
        (x + half * 0.52 * reach, y + tall * reach * 0.70),
        b,
    ]
    stage.pen.polygon([top, *shade, at(reach * 0.4, 0.9)], stage.land("#c3d0ea", depth * 0.72))


def foothills(stage: Stage) -> None:
    """Rounded hills with pines on them, between the peaks and the valley."""
    random, h = stage.random, stage.horizon
    if stage.shown("hills"):
        path, _ = ridge(random, stage.width, h + 3, 9, waves=5, floor=h + 12)
        stage.pen.path(
            path, stage.pen.linear([(0.0, stage.ground("#6c9a78", 0.5)), (1.0, stage.ground("#86b57e", 0.3))])
        )
    count = stage.count("trees", 6, 26)
    for i in range(count):
        x = stage.width * (i + random.random()) / count
        pine_tree(stage, x, h + random.uniform(2.5, 5), random.uniform(9, 15), 0.40)


def valley(stage: Stage) -> None:
    """The near slope, and the pines that stand at its sides."""
    pen, random = stage.pen, stage.random
    path, crest = ridge(random, stage.width, stage.place_below(0.13), 4.0, waves=3, floor=stage.height + 2)
    top, low = ("#ffffff", "#c9d8ee") if stage.snowy else ("#93c066", "#4f8c46")
    stage.slope(path, crest, [(0.0, stage.land(top, 0.10)), (1.0, stage.land(low))])
    for share in (0.34, 0.62):
        path, _ = ridge(random, stage.width, stage.place_below(share), 5.0, waves=3, floor=stage.height + 2)
        pen.path(path, stage.land("#a9bfe2" if stage.snowy else "#4b8a45"), opacity=0.22)
    for _ in range(0 if stage.snowy else round(stage.width * 0.35)):
        share = random.random()
        color = stage.land(random.choice(("#5f9d4b", "#a3cc6a", "#528f46")))
        tuft(stage, random.uniform(0, stage.width), stage.place_below(0.22 + 0.75 * share), 1.2 + 2.4 * share, color)
    spots = [(0.06, 0.16, 25), (0.94, 0.20, 29), (0.17, 0.10, 19), (0.84, 0.09, 18), (0.0, 0.30, 34)]
    for side, share, size in sorted(spots[: stage.count("trees", 2, 5)], key=lambda spot: spot[1]):
        pine_tree(
            stage,
            stage.width * (side + random.uniform(-0.02, 0.02)),
            stage.place_below(share),
            size * random.uniform(0.9, 1.1),
            0.05,
        )
