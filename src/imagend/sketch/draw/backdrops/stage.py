"""What every painter of a backdrop is given: the pen, the light, the frame and a source of variation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from imagend.sketch.draw.curves import Point
from imagend.sketch.draw.light import Light
from imagend.sketch.draw.pen import Pen, mix
from imagend.sketch.scene import Scene

SNOW = "#f4f8fd"


Stops = list[tuple[float, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Units: the short side of the picture is 100, y runs downwards."""

    pen: Pen
    scene: Scene
    light: Light
    width: float
    height: float
    random: Random
    seed: int = 0  # what `random` began with

    @property
    def horizon(self) -> float:
        """Where land meets sky; things on the ground stand below it."""
        share = {"wide": 0.56, "medium": 0.57, "close": 0.54}[self.scene["camera"]]
        return self.height * share

    @property
    def depth(self) -> float:
        """From the horizon down to the lower edge."""
        return self.height - self.horizon

    @property
    def snowy(self) -> bool:
        return self.light.snowy

    def shown(self, field: str) -> bool:
        return self.scene[field] != "none"

    def count(self, field: str, few: int, many: int) -> int:
        """How many of a painted part to draw: 0, `few` or `many`, more in a long picture."""
        stretch = max(1.0, self.width / 100) ** 0.7
        counts: dict[str, int] = {"none": 0, "shown": few, "few": few, "many": round(many * stretch)}
        return counts[self.scene[field]]

    def land(self, color: str, depth: float = 0.0) -> str:
        return self.light.land(color, depth)

    def ground(self, color: str, depth: float = 0.0, cover: float = 0.86) -> str:
        """Land that snow would lie on."""
        if not self.snowy:
            return self.land(color, depth)
        snow = self.land(mix(color, SNOW, cover), depth)
        # Snow gives back what little light a night has.
        return mix(snow, self.light.moody("#a9bbe6"), 0.40 * cover * (1 - 0.6 * depth)) if self.light.night else snow

    def leaves(self, color: str, depth: float = 0.0) -> str:
        """Foliage: whitened a little when it snows."""
        return self.land(mix(color, SNOW, 0.34) if self.snowy else color, depth)

    def band(self, top: float, bottom: float, fill: str) -> None:
        """A band across the whole picture."""
        self.pen.rect(-1, top, self.width + 2, bottom - top, fill)

    def fade(self, top: float, bottom: float, stops: Stops) -> None:
        """An opaque band that runs through (offset 0..1, colour) downwards.

        Flat strips, each a level or two apart: a gradient fill would cost the rasteriser a hundred times more.
        """
        steps = max(1, min(150, round(sum(_distance(a, b) for (_, a), (_, b) in pairwise(stops)) * 0.8)))
        tall = (bottom - top) / steps
        for i in range(steps):
            low = bottom if i == steps - 1 else min(bottom, top + (i + 1) * tall + 0.5)
            self.band(top + i * tall, low, between(stops, (i + 0.5) / steps))

    def slope(self, path: str, crest: list[Point], stops: Stops) -> None:
        """Ground under a crest line, filled like `fade`."""
        highest, lowest = min(y for _, y in crest), max(y for _, y in crest)
        self.pen.path(path, stops[0][1])
        self.fade(lowest + 0.3 + 0.12 * (lowest - highest), self.height + 1, stops)

    def place_below(self, share: float) -> float:
        """The y of a point on the ground, 0 at the horizon and 1 at the lower edge."""
        return self.horizon + self.depth * share

    def near(self, y: float) -> float:
        """Scale of what stands at y: small at the horizon, 1 at the lower edge."""
        return 0.16 + 0.84 * min(1.0, max(0.0, (y - self.horizon) / self.depth))


def between(stops: Stops, share: float) -> str:
    """The colour at `share` of a run of (offset 0..1, colour)."""
    for (start, color), (end, other) in pairwise(stops):
        if share <= end:
            return mix(color, other, (share - start) / (end - start))
    return stops[-1][1]


def _distance(color: str, other: str) -> int:
    """Biggest difference of a channel, 0..255."""
    return max(abs(int(color[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))
