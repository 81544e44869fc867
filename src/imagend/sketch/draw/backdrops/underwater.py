"""The sea floor: rays of light, corals, weed and bubbles."""

from __future__ import annotations

from math import pi, sin

from imagend.sketch.draw.backdrops.nature import rock
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import circles, ridge, smooth
from imagend.sketch.draw.pen import mix

_WATER = {
    "sunrise": ("#8fe0d6", "#3aa7bf", "#1d5f92"), "day": ("#8beae4", "#2fa8d2", "#14609f"),
    "sunset": ("#f2b78a", "#4f93b0", "#28487f"), "night": ("#2f5f9a", "#163a78", "#0a1c4a"),
}  # fmt: skip
_CORALS = ("#f2708a", "#f59a5a", "#c77be0", "#ffd066", "#ef5f7a")


def paint(stage: Stage) -> None:
    top, middle, deep = (stage.light.moody(mix(color, "#7d97a5", murk(stage))) for color in _WATER[stage.light.time])
    stage.fade(-1, stage.height + 1, [(0.0, top), (0.4, middle), (1.0, deep)])
    if stage.shown("sun"):
        rays(stage)
    floor(stage, deep)
    weeds(stage)
    corals(stage)
    shoal(stage)
    bubbles(stage)


def paint_front(stage: Stage) -> None:
    """Dark weed in the near corners."""
    if stage.shown("trees"):
        for side in (0.0, 0.04, 0.97, 1.0):
            _weed(stage, stage.width * side, stage.height + 2, stage.random.uniform(16, 30), "#1f6a6f")


def murk(stage: Stage) -> float:
    return {"clear": 0.0, "cloudy": 0.15, "rainy": 0.25, "snowy": 0.15, "foggy": 0.4}[stage.light.weather]


def rays(stage: Stage) -> None:
    """Light that falls in from above."""
    pen, glow = stage.pen, mix(stage.light.glow, "#ffffff", 0.4)
    for i in range(7):
        x, w = stage.width * (0.05 + 0.15 * i + stage.random.uniform(-0.04, 0.04)), stage.random.uniform(3, 8)
        low = stage.height * stage.random.uniform(0.55, 0.9)
        fill = pen.linear([(0.0, glow + "78"), (1.0, glow + "00")])
        pen.polygon([(x, -1), (x + w, -1), (x + w * 2.2 - 14, low), (x - 16, low)], fill, opacity=0.55)


def sea(stage: Stage, color: str, depth: float) -> str:
    """What water does to colours with distance."""
    night = mix(color, "#13306e", 0.42) if stage.light.night else color
    return stage.light.moody(mix(night, "#2a7fb5" if not stage.light.night else "#173a7c", depth))


def floor(stage: Stage, deep: str) -> None:
    pen, random = stage.pen, stage.random
    if stage.shown("hills"):
        for base, rise, share in ((0.10, 12.0, 0.72), (0.26, 7.0, 0.52)):
            path, _ = ridge(random, stage.width, stage.place_below(base), rise, waves=4, floor=stage.height + 2)
            pen.path(path, mix(sea(stage, "#3f8fa0", share), deep, 0.25))
    path, crest = ridge(random, stage.width, stage.place_below(0.45), 4, waves=3, floor=stage.height + 2)
    stage.slope(
        path,
        crest,
        [(0.0, sea(stage, "#e6d3a0", 0.42)), (0.5, sea(stage, "#f0dcaa", 0.18)), (1.0, sea(stage, "#d9bf8a", 0.28))],
    )
    for i in range(12):
        y, x = stage.place_below(0.52 + 0.04 * i), random.uniform(-10, stage.width)
        pen.line(f"M{x:.2f} {y:.2f}q4 -1.1 8 0t8 0t8 0", sea(stage, "#b99a66", 0.3), 0.3, opacity=0.55)
    if stage.shown("rocks"):
        for side, share, size in ((0.12, 0.50, 15.0), (0.22, 0.56, 9.0), (0.86, 0.52, 18.0), (0.75, 0.58, 7.0)):
            rock(stage, stage.width * side, stage.place_below(share), size, 0.0, "#6f86a0")


def weeds(stage: Stage) -> None:
    """Weed stands for the trees of the sea."""
    random = stage.random
    for i in range(stage.count("trees", 5, 15)):
        side = random.choice((random.uniform(0, 0.3), random.uniform(0.7, 1.0)))
        share = random.uniform(0.42, 0.62)
        color = ("#2f9a6a", "#52b06a", "#2a7f78")[i % 3]
        _weed(stage, stage.width * side, stage.place_below(share), random.uniform(16, 34), sea(stage, color, 0.22))


