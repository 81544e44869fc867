"""Pixel art: few, big, crisp pixels in a small palette."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance

from imagend.sketch.draw.raster import Pixels

SHORT_SIDE = 112
_COLORS = 40


def pixel_grid(width: int, height: int) -> tuple[int, int]:
    """How many big pixels the picture has, (across, down)."""
    cell = max(1.0, min(width, height) / SHORT_SIDE)
    return max(1, round(width / cell)), max(1, round(height / cell))


def pixel_art(small: Pixels, width: int, height: int) -> Pixels:
    """Quantises uint8 [h, w, 3] and repeats its pixels to uint8 [height, width, 3]."""
    image = ImageEnhance.Color(Image.fromarray(small)).enhance(1.22)
    image = ImageEnhance.Contrast(image).enhance(1.08)
    quiet = image.quantize(_COLORS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    palette = np.asarray(quiet.convert("RGB"))
    down, across = small.shape[:2]
    rows = (np.arange(height) * down) // height
    columns = (np.arange(width) * across) // width
    return np.ascontiguousarray(palette[rows][:, columns])
