"""A skyline in three depths above a street; windows are lit at night."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.flowers import flower
from imagend.sketch.draw.backdrops.nature import bush, leafy_tree, rock
from imagend.sketch.draw.backdrops.sky import paint_sky
from imagend.sketch.draw.backdrops.stage import SNOW, Stage
from imagend.sketch.draw.curves import ridge
from imagend.sketch.draw.pen import mix

_WALLS = ("#d98f78", "#e8c08c", "#8fb0c9", "#c9a7b4", "#a8b7a2", "#efd9b4", "#b98d86", "#7f97bb")


def paint(stage: Stage) -> None:
    paint_sky(stage)
    h = stage.horizon
    if stage.shown("hills"):
        path, _ = ridge(stage.random, stage.width, h - 8, 22, waves=4, floor=h + 4)
        stage.pen.path(path, stage.land("#7f96a8", 0.9))
    skyline(stage, h + 6, 0.74, 0.80, (6.0, 9.0))
    skyline(stage, h + 6, 0.58, 0.50, (8.0, 12.0))
    houses(stage, stage.place_below(0.17))
    street(stage)
    furniture(stage)


def skyline(stage: Stage, base: float, share: float, depth: float, widths: tuple[float, float]) -> None:
    """A row of towers up to `share` of the sky high, hazy by depth."""
    random, x = stage.random, -4.0
    while x < stage.width:
        wide = random.uniform(*widths)
        tall = stage.horizon * share * random.uniform(0.5, 1.0)
        wall = stage.land(random.choice(("#7d8fb5", "#8c97b8", "#6f83a8", "#9a94b4")), depth)
        top = base - tall
        stage.pen.rect(x, top, wide, tall, stage.pen.linear([(0.0, wall), (1.0, mix(wall, stage.light.horizon, 0.4))]))
        _roof(stage, x, top, wide, wall)
        _windows(stage, x, top, wide, tall * 0.85, depth)
        x += wide * random.uniform(0.92, 1.15)


def _roof(stage: Stage, x: float, top: float, wide: float, wall: str) -> None:
    kind = stage.random.randrange(4)
    if kind == 0:
        stage.pen.rect(x + wide * 0.25, top - 2.2, wide * 0.5, 2.4, wall)
    elif kind == 1:
        stage.pen.line(f"M{x + wide / 2:.2f} {top:.2f}v-5", wall, 0.4)
    elif kind == 2:
        stage.pen.polygon([(x, top + 0.1), (x + wide / 2, top - wide * 0.4), (x + wide, top + 0.1)], wall)
    if stage.snowy:
        stage.pen.rect(x, top - 0.5, wide, 1.1, stage.land(SNOW, 0.3), r=0.5)


def _windows(stage: Stage, x: float, top: float, wide: float, tall: float, depth: float) -> None:
    """All windows of one tower in two paths: lit and dark."""
    random, lit, dark = stage.random, "", ""
    columns, rows = max(2, int(wide / 2.4)), max(2, int(tall / 3.2))
    step = wide / (columns + 0.4)
    share = 0.62 if stage.light.night else (0.30 if stage.light.time != "day" else 0.0)
    for row in range(rows):
        for column in range(columns):
            box = (
                f"M{x + step * (column + 0.45):.2f} {top + 1.6 + row * 3.2:.2f}h{step * 0.55:.2f}v1.7"
                f"h{-step * 0.55:.2f}Z"
            )
            if random.random() < share:
                lit += box
            else:
                dark += box
    if dark:
        color = stage.land("#dfeefa" if not stage.light.night else "#3d4a74", depth * 0.8)
        stage.pen.path(dark, color, opacity=0.55 if not stage.light.night else 0.8)
    if lit:
        stage.pen.path(lit, mix("#ffd777", stage.light.horizon, depth * 0.25))


def houses(stage: Stage, base: float) -> None:
    """The near row: coloured fronts with shops below."""
    random, pen, x = stage.random, stage.pen, -3.0
    while x < stage.width:
        wide, tall = random.uniform(13, 19), stage.horizon * random.uniform(0.30, 0.46)
        wall, top = random.choice(_WALLS), base - tall
        pen.rect(
            x,
            top,
            wide,
            tall,
            pen.linear([(0.0, stage.land(wall, 0.14)), (1.0, stage.land(mix(wall, "#4a3f55", 0.14), 0.08))]),
        )
        pen.rect(x - 0.4, top - 1.0, wide + 0.8, 1.5, stage.ground(mix(wall, "#3a3145", 0.35), 0.1, 0.95))
        _front(stage, x, top, wide, tall)
        x += wide + (0.0 if random.random() < 0.75 else random.uniform(1, 3))


def _front(stage: Stage, x: float, top: float, wide: float, tall: float) -> None:
    """Windows with frames, and a shop with an awning."""
    random, pen, night = stage.random, stage.pen, stage.light.night
    frame = stage.land("#fbf4e6", 0.1)
    columns, step = 3, wide / 3.3
    rows = max(1, int((tall - 11) / 6.2))
    for row in range(rows):
        for column in range(columns):
            glow = random.random() < (0.65 if night else 0.35 if stage.light.time != "day" else 0.0)
            glass = "#ffd873" if glow else stage.land("#7fa6c4" if not night else "#4b5d8c", 0.1)
            left, high = x + step * (column + 0.42), top + 2.6 + row * 6.2
            pen.rect(left, high, step * 0.56, 4.0, glass, stroke=frame, width=0.4)
    low = top + tall
    shop = "#ffcf78" if night or stage.light.time == "sunset" else stage.land("#a9d3e2", 0.05)
    pen.rect(x + wide * 0.08, low - 5.6, wide * 0.84, 5.6, shop, stroke=stage.land("#5b4a52"), width=0.4)
    pen.rect(x + wide * 0.40, low - 5.4, wide * 0.2, 5.4, stage.land("#5b4a52"))
    stripe = stage.land(random.choice(("#d9534f", "#3f8f8a", "#e0a03c", "#5576b5")))
    for i in range(7):
        color = stripe if i % 2 == 0 else frame
        left = x + wide * (0.04 + 0.92 * i / 7)
        pen.path(
            f"M{left:.2f} {low - 7.6:.2f}h{wide * 0.1315:.2f}v2.4a{wide * 0.066:.2f} 1 0 0 1 {-wide * 0.1315:.2f} 0Z",
            color,
        )


def street(stage: Stage) -> None:
    """Pavement, kerb, road with a dashed line, and the near pavement."""
    pen, width = stage.pen, stage.width
    top, kerb, low = stage.place_below(0.17), stage.place_below(0.32), stage.place_below(0.80)
    stage.fade(top, kerb, [(0.0, stage.ground("#cfc7c0")), (1.0, stage.ground("#ddd5cc"))])
    for i in range(round(width / 9) + 2):
        x = i * 9.0
        pen.line(
            f"M{x:.2f} {top:.2f}L{(x - width / 2) * 1.12 + width / 2:.2f} {kerb:.2f}", stage.ground("#b5aca6"), 0.22
        )
    stage.band(kerb, kerb + 1.2, stage.ground("#a89f9b"))
    stage.fade(kerb + 1.2, low, [(0.0, stage.ground("#62626e", 0.0, 0.55)), (1.0, stage.ground("#4f4f5c", 0.0, 0.5))])
    for i in range(round(width / 22) + 2):
        x = i * 22 - 6
        pen.polygon(
            [
                (x + 2, stage.place_below(0.54)),
                (x + 12, stage.place_below(0.54)),
                (x + 11, stage.place_below(0.575)),
                (x, stage.place_below(0.575)),
            ],
            stage.land("#f3dd9a"),
        )
    stage.band(low, low + 1.2, stage.ground("#a89f9b"))
    stage.fade(low + 1.2, stage.height + 1, [(0.0, stage.ground("#d8cfc6")), (1.0, stage.ground("#bfb5ae"))])


def furniture(stage: Stage) -> None:
    """Street trees, lamps, planters."""
    width, y = stage.width, stage.place_below(0.27)
    for side in (0.10, 0.90, 0.36, 0.66)[: stage.count("trees", 2, 4)]:
        leafy_tree(stage, width * side, y, stage.random.uniform(19, 24), 0.04)
    for side in (0.23, 0.77):
        _lamp(stage, width * side, y + 1.0)
    for i in range(stage.count("flowers", 2, 4)):
        x = width * (0.04 + 0.31 * i)
        stage.pen.rect(x, y + 0.2, 8, 2.6, stage.land("#a5664a"), r=0.4)
        for k in range(5):
            flower(
                stage, x + 1 + 1.5 * k, y + 0.6, 1.35, stage.random.choice(("#f2605c", "#f58bb6", "#ffd84a", "#fdfaf2"))
            )
    if stage.shown("rocks"):
        bush(stage, width * 0.55, y, 7)
        rock(stage, width * 0.49, y + 0.6, 6)


def _lamp(stage: Stage, x: float, y: float) -> None:
    pen, iron = stage.pen, stage.land("#3f4454")
    pen.line(f"M{x:.2f} {y:.2f}v-17", iron, 0.7)
    pen.rect(x - 1.2, y - 1.0, 2.4, 1.2, iron, r=0.3)
    if stage.light.time in ("night", "sunset"):
        pen.ellipse(x, y - 18.2, 10, fill=pen.radial([(0.0, "#ffe3a0cc"), (0.25, "#ffd98055"), (1.0, "#ffd98000")]))
    pen.ellipse(x, y - 18.2, 1.5, 1.8, "#fff0c4" if stage.light.night else stage.land("#fdf6e0"))
    pen.path(f"M{x - 1.7:.2f} {y - 19.4:.2f}L{x:.2f} {y - 21:.2f}L{x + 1.7:.2f} {y - 19.4:.2f}Z", iron)
