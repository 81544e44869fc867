"""What a room's fields show: window, shelf, rug, plants, a picture on the wall."""

from __future__ import annotations

from math import cos, pi, sin

from imagend.sketch.draw.backdrops.sky import cloud_colors, sparkle
from imagend.sketch.draw.backdrops.stage import SNOW, Stage
from imagend.sketch.draw.curves import cloud, smooth
from imagend.sketch.draw.pen import mix

_CURTAIN = {"neutral": "#e58f73", "vivid": "#f2b53c", "pastel": "#c9b6e4", "warm": "#c9574a", "cool": "#6f93c4"}
_RUG = {"neutral": "#d9705c", "vivid": "#8f5bc4", "pastel": "#9fc6e6", "warm": "#b5493f", "cool": "#4f79b0"}
_TOYS = ("#e0564f", "#f2b33d", "#4f9fd0", "#6ab067", "#a174c9", "#f08fae", "#3f8f88", "#d98a4a")


def side(stage: Stage) -> float:
    """Where the window is, as a share of the width; the shelf takes the other side."""
    return 0.27 if stage.width * 7 % 2 < 3 else 0.73


def window(stage: Stage, floor_y: float) -> None:
    """The time of day and the weather are outside."""
    pen, light = stage.pen, stage.light
    w, h = 30.0, min(34.0, floor_y * 0.56)
    x, y = stage.width * side(stage) - w / 2, floor_y * 0.15
    pen.rect(
        x, y, w, h, pen.linear([(0.0, light.sky[0]), (0.45, light.sky[1]), (0.8, light.sky[2]), (1.0, light.sky[3])])
    )
    _view(stage, x, y, w, h)
    white, shade = _paint(stage, "#fdf8ee"), _paint(stage, "#d8c9b6")
    pen.rect(x, y, w, h, None, stroke=white, width=1.8, r=0.6)
    pen.rect(x + w / 2 - 0.55, y, 1.1, h, white)
    pen.rect(x, y + h * 0.48, w, 1.1, white)
    pen.rect(x - 2.5, y + h, w + 5, 2.2, white, r=0.6)
    pen.rect(x - 2.5, y + h + 1.5, w + 5, 0.9, shade, r=0.4)
    _curtains(stage, x, y, w, h)
    if stage.shown("flowers"):
        _vase(stage, x + w * 0.72, y + h, 8.0, many=stage.scene["flowers"] == "many")


def _view(stage: Stage, x: float, y: float, w: float, h: float) -> None:
    """Sun or moon, hills, trees, clouds and weather behind the glass."""
    pen, light, random = stage.pen, stage.light, stage.random
    if light.night:
        for _ in range(14):
            pen.ellipse(x + random.uniform(1, w - 1), y + random.uniform(1, h * 0.6), 0.2, fill="#fdf8e4")
        sparkle(stage, x + w * 0.3, y + h * 0.2, 1.0)
    if stage.shown("sun"):
        low = 0.30 if light.time in ("day", "night") else 0.58
        pen.ellipse(
            x + w * 0.72, y + h * low, 7.5, fill=pen.radial([(0.0, light.glow + "c0"), (1.0, light.glow + "00")])
        )
        pen.ellipse(x + w * 0.72, y + h * low, 2.8, fill=light.sun)
    bright, under = cloud_colors(stage)
    for i in range(min(3, stage.count("clouds", 1, 3))):
        pen.path(
            cloud(random, x + w * (0.30 + 0.2 * i), y + h * (0.26 + 0.11 * i), w * 0.34),
            pen.linear([(0.0, bright), (1.0, under)]),
        )
    rise = 0.24 if stage.shown("hills") else 0.10
    top = y + h * (1 - rise)
    hill = smooth(
        [(x, top), (x + w * 0.3, top - h * rise * 0.4), (x + w * 0.62, top + h * 0.02), (x + w, top - h * rise * 0.3)]
    )
    pen.path(hill + f"V{y + h:.2f}H{x:.2f}Z", stage.ground("#6fae5c", 0.35))
    for i in range(min(4, stage.count("trees", 2, 4))):
        pen.ellipse(x + w * (0.14 + 0.22 * i), top - 0.6, 2.2, 2.9, stage.leaves("#4f9350", 0.2))
    if stage.shown("birds"):
        bird_x, bird_y = x + w * 0.2, y + h * 0.4
        pen.line(
            f"M{bird_x:.2f} {bird_y:.2f}q1 -1 1.6 0q.6 -1 1.6 0m2 -2q.8 -.8 1.3 0q.5 -.8 1.3 0",
            stage.land("#33405c"),
            0.35,
        )
    _panes(stage, x, y, w, h)


def _panes(stage: Stage, x: float, y: float, w: float, h: float) -> None:
    random, pen, weather = stage.random, stage.pen, stage.light.weather
    for _ in range(26 if weather in ("snowy", "rainy") else 0):
        px, py = x + random.uniform(1, w - 2), y + random.uniform(1, h - 3)
        if weather == "snowy":
            pen.ellipse(px, py, random.uniform(0.25, 0.5), fill=SNOW)
        else:
            pen.line(f"M{px:.2f} {py:.2f}l-0.6 2.2", "#e6f0fa", 0.22, opacity=0.8)
    if weather == "foggy":
        pen.rect(x, y, w, h, "#eef1f4", opacity=0.4)
    pen.polygon(
        [(x + w * 0.08, y + h), (x + w * 0.34, y), (x + w * 0.46, y), (x + w * 0.20, y + h)], "#ffffff", opacity=0.12
    )