def _weed(stage: Stage, x: float, y: float, tall: float, color: str) -> None:
    """One waving ribbon."""
    turn, left, right = stage.random.uniform(0, 2 * pi), [], []
    for i in range(7):
        share = i / 6
        sway = sin(turn + share * 5) * 2.4 * share
        half = 1.5 * (1 - share) ** 0.7 * (1.25 if i % 2 else 0.8)
        left.append((x + sway - half, y - tall * share))
        right.append((x + sway + half, y - tall * share))
    stage.pen.path(smooth(left + right[::-1], closed=True), color)


def corals(stage: Stage) -> None:
    """Corals stand for its flowers."""
    random = stage.random
    for i in range(stage.count("flowers", 5, 14)):
        side, share = random.choice((random.uniform(0, 0.34), random.uniform(0.66, 1.0))), random.uniform(0.46, 0.92)
        color = sea(stage, _CORALS[i % 5], 0.16)
        x, y, size = stage.width * side, stage.place_below(share), random.uniform(6, 9) * (0.6 + 0.6 * share)
        (_fan if i % 3 == 0 else _branches if i % 3 == 1 else _cushion)(stage, x, y, size, color)


def _fan(stage: Stage, x: float, y: float, size: float, color: str) -> None:
    for i in range(7):
        lean = (i - 3) / 3
        stage.pen.line(
            f"M{x:.2f} {y:.2f}Q{x + lean * size * 0.3:.2f} {y - size * 0.7:.2f}"
            f" {x + lean * size * 0.75:.2f} {y - size * (1.15 - 0.35 * lean * lean):.2f}",
            color,
            size * 0.15,
        )


def _branches(stage: Stage, x: float, y: float, size: float, color: str) -> None:
    d = f"M{x:.2f} {y:.2f}v{-size:.2f}"
    for at, side in ((0.35, 1), (0.5, -1), (0.68, 1), (0.8, -1)):
        d += (
            f"M{x:.2f} {y - size * at:.2f}q{side * size * 0.28:.2f} {-size * 0.02:.2f}"
            f" {side * size * 0.34:.2f} {-size * 0.34:.2f}"
        )
    stage.pen.line(d, color, size * 0.15)


def _cushion(stage: Stage, x: float, y: float, size: float, color: str) -> None:
    rounds = [
        (x - size * 0.4, y - size * 0.22, size * 0.3),
        (x, y - size * 0.36, size * 0.42),
        (x + size * 0.42, y - size * 0.2, size * 0.28),
    ]
    stage.pen.path(
        circles(rounds), stage.pen.linear([(0.0, mix(color, "#ffffff", 0.25)), (1.0, mix(color, "#16305a", 0.25))])
    )
    for k in range(6):
        stage.pen.ellipse(
            x + (k - 2.5) * size * 0.2,
            y - size * (0.28 + 0.18 * (k % 2)),
            size * 0.045,
            fill=mix(color, "#ffffff", 0.5),
        )


def shoal(stage: Stage) -> None:
    """Small far fish stand for its birds, a plume of plankton light for its clouds."""
    random, pen = stage.random, stage.pen
    if stage.shown("birds"):
        left, top = stage.width * random.uniform(0.15, 0.6), stage.height * random.uniform(0.14, 0.34)
        for i in range(8):
            x, y = left + i % 4 * 4.5 + random.uniform(-1, 1), top + i // 4 * 4 + random.uniform(-1.4, 1.4)
            pen.path(
                f"M{x:.2f} {y:.2f}q1.3 -1 2.6 0l1 -.8v1.6l-1 -.8q-1.3 1 -2.6 0Z",
                sea(stage, "#d9eef5", 0.3),
                opacity=0.85,
            )
    for _ in range(stage.count("clouds", 3, 7)):
        x, y, r = random.uniform(0, stage.width), random.uniform(0, stage.height * 0.3), random.uniform(12, 22)
        pen.ellipse(x, y, r, r * 0.3, pen.radial([(0.0, "#ffffff55"), (1.0, "#ffffff00")]))


def bubbles(stage: Stage) -> None:
    random, pen = stage.random, stage.pen
    for _ in range(4):
        x, y = random.uniform(0.1, 0.9) * stage.width, stage.height * random.uniform(0.3, 0.8)
        for i in range(5):
            r = random.uniform(0.4, 1.5)
            bx, by = x + random.uniform(-2.5, 2.5), y - i * random.uniform(4, 6)
            pen.ellipse(bx, by, r, fill="#ffffff", stroke="#ffffff", width=0.2, opacity=0.28)
            pen.ellipse(bx - r * 0.3, by - r * 0.3, r * 0.28, fill="#ffffff", opacity=0.9)
