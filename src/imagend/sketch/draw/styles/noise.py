"""Noise for papers and grains, the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def cloudy(height: int, width: int, cell: float, seed: int) -> Field:
    """Smooth noise float32 [height, width], about -1..1, whose blobs are `cell` pixels wide."""
    rows, columns = max(2, round(height / cell) + 1), max(2, round(width / cell) + 1)
    coarse = np.random.default_rng(seed).uniform(-1.4, 1.4, (rows, columns)).astype(np.float32)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)


def grain(height: int, width: int, seed: int, size: int = 256) -> Field:
    """White noise float32 [height, width], about -1..1, repeated in tiles (the eye does not see it)."""
    tile = np.random.default_rng(seed).uniform(-1.0, 1.0, (size, size)).astype(np.float32)
    return np.tile(tile, (-(-height // size), -(-width // size)))[:height, :width]


def paper(height: int, width: int, seed: int, tooth: float) -> Field:
    """The relief of rough paper lit from one side, float32 [height, width], about -1..1; `tooth` in pixels."""
    side = 512
    bumps = cloudy(side, side, max(1.5, tooth), seed)
    lit = (bumps - np.roll(bumps, (1, 1), (0, 1))) * min(3.0, tooth) * 0.6 + bumps * 0.25
    return np.tile(lit, (-(-height // side), -(-width // side)))[:height, :width]
