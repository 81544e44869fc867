"""Stars, nebulae and planets; a moon's surface where hills are shown."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.sky import sparkle
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.curves import blob, ridge
from imagend.sketch.draw.pen import mix

_DEEP = {
    "neutral": ("#0b1030", "#1d1a4e", "#3a2468"), "vivid": ("#0a0f3c", "#2a1670", "#5a1f86"),
    "pastel": ("#3a3a6e", "#6a5a9a", "#a583b8"), "warm": ("#1c0d26", "#42193c", "#7a2f48"),
    "cool": ("#06142e", "#0d2c52", "#14506e"),
}  # fmt: skip
_CLOUDS = {
    "neutral": ("#7a4fd0", "#d05fa8", "#3f7fd6"), "vivid": ("#a03ff0", "#ff4fa8", "#2fb0f0"),
    "pastel": ("#f0b0d8", "#b0c0f5", "#f5d8b8"), "warm": ("#e0653f", "#d03f6a", "#f0a04a"),
    "cool": ("#2f8fd0", "#3fc0c0", "#5f6fd8"),
}  # fmt: skip


def paint(stage: Stage) -> None:
    top, middle, low = _DEEP[stage.scene["mood"]]
    stage.fade(-1, stage.height + 1, [(0.0, top), (0.55, middle), (1.0, low)])
    nebulae(stage)
    field_of_stars(stage)
    if stage.shown("sun"):
        near_star(stage)
    planets(stage)
    if stage.shown("rocks"):
        asteroids(stage)
    if stage.shown("hills"):
        surface(stage)


def nebulae(stage: Stage) -> None:
    """Soft clouds of light along a diagonal; more where clouds are shown."""
    random, pen = stage.random, stage.pen
    for i in range(4 + stage.count("clouds", 2, 6)):
        share = random.random()
        x, y = (
            stage.width * (share + random.gauss(0, 0.12)),
            stage.height * (0.85 - 0.7 * share + random.gauss(0, 0.10)),
        )
        color = _CLOUDS[stage.scene["mood"]][i % 3]
        strength = "70" if i >= 4 else "48"
        r = random.uniform(18, 34)
        pen.ellipse(
            x,
            y,
            r,
            r * random.uniform(0.5, 0.85),
            pen.radial([(0.0, color + strength), (0.5, color + "28"), (1.0, color + "00")]),
            turn=-35,
        )


def field_of_stars(stage: Stage) -> None:
    random = stage.random
    for _ in range(round(130 * stage.width * stage.height / 10_000)):
        color = random.choice(("#ffffff", "#fff1cf", "#cfe3ff", "#ffd9e6"))
        size = random.choice((0.13, 0.16, 0.2, 0.28, 0.4))
        stage.pen.ellipse(
            random.uniform(0, stage.width),
            random.uniform(0, stage.height),
            size,
            fill=color,
            opacity=random.uniform(0.45, 1.0),
        )
    for _ in range(7):
        sparkle(
            stage, random.uniform(3, stage.width - 3), random.uniform(3, stage.height * 0.8), random.uniform(1.0, 2.2)
        )


def near_star(stage: Stage) -> None:
    pen, x, y = stage.pen, stage.width * 0.86, stage.height * 0.12
    pen.ellipse(
        x, y, 34, fill=pen.radial([(0.0, "#fff3c9ee"), (0.2, "#ffcf7a88"), (0.5, "#ff9a5a2c"), (1.0, "#ff9a5a00")])
    )
    pen.ellipse(x, y, 6.5, fill="#fff9e2")


def planets(stage: Stage) -> None:
    """A ringed giant, a banded one and a small moon."""
    random, mood = stage.random, stage.light.moody
    spots = [(0.20, 0.22, 11.0), (0.80, 0.40, 6.0), (0.60, 0.12, 3.0)]
    if random.random() < 0.5:
        spots = [(1 - x, y, r) for x, y, r in spots]
    colors = [("#e8a86a", "#b0603f"), ("#6ac0c9", "#2f6fa8"), ("#d8d3cf", "#8f8a99")]
    random.shuffle(colors)
    for i, ((x, y, r), (lit, dark)) in enumerate(zip(spots, colors, strict=True)):
        _planet(stage, stage.width * x, stage.height * y, r, mood(lit), mood(dark), rings=i == 0)


def _planet(stage: Stage, x: float, y: float, r: float, lit: str, dark: str, *, rings: bool) -> None:
    pen = stage.pen
    pen.ellipse(x, y, r * 1.5, fill=pen.radial([(0.6, lit + "30"), (1.0, lit + "00")]))
    if rings:
        pen.path(_ring(x, y, r, "0 1"), None, stroke=mix(lit, "#fff3d6", 0.5), width=r * 0.16, opacity=0.75)
    pen.ellipse(
        x,
        y,
        r,
        fill=pen.radial(
            [(0.0, mix(lit, "#ffffff", 0.25)), (0.55, lit), (1.0, mix(dark, "#120a2a", 0.35))],
            center=(0.34, 0.30),
            radius=0.85,
        ),
    )
    for dy, share in ((-0.45, 0.85), (-0.05, 0.97), (0.38, 0.88)):
        w = r * share * 0.98
        pen.path(
            f"M{x - w:.2f} {y + dy * r:.2f}Q{x:.2f} {y + dy * r + r * 0.22:.2f} {x + w:.2f}"
            f" {y + dy * r:.2f}Q{x:.2f} {y + dy * r + r * 0.42:.2f} {x - w:.2f} {y + dy * r:.2f}Z",
            dark,
            opacity=0.35,
        )
    if rings:
        pen.path(_ring(x, y, r, "0 0"), None, stroke=mix(lit, "#fff3d6", 0.6), width=r * 0.16)


def _ring(x: float, y: float, r: float, sweep: str) -> str:
    """Half of a tilted ellipse: the far half or, with the other sweep, the near half."""
    return (
        f"M{x - r * 1.75:.2f} {y + r * 0.45:.2f}A{r * 1.81:.2f} {r * 0.42:.2f} -14.4 {sweep}"
        f" {x + r * 1.75:.2f} {y - r * 0.45:.2f}"
    )


def asteroids(stage: Stage) -> None:
    random = stage.random
    for _ in range(7):
        x, y = stage.width * random.random(), stage.height * random.uniform(0.35, 0.75)
        _asteroid(stage, x, y, random.uniform(1.0, 3.0))


def _asteroid(stage: Stage, x: float, y: float, r: float) -> None:
    """A lump lit from the upper left, with two craters."""
    pen, mood = stage.pen, stage.light.moody
    lit = pen.radial(
        [(0.0, mood("#bdb3bd")), (0.6, mood("#857b8e")), (1.0, mood("#3f3858"))], center=(0.3, 0.28), radius=0.85
    )
    pen.path(blob(stage.random, x, y, r, r * 0.82, bumps=8, wild=0.16), lit)
    for dx, dy, share in ((-0.25, -0.05, 0.22), (0.28, 0.25, 0.16)):
        pen.ellipse(x + dx * r, y + dy * r, share * r, share * r * 0.8, mood("#5f5670"), opacity=0.8)


def surface(stage: Stage) -> None:
    """Grey ground with craters."""
    pen, random = stage.pen, stage.random
    path, _ = ridge(random, stage.width, stage.place_below(0.10), 6, waves=4, floor=stage.height + 2)
    pen.path(path, stage.light.moody("#6f6a8c"))
    path, crest = ridge(random, stage.width, stage.place_below(0.32), 4, waves=3, floor=stage.height + 2)
    stage.slope(path, crest, [(0.0, stage.light.moody("#b3aebf")), (1.0, stage.light.moody("#77728f"))])
    for _ in range(11):
        share = random.uniform(0.34, 0.95)
        x, y, r = random.uniform(0, stage.width), stage.place_below(share), 1.5 + 5 * share * random.uniform(0.5, 1.0)
        pen.path(blob(random, x, y, r, r * 0.32, wild=0.05), stage.light.moody("#646080"))
        pen.path(blob(random, x, y + r * 0.10, r * 0.86, r * 0.22, wild=0.05), stage.light.moody("#8d88a3"))
