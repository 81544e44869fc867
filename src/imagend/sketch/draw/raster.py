"""SVG to pixels, with resvg."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def rasterize(svg: str, width: int, height: int) -> Pixels:
    """uint8 [height, width, 3]; the document must name that size and be opaque everywhere."""
    return np.asarray(_image(svg, width, height).convert("RGB"))


def rasterize_layer(svg: str, width: int, height: int) -> Image.Image:
    """The same with its alpha (straight, not multiplied in), as an RGBA image."""
    return _image(svg, width, height).convert("RGBA")


def _image(svg: str, width: int, height: int) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    image = Image.open(BytesIO(bytes(png)))
    assert image.size == (width, height), image.size
    return image
