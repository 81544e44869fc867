"""Sky, sun or moon, stars, clouds and far birds."""

from __future__ import annotations

from math import cos, pi, sin

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import cloud
from imagend.sketch.draw.pen import mix


def paint_sky(stage: Stage, bottom: float | None = None) -> None:
    """Everything above the horizon that all outdoor places share."""
    low = stage.horizon + 2 if bottom is None else bottom
    top, high, middle, horizon = stage.light.sky
    stage.fade(-1, low, [(0.0, top), (0.38, high), (0.74, middle), (1.0, horizon)])
    if stage.light.night:
        stars(stage, low)
    if stage.shown("sun"):
        sun(stage)
    clouds(stage)
    birds(stage)


def sun_position(stage: Stage) -> tuple[float, float]:
    """Centre of the sun or moon; low in the morning and in the evening."""
    side = (0.22, 0.30, 0.70, 0.78)[stage.seed % 4]
    height = {"sunrise": 0.80, "day": 0.30, "sunset": 0.82, "night": 0.30}[stage.light.time]
    return stage.width * side, stage.horizon * height


def sun(stage: Stage) -> None:
    x, y = sun_position(stage)
    dim = {"clear": 1.0, "cloudy": 0.8, "rainy": 0.45, "snowy": 0.55, "foggy": 0.5}[stage.light.weather]
    size = {"sunrise": 8.5, "day": 7.0, "sunset": 9.5, "night": 6.2}[stage.light.time]
    glow = stage.light.glow
    reach = size * (3.2 if stage.light.night else 4.8)
    halo = stage.pen.radial([(0.0, glow + "d0"), (0.25, glow + "70"), (0.6, glow + "22"), (1.0, glow + "00")])
    stage.pen.ellipse(x, y, reach, fill=halo, opacity=dim)
    if stage.light.night:
        _moon(stage, x, y, size, dim)
    else:
        disc = stage.pen.radial([(0.0, mix(stage.light.sun, "#ffffff", 0.5)), (1.0, stage.light.sun)])
        stage.pen.ellipse(x, y, size, fill=disc, opacity=min(1.0, dim + 0.15))


def _moon(stage: Stage, x: float, y: float, size: float, dim: float) -> None:
    pen, face = stage.pen, stage.light.sun
    pen.ellipse(x, y, size, fill=mix(face, stage.light.sky[1], 1 - min(1.0, dim + 0.2)))
    for dx, dy, r in ((-0.35, -0.25, 0.24), (0.30, 0.10, 0.17), (-0.10, 0.45, 0.20), (0.36, -0.45, 0.10)):
        pen.ellipse(x + dx * size, y + dy * size, r * size, fill=mix(face, "#8f97b8", 0.30), opacity=0.75)


def stars(stage: Stage, bottom: float) -> None:
    """Fewer behind clouds and towards the horizon."""
    random = stage.random
    count = {"clear": 90, "cloudy": 40, "rainy": 10, "snowy": 20, "foggy": 12}[stage.light.weather]
    for _ in range(round(count * max(1.0, stage.width * stage.height / 10_000))):
        y = bottom * random.random() ** 1.3
        faint = 0.35 + 0.6 * random.random() * (1 - y / (bottom + 1))
        stage.pen.ellipse(random.uniform(0, stage.width), y, random.choice((0.14, 0.18, 0.26)),
                          fill="#fdf8e4", opacity=faint)  # fmt: skip
    for _ in range(4 if count > 30 else 0):
        sparkle(stage, random.uniform(4, stage.width - 4), bottom * random.uniform(0.05, 0.55), 1.1)


def sparkle(stage: Stage, x: float, y: float, size: float, color: str = "#fffbe8") -> None:
    """A four-pointed star."""
    thin = size * 0.16
    points = [
        (x + cos(i * pi / 4) * (size if i % 2 == 0 else thin), y + sin(i * pi / 4) * (size if i % 2 == 0 else thin))
        for i in range(8)
    ]
    stage.pen.polygon(points, color, opacity=0.95)


def clouds(stage: Stage) -> None:
    random = stage.random
    count = stage.count("clouds", 3, 7)
    top, low = stage.horizon * 0.10, stage.horizon * 0.62
    for i in range(count):
        share = (i + random.uniform(0.15, 0.85)) / max(1, count)
        y = random.uniform(top, low)
        size = random.uniform(16, 27) * (1.15 - 0.5 * (y - top) / (low - top + 0.1)) * (0.9 + 0.1 * stage.width / 100)
        one_cloud(stage, stage.width * share, y, size)


def one_cloud(stage: Stage, x: float, y: float, size: float) -> None:
    bright, under = cloud_colors(stage)
    fill = stage.pen.linear([(0.0, bright), (0.55, bright), (1.0, under)])
    stage.pen.path(cloud(stage.random, x, y, size), fill, opacity=0.94)


def cloud_colors(stage: Stage) -> tuple[str, str]:
    """Lit top and shaded underside."""
    bright, under = {
        "sunrise": ("#fff1e6", "#e9b3bd"), "day": ("#ffffff", "#d6e6f4"),
        "sunset": ("#ffd9b8", "#c0708f"), "night": ("#52639b", "#2c3a70"),
    }[stage.light.time]  # fmt: skip
    gray = {"clear": 0.0, "cloudy": 0.22, "rainy": 0.55, "snowy": 0.25, "foggy": 0.3}[stage.light.weather]
    dark = "#76859a" if not stage.light.night else "#222c52"
    return stage.light.moody(mix(bright, dark, gray * 0.55)), stage.light.moody(mix(under, dark, gray))


def birds(stage: Stage) -> None:
    """A loose flock, small and far away."""
    if not stage.shown("birds"):
        return
    random = stage.random
    left, top = stage.width * random.choice((0.16, 0.44, 0.66)), stage.horizon * random.uniform(0.22, 0.42)
    color = stage.land("#33405c", 0.25)
    for i in range(6):
        x, y = left + i * 3.3 + random.uniform(-1, 1), top + abs(i - 2) * 1.5 + random.uniform(-1, 1)
        s = random.uniform(1.0, 1.6)
        wings = f"M{x - s:.2f} {y - s * 0.35:.2f}Q{x - s * 0.4:.2f} {y - s * 0.75:.2f} {x:.2f} {y:.2f}"
        wings += f"Q{x + s * 0.4:.2f} {y - s * 0.75:.2f} {x + s:.2f} {y - s * 0.35:.2f}"
        stage.pen.line(wings, color, 0.36)
