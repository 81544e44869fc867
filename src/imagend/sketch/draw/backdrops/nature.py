"""Trees, bushes, rocks and grass: the parts that several places are planted with."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import SNOW, Stage
from imagend.sketch.draw.curves import blob, circles, smooth
from imagend.sketch.draw.pen import mix

GREENS = ("#4f9a45", "#6aae4c", "#3f8a4c", "#83b852")
PINES = ("#2f7050", "#3c7f55", "#27634b")


def leafy_tree(stage: Stage, x: float, y: float, size: float, depth: float = 0.0, color: str = "") -> None:
    """A round crown on a trunk, `size` high, standing at (x, y)."""
    random, pen = stage.random, stage.pen
    green = color or random.choice(GREENS)
    trunk = stage.land("#7a5238", depth)
    w = size * 0.055
    pen.path(
        f"M{x - w:.2f} {y:.2f}Q{x - w * 0.5:.2f} {y - size * 0.25:.2f} {x - w * 0.6:.2f} {y - size * 0.5:.2f}"
        f"H{x + w * 0.6:.2f}Q{x + w * 0.5:.2f} {y - size * 0.25:.2f} {x + w:.2f} {y:.2f}Z", trunk,
    )  # fmt: skip
    middle = y - size * 0.62
    rounds = [
        (x - size * 0.20, middle + size * 0.10, size * 0.19), (x + size * 0.21, middle + size * 0.09, size * 0.18),
        (x - size * 0.13, middle - size * 0.08, size * 0.20), (x + size * 0.14, middle - size * 0.07, size * 0.20),
        (x + random.uniform(-0.03, 0.03) * size, middle - size * 0.20, size * 0.18),
        (x, middle + size * 0.06, size * 0.20),
    ]  # fmt: skip
    top, low = stage.leaves(mix(green, "#e9f08a", 0.26), depth), stage.leaves(mix(green, "#163a3a", 0.24), depth)
    pen.path(circles(rounds), pen.linear([(0.0, top), (0.5, stage.leaves(green, depth)), (1.0, low)]))
    light = stage.leaves(mix(green, "#f7f5a8", 0.34), depth)
    spots = [
        (x - size * 0.12, middle - size * 0.14, size * 0.075),
        (x - size * 0.02, middle - size * 0.24, size * 0.06),
    ]
    pen.path(circles(spots), light, opacity=0.55)
    if stage.snowy:
        pen.ellipse(x, middle - size * 0.31, size * 0.15, size * 0.07, stage.land(SNOW, depth))


def pine_tree(stage: Stage, x: float, y: float, size: float, depth: float = 0.0) -> None:
    """Four skirts of needles, with snow on them when it snows."""
    pen, random = stage.pen, stage.random
    green = random.choice(PINES)
    pen.rect(x - size * 0.03, y - size * 0.14, size * 0.06, size * 0.14, stage.land("#6b4a36", depth))
    lean = random.uniform(0.92, 1.08)
    for i in range(4):
        bottom = y - size * (0.10 + 0.20 * i)
        top = bottom - size * (0.36 - 0.025 * i)
        half = size * (0.27 - 0.052 * i) * lean
        shade = mix(green, "#b9d98a", 0.07 * i)
        _skirt(stage, x, top, bottom, half, stage.land(shade, depth), stage.land(mix(shade, "#10303a", 0.22), depth))
        if stage.snowy:
            cap = f"M{x:.2f} {top:.2f}L{x + half * 0.62:.2f} {top + (bottom - top) * 0.62:.2f}"
            cap += f"Q{x + half * 0.2:.2f} {top + (bottom - top) * 0.42:.2f} {x:.2f} {top + (bottom - top) * 0.60:.2f}"
            cap += (
                f"Q{x - half * 0.3:.2f} {top + (bottom - top) * 0.44:.2f} {x - half * 0.66:.2f}"
                f" {top + (bottom - top) * 0.66:.2f}Z"
            )
            pen.path(cap, stage.land(SNOW, depth))


def _skirt(stage: Stage, x: float, top: float, bottom: float, half: float, light: str, dark: str) -> None:
    """One layer, curved below; its right third lies in shade."""
    sag = (bottom - top) * 0.16
    low = (
        f"Q{x - half * 0.5:.2f} {bottom + sag:.2f} {x:.2f} {bottom + sag * 0.9:.2f}"
        f"Q{x + half * 0.5:.2f} {bottom + sag:.2f}"
    )
    stage.pen.path(f"M{x:.2f} {top:.2f}Q{x - half * 0.35:.2f} {bottom - sag * 2:.2f} {x - half:.2f} {bottom:.2f}"

                       f"{low} {x + half:.2f} {bottom:.2f}Q{x + half * 0.35:.2f} {bottom - sag * 2:.2f} {x:.2f}"
                       f" {top:.2f}Z", light)  # fmt: skip
    stage.pen.path(f"M{x:.2f} {top:.2f}Q{x + half * 0.35:.2f} {bottom - sag * 2:.2f} {x + half:.2f} {bottom:.2f}"
                   f"Q{x + half * 0.5:.2f} {bottom + sag:.2f} {x + half * 0.12:.2f} {bottom + sag * 0.9:.2f}"
                   f"Q{x + half * 0.30:.2f} {bottom - sag * 2:.2f} {x:.2f} {top:.2f}Z", dark, opacity=0.75)  # fmt: skip


def palm_tree(stage: Stage, x: float, y: float, size: float, lean: float, depth: float = 0.0) -> None:
    """A leaning trunk and seven fronds."""
    pen = stage.pen
    top_x, top_y = x + lean * size * 0.25, y - size * 0.72
    w = size * 0.028
    pen.path(

            f"M{x - w * 1.4:.2f} {y:.2f}Q{x + lean * size * 0.02 - w:.2f} {y - size * 0.4:.2f}"
            f" {top_x - w * 0.7:.2f} {top_y:.2f}"
        f"H{top_x + w * 0.7:.2f}Q{x + lean * size * 0.05 + w:.2f} {y - size * 0.4:.2f} {x + w * 1.4:.2f} {y:.2f}Z",
        stage.land("#a1764c", depth),
    )  # fmt: skip
    for i, (dx, dy) in enumerate(
        ((-0.34, 0.14), (0.34, 0.12), (-0.38, -0.02), (0.38, -0.04), (-0.24, -0.17), (0.24, -0.18), (0.03, -0.24))
    ):
        end_x, end_y = top_x + dx * size, top_y + dy * size
        green = stage.leaves(mix("#2f8a4e", "#8cc257", i / 8), depth)
        up = size * 0.13
        mid_x, mid_y = (top_x + end_x) / 2, (top_y + end_y) / 2 - up
        pen.path(f"M{top_x:.2f} {top_y:.2f}Q{mid_x:.2f} {mid_y - up * 0.35:.2f} {end_x:.2f} {end_y:.2f}"
                 f"Q{mid_x:.2f} {mid_y + up * 0.55:.2f} {top_x:.2f} {top_y:.2f}Z", green)  # fmt: skip
    for dx in (-0.03, 0.03):
        pen.ellipse(top_x + dx * size, top_y + size * 0.035, size * 0.028, fill=stage.land("#7a5233", depth))


def bush(stage: Stage, x: float, y: float, size: float, depth: float = 0.0, color: str = "") -> None:
    green = color or stage.random.choice(GREENS)
    rounds = [
        (x - size * 0.34, y - size * 0.20, size * 0.22),
        (x, y - size * 0.32, size * 0.30),
        (x + size * 0.33, y - size * 0.20, size * 0.23),
    ]
    left, right = x - size * 0.5, x + size * 0.5
    flat = f"M{left:.2f} {y - size * 0.2:.2f}H{right:.2f}V{y:.2f}Q{x:.2f} {y + size * 0.06:.2f} {left:.2f} {y:.2f}Z"
    top, low = stage.leaves(mix(green, "#e9f08a", 0.2), depth), stage.leaves(mix(green, "#163a3a", 0.22), depth)
    stage.pen.path(circles(rounds) + flat, stage.pen.linear([(0.0, top), (1.0, low)]))
    if stage.snowy:
        stage.pen.ellipse(x, y - size * 0.52, size * 0.2, size * 0.09, stage.land(SNOW, depth))


def rock(stage: Stage, x: float, y: float, size: float, depth: float = 0.0, color: str = "#8d8f98") -> None:
    """A boulder lit from above on the left."""
    pen, random = stage.pen, stage.random
    corners = ((-0.52, 0.0), (-0.44, -0.30), (-0.12, -0.50), (0.24, -0.42), (0.48, -0.16), (0.54, 0.0))
    lumpy = [(x + dx * size * random.uniform(0.9, 1.1), y + dy * size * random.uniform(0.9, 1.1)) for dx, dy in corners]
    outline = smooth(lumpy) + f"Q{x:.2f} {y + size * 0.07:.2f} {lumpy[0][0]:.2f} {lumpy[0][1]:.2f}Z"
    top, low = stage.ground(mix(color, "#fff6e6", 0.28), depth, 0.7), stage.land(mix(color, "#2b2c44", 0.30), depth)
    pen.ellipse(
        x + size * 0.06, y + size * 0.02, size * 0.6, size * 0.09, stage.land("#22303a"), opacity=0.25 * (1 - depth)
    )
    pen.path(outline, pen.linear([(0.0, top), (0.9, low)], end=(0.55, 1.0)))
    pen.path(
        blob(random, x - size * 0.14, y - size * 0.33, size * 0.17, size * 0.06),
        stage.ground(mix(color, "#fffaf0", 0.5), depth),
        opacity=0.7,
    )


def tuft(stage: Stage, x: float, y: float, size: float, color: str) -> None:
    """A few blades of grass, one path."""
    random = stage.random
    d = ""
    for i in range(5):
        lean = (i - 2) * 0.22 + random.uniform(-0.1, 0.1)
        foot, tip = x + (i - 2) * size * 0.12, size * random.uniform(0.6, 1.0)
        d += f"M{foot - size * 0.05:.2f} {y:.2f}Q{foot:.2f} {y - tip * 0.6:.2f} {foot + lean * size:.2f} {y - tip:.2f}"
        d += f"Q{foot + size * 0.08:.2f} {y - tip * 0.5:.2f} {foot + size * 0.05:.2f} {y:.2f}Z"
    stage.pen.path(d, color)
