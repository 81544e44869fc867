"""Pictures on the pattern's grid: four samples per cell and axis, whatever the size of the picture in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CELLS_PER_SIDE = 64  # over the geometric mean of the picture's sides
SAMPLES = 4  # per cell and axis


def step_pixels(width: int, height: int) -> float:
    """From one sample to the next, in pixels."""
    return float(np.sqrt(width * height)) / (CELLS_PER_SIDE * SAMPLES)


def sample(grey: Image.Image, step: float) -> NDArray[np.float32]:
    """Means over squares of step x step pixels from the upper left corner on; what is left at the edges is dropped.

    grey: mode L or F. Returns float32 [rows, columns], levels 0 to 255.
    """
    columns, rows = max(1, int(grey.width / step)), max(1, int(grey.height / step))
    box = (0, 0, min(columns * step, grey.width), min(rows * step, grey.height))
    return np.asarray(grey.convert("F").resize((columns, rows), Image.Resampling.BOX, box=box))


def box_mean(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Means over squares of 2 * reach + 1 samples; edges are repeated outwards."""
    width = 2 * reach + 1
    for _ in range(2):  # along the rows, turn, along the columns, turn back
        padded = np.pad(values, ((reach + 1, reach), (0, 0)), mode="edge")
        sums = padded.cumsum(axis=0, dtype=np.float64)
        values = ((sums[width:] - sums[:-width]) / width).astype(np.float32).T
    return values


def lowest(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """The lowest of squares of 2 * reach + 1 samples; edges are repeated outwards."""
    for _ in range(2):
        padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
        values = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0).min(axis=-1).T
    return values
