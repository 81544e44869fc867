"""SVG to pixels, with resvg."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def rasterize(svg: str, width: int, height: int) -> Pixels:
    """uint8 [height, width, 3], whatever size the document names; it must be opaque everywhere."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=True)
    with Image.open(BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))
