"""A plain, softly lit backdrop: for "on a white background"."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.pen import mix

_WALLS = {"neutral": "#fbfaf7", "vivid": "#fff6df", "pastel": "#fbeef1", "warm": "#fbf0df", "cool": "#eef5fb"}
_SHADE = {"sunrise": "#f6d9cf", "day": "#dfe2e6", "sunset": "#efc3a0", "night": "#8b93b3"}


def paint(stage: Stage) -> None:
    """A wall that is lit in the middle and rounds into the floor."""
    wall, shade = _WALLS[stage.scene["mood"]], _SHADE[stage.light.time]
    dark = {"sunrise": 0.12, "day": 0.04, "sunset": 0.16, "night": 0.62}[stage.light.time]
    edge, middle = mix(wall, shade, min(1.0, dark + 0.20)), mix(wall, shade, dark)
    low = stage.height * 0.70
    floor = mix(middle, "#4a4f5c", 0.03)
    stage.fade(-1, low, [(0.0, edge), (0.55, middle), (1.0, mix(middle, edge, 0.55))])
    stage.fade(low, stage.height + 1, [(0.0, mix(middle, edge, 0.55)), (0.22, floor), (1.0, mix(floor, edge, 0.9))])
