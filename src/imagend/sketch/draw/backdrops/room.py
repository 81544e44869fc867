"""A cosy room: papered wall, wooden floor, and what its fields show: window, rug, shelf, plants."""

from __future__ import annotations

from imagend.sketch.draw.backdrops import furniture
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.pen import mix

#: Wall, pattern, rug and curtain by mood.
SCHEMES = {
    "neutral": ("#f3dfc6", "#ecd2b4", "#d96c5a", "#f6efe2"),
    "vivid": ("#8fcbd0", "#7dbfc6", "#f08a4b", "#fff3c9"),
    "pastel": ("#f7dfe4", "#f2d0d8", "#a9c9e8", "#fff6ee"),
    "warm": ("#f0c9a0", "#e8ba8c", "#b9524a", "#fbe7c6"),
    "cool": ("#c3d7e6", "#b4cadd", "#5f83b5", "#f0f6fa"),
}


def paint(stage: Stage) -> None:
    floor_y = stage.height * 0.61
    wall(stage, floor_y)
    floor(stage, floor_y)
    furniture.picture(stage, floor_y)
    if stage.shown("window"):
        furniture.window(stage, floor_y)
    if stage.shown("shelf"):
        furniture.shelf(stage, floor_y)
    furniture.plants(stage, floor_y)
    if stage.shown("rug"):
        furniture.rug(stage, floor_y)
    lamplight(stage)


def wall(stage: Stage, floor_y: float) -> None:
    base, pattern, _, _ = SCHEMES[stage.scene["mood"]]
    top, low = indoor(stage, mix(base, "#ffffff", 0.10)), indoor(stage, mix(base, "#8a5a4a", 0.06))
    stage.fade(-1, floor_y, [(0.0, top), (1.0, low)])
    style = stage.random.randrange(3)
    color = indoor(stage, pattern)
    for i in range(round(stage.width / 7) + 1):
        x = i * 7.0
        if style == 0:
            stage.pen.rect(x, -1, 3.4, floor_y + 1, color, opacity=0.55)
            continue
        for k in range(int(floor_y / 8) + 1):
            y = k * 8 + (4 if i % 2 else 0)
            if style == 1:
                stage.pen.ellipse(x, y, 0.75, fill=color)
            else:
                stage.pen.path(f"M{x:.2f} {y - 1.2:.2f}q1 1 0 2.4q-1 -1.4 0 -2.4Z", color)


def floor(stage: Stage, floor_y: float) -> None:
    """Planks in perspective, and a white skirting board."""
    pen, width, bottom = stage.pen, stage.width, stage.height + 1
    light, dark = indoor(stage, "#c98f5e"), indoor(stage, "#a86f47")
    stage.fade(floor_y, bottom, [(0.0, dark), (0.25, light), (1.0, mix(light, dark, 0.5))])
    seam = indoor(stage, "#8a5836")
    center, spread = width / 2, 1.75
    d, step = "", 9.0
    count = round(width / step) + 4
    for i in range(-count // 2, count // 2 + 1):
        d += f"M{center + i * step:.2f} {floor_y:.2f}L{center + i * step * spread:.2f} {bottom:.2f}"
    pen.line(d, seam, 0.25, opacity=0.6)
    d = ""
    for i in range(count * 2):
        row = i % 5
        y = floor_y + (bottom - floor_y) * (row + stage.random.uniform(0.2, 0.8)) / 5
        grow = 1 + (spread - 1) * (y - floor_y) / (bottom - floor_y)
        x = center + (i // 2 - count // 2) * step * grow
        d += f"M{x:.2f} {y:.2f}h{step * grow:.2f}"
    pen.line(d, seam, 0.22, opacity=0.5)
    stage.band(floor_y - 3.4, floor_y, indoor(stage, "#fbf5ea"))
    stage.band(floor_y - 0.5, floor_y, indoor(stage, "#d9c8b4"))
    stage.band(floor_y, floor_y + 1.6, indoor(stage, "#5a3826"))


def lamplight(stage: Stage) -> None:
    """Evening: a warm pool of light, darker corners."""
    if not stage.light.night:
        return
    pen = stage.pen
    x, y = stage.width * 0.5, stage.height * 0.50
    reach = max(stage.width, stage.height) * 0.80
    dusk = pen.radial([(0.0, "#ffd07a30"), (0.35, "#8a4a3a22"), (0.75, "#1e1a4a90"), (1.0, "#141238b8")])
    pen.rect(x - reach, y - reach, 2 * reach, 2 * reach, dusk)


def indoor(stage: Stage, color: str) -> str:
    """Indoor light: warm in the evening, only a little of the time of day."""
    tint = {
        "sunrise": ("#ffcf9f", 0.10),
        "day": ("#fffaf0", 0.0),
        "sunset": ("#f0935a", 0.14),
        "night": ("#d08a5a", 0.16),
    }
    other, share = tint[stage.light.time]
    return mix(color, other, share)
