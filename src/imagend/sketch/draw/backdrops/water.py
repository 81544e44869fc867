"""Open water: colour, glitter and waves."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.pen import mix


def water(stage: Stage, top: float, bottom: float, *, deep: str = "#2b8fc0", clear: str = "#6fd0d3") -> None:
    """Water between two heights: mirrors the sky far away, shows its own colour near by."""
    light = stage.light
    far = mix(stage.land(deep, 0.3), light.sky[3], 0.42)
    stage.fade(top, bottom, [(0.0, far), (0.35, mix(stage.land(deep), light.sky[2], 0.14)), (1.0, stage.land(clear))])
    for i in range(22):
        share = (i / 22) ** 1.5
        y = top + (bottom - top) * (share + 0.02)
        ripples(stage, y, 1.2 + 5.5 * share, 3, mix(light.sky[3], "#ffffff", 0.4), 0.30)


def ripples(stage: Stage, y: float, length: float, count: int, color: str, opacity: float) -> None:
    """Short curved strokes of light along one height."""
    d = ""
    for _ in range(round(count * stage.width / 100) + 1):
        x, wide = stage.random.uniform(0, stage.width), length * stage.random.uniform(0.6, 1.4)
        d += (
            f"M{x - wide:.2f} {y:.2f}Q{x:.2f} {y - wide * 0.09:.2f} {x + wide:.2f} {y:.2f}Q{x:.2f}"
            f" {y + wide * 0.05:.2f} {x - wide:.2f} {y:.2f}Z"
        )
    stage.pen.path(d, color, opacity=opacity)


def glitter(stage: Stage, x: float, top: float, bottom: float) -> None:
    """The path of light below the sun or moon."""
    for i in range(16):
        share = i / 16
        y = top + (bottom - top) * (share + 0.02)
        wide = (2.2 + 6.5 * share) * stage.random.uniform(0.5, 1.15)
        sway = stage.random.uniform(-1.5, 1.5)
        stage.pen.ellipse(
            x + sway, y, wide, 0.28 + 0.35 * share, mix(stage.light.glow, "#ffffff", 0.25), opacity=0.62 - 0.35 * share
        )


def surface(stage: Stage) -> str:
    """The colour of water at middle distance, for what lies in it."""
    light = stage.light
    if stage.scene["place"] == "lake":
        return mix(stage.land("#3a86b5"), light.sky[3], 0.3)
    return mix(stage.land("#2b8fc0"), light.sky[2], 0.14)