def _curtains(stage: Stage, x: float, y: float, w: float, h: float) -> None:
    pen, color = stage.pen, _CURTAIN[stage.scene["mood"]]
    light, dark = _paint(stage, mix(color, "#fff6e6", 0.14)), _paint(stage, mix(color, "#3a1f36", 0.20))
    for left, to in ((x - 4.5, 1), (x + w + 4.5, -1)):
        d = (
            f"M{left:.2f} {y - 2.5:.2f}H{left + to * 10:.2f}Q{left + to * 9:.2f} {y + h * 0.45:.2f}"
            f" {left + to * 3:.2f} {y + h * 0.62:.2f}"
        )
        d += f"Q{left + to * 5.5:.2f} {y + h * 0.85:.2f} {left + to * 6.2:.2f} {y + h + 7:.2f}H{left:.2f}Z"
        pen.path(d, pen.linear([(0.0, light), (0.3, dark), (0.5, light), (0.75, dark), (1.0, light)], end=(1.0, 0.0)))
        pen.line(f"M{left - to * 0.3:.2f} {y + h * 0.62:.2f}h{to * 4.2:.2f}", _paint(stage, "#f3d27a"), 1.1)
    pen.line(f"M{x - 7:.2f} {y - 2.5:.2f}H{x + w + 7:.2f}", _paint(stage, "#8a5a3a"), 1.2)
    for end in (x - 7, x + w + 7):
        pen.ellipse(end, y - 2.5, 1.2, fill=_paint(stage, "#8a5a3a"))


def shelf(stage: Stage, floor_y: float) -> None:
    """Two boards with books and toys."""
    pen, random, w = stage.pen, stage.random, 32.0
    x = stage.width * (1 - side(stage)) - w / 2
    wood, dark = _paint(stage, "#b07a4c"), _paint(stage, "#7d5233")
    for y in (floor_y * 0.44, floor_y * 0.70):
        at = x + 1.5
        while at < x + w - 4:
            at += _stand(stage, at, y)
        pen.rect(x, y, w, 1.5, wood, r=0.3)
        pen.rect(x, y + 1.0, w, 0.6, dark, r=0.3)
        for end in (x + 3, x + w - 4):
            pen.path(f"M{end:.2f} {y + 1.5:.2f}h1.2v2.8q-1.2 -.6 -1.2 -2.8Z", dark)
        random.random()


def _stand(stage: Stage, x: float, y: float) -> float:
    """One thing on a board; gives the room it took."""
    pen, random = stage.pen, stage.random
    color, choice = _paint(stage, random.choice(_TOYS)), random.random()
    if choice < 0.72:
        w, h = random.uniform(1.3, 2.4), random.uniform(5.0, 8.2)
        pen.rect(x, y - h, w, h, color, r=0.2)
        pen.rect(x, y - h * 0.82, w, 0.5, mix(color, "#fff3d6", 0.6))
        return w + 0.15
    if choice < 0.86:
        pen.ellipse(
            x + 2.0,
            y - 1.9,
            1.9,
            fill=pen.radial([(0.0, mix(color, "#ffffff", 0.45)), (1.0, color)], center=(0.35, 0.3), radius=0.8),
        )
        return 4.3
    pen.polygon([(x + 0.2, y), (x + 2.0, y - 4.6), (x + 3.8, y)], color)
    pen.ellipse(x + 2.0, y - 4.8, 0.9, fill=_paint(stage, "#f6d365"))
    return 4.4


def picture(stage: Stage, floor_y: float) -> None:
    """A framed landscape in the middle, above whatever stands there."""
    pen, x, y = stage.pen, stage.width * 0.5, floor_y * 0.20
    if stage.width < 88 or (stage.shown("window") and stage.shown("shelf") and stage.width < 112):
        return
    w, h = 15.0, 12.0
    pen.rect(x - w / 2 - 1.2, y - 1.2, w + 2.4, h + 2.4, _paint(stage, "#a4713f"), r=0.5)
    pen.rect(x - w / 2, y, w, h, pen.linear([(0.0, _paint(stage, "#9fd0e8")), (1.0, _paint(stage, "#fbe3c0"))]))
    pen.path(
        f"M{x - w / 2:.2f} {y + h:.2f}V{y + h * 0.72:.2f}L{x - w * 0.22:.2f} {y + h * 0.38:.2f}"
        f"L{x:.2f} {y + h * 0.70:.2f}L{x + w * 0.2:.2f} {y + h * 0.48:.2f}L{x + w / 2:.2f}"
        f" {y + h * 0.76:.2f}V{y + h:.2f}Z",
        _paint(stage, "#6a9c86"),
    )
    pen.ellipse(x + w * 0.26, y + h * 0.26, 1.4, fill=_paint(stage, "#f6b84f"))


