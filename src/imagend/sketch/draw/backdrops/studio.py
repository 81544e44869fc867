"""A plain, softly lit backdrop: for "on a white background"."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.pen import mix

_WALLS = {"neutral": "#fbfaf7", "vivid": "#fff6df", "pastel": "#fbeef1", "warm": "#fbf0df", "cool": "#eef5fb"}
_SHADE = {"sunrise": "#f6d9cf", "day": "#dfe2e6", "sunset": "#efc3a0", "night": "#8b93b3"}


def paint(stage: Stage) -> None:
    """Lighter in the middle, a hint of a floor below."""
    pen = stage.pen
    wall, shade = _WALLS[stage.scene["mood"]], _SHADE[stage.light.time]
    dark = {"sunrise": 0.12, "day": 0.05, "sunset": 0.16, "night": 0.62}[stage.light.time]
    edge, middle = mix(wall, shade, min(1.0, dark + 0.16)), mix(wall, shade, dark)
    stage.band(-1, stage.height + 1, edge)
    reach = max(stage.width, stage.height)
    glow = pen.radial([(0.0, middle + "ff"), (0.55, middle + "d0"), (1.0, middle + "00")])
    pen.ellipse(stage.width / 2, stage.height * 0.48, reach * 0.85, reach * 0.75, glow)
    low = stage.height * 0.80
    floor = mix(edge, "#4a4f5c", 0.10)
    stage.band(low, stage.height + 1, pen.linear([(0.0, floor + "00"), (0.35, floor + "70"), (1.0, floor + "b0")]))
