"""Rain, snow and fog: part of it behind the things, part of it before them."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import circles
from imagend.sketch.draw.pen import mix

OUTDOORS = frozenset({"meadow", "forest", "beach", "mountains", "city", "desert", "farm", "lake"})


def weather_behind(stage: Stage) -> None:
    """Drawn after the backdrop, before the things."""
    if stage.scene["place"] not in OUTDOORS:
        return
    weather = stage.light.weather
    if weather == "rainy":
        _rain(stage, 70, 0.22, 4.0, 0.34)
        _splashes(stage)
    elif weather == "snowy":
        _snow(stage, 110, (0.25, 0.55), 0.85)
    elif weather == "foggy":
        _fog(stage, stage.horizon - 16, stage.horizon + 18, 0.85)


def weather_before(stage: Stage) -> None:
    """Drawn over everything, thin enough not to hide a thing."""
    if stage.scene["place"] not in OUTDOORS:
        return
    weather = stage.light.weather
    if weather == "rainy":
        _rain(stage, 55, 0.34, 6.5, 0.42)
    elif weather == "snowy":
        _snow(stage, 46, (0.5, 1.05), 0.92)
    elif weather == "foggy":
        _fog(stage, stage.place_below(0.50), stage.height + 8, 0.40)


def _rain(stage: Stage, count: int, width: float, length: float, opacity: float) -> None:
    random, d = stage.random, ""
    for _ in range(round(count * stage.width * stage.height / 10_000)):
        x, y, tall = (
            random.uniform(-2, stage.width + 6),
            random.uniform(-6, stage.height),
            length * random.uniform(0.6, 1.2),
        )
        d += f"M{x:.2f} {y:.2f}l{-tall * 0.22:.2f} {tall:.2f}"
    stage.pen.line(d, "#e3eef8", width, opacity=opacity)


def _splashes(stage: Stage) -> None:
    """Rings where drops meet the ground."""
    random, d = stage.random, ""
    for _ in range(round(34 * stage.width / 100)):
        share = random.uniform(0.12, 1.0)
        x, y, r = random.uniform(0, stage.width), stage.place_below(share), 0.5 + 1.3 * share
        half = f"a{r:.2f} {r * 0.3:.2f} 0 1 1"
        d += f"M{x - r:.2f} {y:.2f}{half} {2 * r:.2f} 0{half} {-2 * r:.2f} 0Z"
    stage.pen.line(d, "#eef5fb", 0.2, opacity=0.55)


def _snow(stage: Stage, count: int, sizes: tuple[float, float], opacity: float) -> None:
    random = stage.random
    flakes = [
        (random.uniform(0, stage.width), random.uniform(0, stage.height), random.uniform(*sizes))
        for _ in range(round(count * stage.width * stage.height / 10_000))
    ]
    stage.pen.path(circles(flakes), mix("#ffffff", stage.light.sky[3], 0.12), opacity=opacity)


def _fog(stage: Stage, top: float, bottom: float, strength: float) -> None:
    """Soft banks of mist: wide, flat radial gradients over a veil."""
    pen, random = stage.pen, stage.random
    pale = mix(stage.light.horizon, "#ffffff", 0.25 if not stage.light.night else 0.06)
    alpha = f"{round(150 * strength):02x}"
    stage.band(top, bottom, pen.linear([(0.0, pale + "00"), (0.5, pale + alpha), (1.0, pale + "00")]))
    for _ in range(6):
        x, y = random.uniform(0, stage.width), random.uniform(top, bottom)
        soft = pen.radial([(0.0, pale + alpha), (0.5, pale + "30"), (1.0, pale + "00")])
        pen.ellipse(x, y, random.uniform(30, 55), random.uniform(4, 8), soft)
