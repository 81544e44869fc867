"""Putting the mark into pixels.

Where the picture is flat, the mark is a difference of one level (of 255) between cells: the least that a file of
eight bits can hold, and just enough to survive the coarsest step of JPEG at quality 75. Where the picture is busy on
all sides, it may be stronger; never so strong that the whole picture falls below 40 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagend.provenance.grid import SAMPLES, box_mean, lowest, step_pixels
from imagend.provenance.pattern import tile_of

FLAT_LEVELS = 0.5  # to each side of the mean; for cells of LARGE_CELL pixels and more
SMALL_FLAT_LEVELS = 1.0  # for cells of SMALL_CELL pixels and less: the eye sees them less, and JPEG keeps less of them
LARGE_CELL, SMALL_CELL = 14.0, 8.0  # pixels
BUSY_LEVELS = 2.4  # the most; 40 dB would be 2.55
BUSY_SHARE = 0.4  # of the standard deviation of what smoothing takes away around a sample
_STRIP = 64  # rows at a time, so that the sums stay in the processor's cache


def embed(pixels: NDArray[np.uint8], server_id: int) -> NDArray[np.uint8]:
    """A marked copy of uint8 [height, width, 3]. A pure function: the same arguments give the same bytes."""
    height, width, _ = pixels.shape
    step = step_pixels(width, height)
    field = _pattern(server_id, _strength(pixels, step))
    box = (0, 0, width / step, height / step)
    spread = Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC, box=box)
    levels = np.floor(np.asarray(spread) + np.float32(0.75)).astype(np.int16)[..., None]  # +-0.5 become 1 and 0
    marked = np.empty_like(pixels)
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        np.clip(pixels[rows] + levels[rows], 0, 255, out=marked[rows], casting="unsafe")
    return marked


def _pattern(server_id: int, strength: NDArray[np.float32]) -> NDArray[np.float32]:
    tile = np.kron(tile_of(server_id), np.ones((SAMPLES, SAMPLES), np.float32))
    rows, columns = strength.shape
    across, down = -(-columns // tile.shape[1]), -(-rows // tile.shape[0])
    field: NDArray[np.float32] = np.tile(tile, (down, across))[:rows, :columns] * strength
    return field


def _strength(pixels: NDArray[np.uint8], step: float) -> NDArray[np.float32]:
    """What each sample may add or take, in levels: float32 [rows, columns], covering the whole picture.

    The lowest deviation around counts, not the local one: else the flat side of every outline would be marked as if
    it were busy, and there it would be seen.
    """
    height, width, _ = pixels.shape
    size = (int(np.ceil(width / step)), int(np.ceil(height / step)))
    grey = Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BOX)
    luma = np.asarray(grey, np.float32)
    rest = luma - box_mean(luma, 2)  # a gradient, however steep, is not busy
    deviation = np.sqrt(np.maximum(box_mean(rest * rest, 2), 0))
    busy = box_mean(lowest(deviation, SAMPLES), SAMPLES)
    small = (LARGE_CELL - step * SAMPLES) / (LARGE_CELL - SMALL_CELL)
    flat = FLAT_LEVELS + (SMALL_FLAT_LEVELS - FLAT_LEVELS) * min(1.0, max(0.0, small))
    strength: NDArray[np.float32] = np.minimum(flat + BUSY_SHARE * busy, BUSY_LEVELS).astype(np.float32)
    return strength
