"""A picture classifier without weights: much skin in one piece may be nudity. Weak, and said to be so.

Skin is a box in the chrominance plane of YCbCr (Chai and Ngan, "Face segmentation using skin-color map in videophone
applications", IEEE Transactions on Circuits and Systems for Video Technology 9(4), 1999): it holds most complexions,
and also sand, wood and leather; it sees no shape. A share of the picture and one large connected region are asked for
(after Fleck, Forsyth and Bregler, "Finding naked people", ECCV 1996, without their body plan). Portraits look alike,
so its word is LOW, which only BLOCK_LOW_AND_ABOVE heeds. Figures: docs/safety.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imagend.safety.scores import Pixels, Scores, Severity

CB, CR = (77, 127), (133, 173)
GRID = 48  # the picture is looked at on a grid of at most this many cells a side
LEAST_SHARE = 0.35  # of the picture
LEAST_REGION = 0.25  # of the picture, in one piece
LEAST_TEXTURE = 2.0  # grey levels between neighbouring cells: flat paint is no skin

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Skin:
    """`severity`: what it says when it says something: LOW, MEDIUM or HIGH."""

    def __init__(self, severity: str = "LOW") -> None:
        if severity not in ("LOW", "MEDIUM", "HIGH"):
            raise ValueError(f"severity must be LOW, MEDIUM or HIGH, not {severity!r}")
        self._severity = Severity[severity]

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        """Nothing for pictures whose backend knows what is in them."""
        if contents:
            return {}
        small = shrunk(pixels)
        skin = skin_of(small)
        if skin.mean() < LEAST_SHARE or largest_region(skin) < LEAST_REGION * skin.size or is_flat(small, skin):
            return {}
        return {"sexual": self._severity}


def shrunk(pixels: Pixels) -> Floats:
    """Means over the cells of a grid: float32 [rows, columns, 3]; rows, columns <= GRID."""
    height, width, _ = pixels.shape
    rows, columns = min(GRID, height), min(GRID, width)
    cut = pixels[: height - height % rows, : width - width % columns]
    cells = cut.reshape(rows, cut.shape[0] // rows, columns, cut.shape[1] // columns, 3)
    return np.asarray(cells.mean((1, 3), np.float32), np.float32)


def skin_of(picture: Floats) -> Mask:
    """Where the chrominance is skin's: ITU-R BT.601 with full range, as JPEG has it."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    cb = 128 - 0.168736 * red - 0.331264 * green + 0.5 * blue
    cr = 128 + 0.5 * red - 0.418688 * green - 0.081312 * blue
    inside = (cb >= CB[0]) & (cb <= CB[1]) & (cr >= CR[0]) & (cr <= CR[1])
    return np.asarray(inside & (red > 40), np.bool_)


def largest_region(mask: Mask) -> int:
    """Cells of the largest 4-connected region. Labels spread to their neighbours until they rest."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        around = np.maximum.reduce(
            [labels, padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]],
        )
        spread = np.where(mask, around, 0)
        if np.array_equal(spread, labels):
            return int(np.bincount(labels[mask]).max(initial=0))
        labels = spread


def is_flat(picture: Floats, mask: Mask) -> bool:
    """Whether the skin-coloured cells are one even colour, as painted walls are."""
    grey = picture.mean(-1)
    steps = np.abs(np.diff(grey, axis=1))[mask[:, 1:] & mask[:, :-1]]
    return bool(steps.size == 0 or steps.mean() < LEAST_TEXTURE)