def rug(stage: Stage, floor_y: float) -> None:
    pen, color = stage.pen, _RUG[stage.scene["mood"]]
    x, y = stage.width / 2, (floor_y + stage.height) / 2 + 2.5
    rx, ry = min(stage.width * 0.42, 62.0), (stage.height - floor_y) * 0.40
    rings = (
        (1.0, color),
        (0.90, mix(color, "#fff4df", 0.72)),
        (0.80, color),
        (0.56, mix(color, "#fff4df", 0.45)),
        (0.34, mix(color, "#fff4df", 0.72)),
    )
    pen.ellipse(x, y + 0.9, rx, ry, "#3a2018", opacity=0.28)
    for share, ring in rings:
        pen.ellipse(x, y, rx * share, ry * share, _paint(stage, ring))
    for i in range(28):
        angle = i * pi / 14
        pen.ellipse(
            x + cos(angle) * rx * 0.68,
            y + sin(angle) * ry * 0.68,
            0.9,
            0.55,
            _paint(stage, mix(color, "#fff4df", 0.85)),
        )


def plants(stage: Stage, floor_y: float) -> None:
    """Pot plants stand for the trees of a room, a vase on a stool for its flowers where no sill can hold it."""
    for share in (0.055, 0.945)[: stage.count("trees", 1, 2)]:
        _pot(stage, stage.width * share, floor_y + 3.5, 27.0)
    if stage.shown("flowers") and not stage.shown("window"):
        x, pen = stage.width * 0.84, stage.pen
        pen.rect(x - 5, floor_y - 9, 10, 1.6, _paint(stage, "#9c6a42"), r=0.5)
        pen.line(f"M{x - 3.6:.2f} {floor_y - 7.5:.2f}l-.8 9.5m8 -9.5l.8 9.5", _paint(stage, "#7d5233"), 1.1)
        _vase(stage, x, floor_y - 9, 9.0, many=stage.scene["flowers"] == "many")


def _pot(stage: Stage, x: float, y: float, size: float) -> None:
    pen = stage.pen
    for i in range(9):
        lean = (i - 4) / 4
        tip_x, tip_y = x + lean * size * 0.42, y - size * (0.98 - 0.34 * abs(lean) ** 1.6)
        green = _paint(stage, mix("#3f8a55", "#84bd68", (i % 3) / 3))
        mid_x, mid_y = x + lean * size * 0.10, y - size * 0.62
        pen.path(
            f"M{x:.2f} {y - size * 0.24:.2f}Q{mid_x - 2.4:.2f} {mid_y:.2f} {tip_x:.2f} {tip_y:.2f}"
            f"Q{mid_x + 3.4:.2f} {mid_y + 2:.2f} {x:.2f} {y - size * 0.24:.2f}Z",
            green,
        )
    w = size * 0.17
    pen.path(
        f"M{x - w:.2f} {y - size * 0.28:.2f}H{x + w:.2f}L{x + w * 0.72:.2f} {y:.2f}H{x - w * 0.72:.2f}Z",
        pen.linear([(0.0, _paint(stage, "#d98a63")), (1.0, _paint(stage, "#b5643f"))], end=(1.0, 0.0)),
    )
    pen.rect(x - w * 1.12, y - size * 0.30, w * 2.24, size * 0.06, _paint(stage, "#e29a72"), r=0.5)


def _vase(stage: Stage, x: float, y: float, size: float, *, many: bool) -> None:
    pen, random = stage.pen, stage.random
    for i in range(7 if many else 3):
        lean = (i - (3 if many else 1)) * size * 0.13
        tip = y - size * random.uniform(0.85, 1.25)
        pen.line(f"M{x:.2f} {y - size * 0.4:.2f}L{x + lean:.2f} {tip:.2f}", _paint(stage, "#4f9350"), 0.35)
        bloom = _paint(stage, random.choice(("#f2605c", "#f58bb6", "#ffd84a", "#fdfaf2", "#b07be0")))
        pen.ellipse(x + lean, tip, size * 0.14, fill=bloom)
        pen.ellipse(x + lean, tip, size * 0.05, fill=_paint(stage, "#f6b93b"))
    w = size * 0.2
    pen.path(
        f"M{x - w * 0.5:.2f} {y - size * 0.5:.2f}H{x + w * 0.5:.2f}Q{x + w * 1.6:.2f}"
        f" {y - size * 0.2:.2f} {x + w * 0.7:.2f} {y:.2f}H{x - w * 0.7:.2f}Q{x - w * 1.6:.2f}"
        f" {y - size * 0.2:.2f} {x - w * 0.5:.2f} {y - size * 0.5:.2f}Z",
        _paint(stage, "#5f9fc4"),
    )


def _paint(stage: Stage, color: str) -> str:
    other, share = {
        "sunrise": ("#ffcf9f", 0.08),
        "day": ("#fffaf0", 0.0),
        "sunset": ("#f0935a", 0.10),
        "night": ("#d08a5a", 0.12),
    }[stage.light.time]
    return mix(color, other, share)
