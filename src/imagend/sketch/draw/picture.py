"""From a scene to pixels in its style."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from imagend.sketch.draw.compose import Composition, compose, to_svg, variation
from imagend.sketch.draw.light import Light
from imagend.sketch.draw.raster import Pixels, rasterize, rasterize_layer
from imagend.sketch.draw.styles.cinematic import develop, soften, sunshine
from imagend.sketch.draw.styles.ink import ink
from imagend.sketch.draw.styles.pixel import pixel_art, pixel_grid
from imagend.sketch.draw.styles.watercolor import watercolor
from imagend.sketch.scene import Scene

Quotes = tuple[str, ...]
#: Blur of the distance by camera; a landscape without things stays sharp.
_BLUR = {"wide": 0.6, "medium": 1.0, "close": 1.7}


def render(scene: Scene, width: int, height: int, quotes: Quotes = ()) -> Pixels:
    """The finished picture, uint8 [height, width, 3], 16..4096 pixels a side; the same bytes for the same arguments."""
    return _STYLES[scene["style"]](scene, width, height, quotes)


def thumbnail(scene: Scene, width: int, height: int, quotes: Quotes = ()) -> Pixels:
    """A quick look at a scene for previews: without what a style adds after drawing, except pixel art."""
    if scene["style"] == "pixel":
        return _pixel(scene, width, height, quotes)
    return _illustration(scene, width, height, quotes)


def _illustration(scene: Scene, width: int, height: int, quotes: Quotes) -> Pixels:
    return rasterize(to_svg(scene, width, height, quotes), width, height)


def _watercolor(scene: Scene, width: int, height: int, quotes: Quotes) -> Pixels:
    return watercolor(_illustration(scene, width, height, quotes), variation(scene))


def _drawing(scene: Scene, width: int, height: int, quotes: Quotes) -> Pixels:
    return ink(_illustration(scene, width, height, quotes), variation(scene))


def _pixel(scene: Scene, width: int, height: int, quotes: Quotes) -> Pixels:
    across, down = pixel_grid(width, height)
    picture = compose(scene, width, height, quotes)
    small = rasterize(picture.document(picture.back + picture.front, across, down), across, down)
    return pixel_art(small, width, height)


def _cinematic(scene: Scene, width: int, height: int, quotes: Quotes) -> Pixels:
    picture = compose(scene, width, height, quotes)
    pixels, front = _layers(scene, picture, width, height)
    shine = None
    if picture.sun is not None:
        sun = picture.sun[0] / picture.width, picture.sun[1] / picture.height
        shine = sunshine(height, width, sun, front)
    glow = Light.of(scene).glow
    tint = int(glow[1:3], 16), int(glow[3:5], 16), int(glow[5:7], 16)
    return develop(pixels, tint, shine, variation(scene))


def _layers(scene: Scene, picture: Composition, width: int, height: int) -> tuple[Pixels, Image.Image | None]:
    """The backdrop out of focus and everything before it sharp; and that front layer alone."""
    if not scene.things:
        return rasterize(picture.document(picture.back + picture.front, width, height), width, height), None
    back = Image.fromarray(rasterize(picture.document(picture.back, width, height), width, height))
    focus = soften(back, 0.57, _BLUR[scene["camera"]])
    front = rasterize_layer(picture.document(picture.front, width, height), width, height)
    focus.paste(front, (0, 0), front)
    return np.asarray(focus), front


_STYLES: dict[str, Callable[[Scene, int, int, Quotes], Pixels]] = {
    "illustration": _illustration,
    "watercolor": _watercolor,
    "drawing": _drawing,
    "pixel": _pixel,
    "cinematic": _cinematic,
}
