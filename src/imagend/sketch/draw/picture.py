"""From a scene to pixels in its style."""

from __future__ import annotations

from imagend.sketch.draw.compose import to_svg, variation
from imagend.sketch.draw.raster import Pixels, rasterize
from imagend.sketch.scene import Scene


def render(scene: Scene, width: int, height: int, quotes: tuple[str, ...] = ()) -> Pixels:
    """The finished picture, uint8 [height, width, 3]; the same bytes for the same arguments."""
    return rasterize(to_svg(scene, width, height, quotes), width, height)


def thumbnail(scene: Scene, width: int, height: int, quotes: tuple[str, ...] = ()) -> Pixels:
    return render(scene, width, height, quotes)
