"""Finding the mark again, in pictures that were saved, compressed, resized or cut at the edges since.

The picture is laid on the pattern's grid at a ladder of scales (a cut picture is smaller than the one that was
marked). At each, what is left of its luma after smoothing is folded onto one tile. Then two tests:

- The mark of a known server: the correlation of the tile with the folded cells, divided by the cells' norm. Over the
  random signs of the pattern, Hoeffding's inequality (JASA 58, 1963) bounds the chance of exceeding z in a picture
  without the mark by exp(-z**2 / 2), whatever the picture.
- The mark of any server: the shared eighth of the cells proposes where the tile begins, the cells there are decoded,
  and 32 check bits must hold.

`FALSE_ALARM_RATE` adds the bounds of all tries; it is below one in a million pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagend.provenance.code import CHECK_BITS, decode
from imagend.provenance.grid import SAMPLES, box_mean, sample, step_pixels
from imagend.provenance.pattern import TILE, pilot_tile, soft_bits, tile_of

SCALES = tuple(1 + percent / 100 for percent in range(26))
SMOOTHINGS = ((1, 2), (2, 3))  # samples: reach of what is taken away, reach of the loudness that is divided by
PROPOSALS = 4  # decoded at each scale and smoothing
KNOWN_Z = 8.0
FALSE_ALARM_RATE = (
    len(SCALES) * len(SMOOTHINGS) * (PROPOSALS * 2.0**-CHECK_BITS + (TILE * SAMPLES) ** 2 * math.exp(-(KNOWN_Z**2) / 2))
)

_SIDE = TILE * SAMPLES
_LOUDEST = 3.0  # levels; what stands out more is an outline, not the mark
_QUIET = 0.5  # levels; keeps flat places from being blown up
_LEAST_PIXELS = 64  # of a side: below, a picture holds no mark

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mark that was read."""

    server_id: int
    z: float  # correlation with the whole tile, standard deviations of chance; at most 32
    scale: float  # 1 for a whole picture, more for one whose edges were cut away
    decoded: bool  # the bits were read; False: too faint for that, but the tile of the known server is there


def find(picture: Image.Image, known_id: int | None = None) -> Found | None:
    """The mark in a picture. With `known_id`, that server's mark is also found where it is too faint to be read."""
    if min(picture.size) < _LEAST_PIXELS:
        return None
    tile = None if known_id is None else tile_of(known_id)
    for scale, folded in folds(picture):
        for server_id, z in readable(folded):
            return Found(server_id=server_id, z=z, scale=scale, decoded=True)
        if tile is not None and known_id is not None and (z := strongest(folded, tile)) >= KNOWN_Z:
            return Found(server_id=known_id, z=z, scale=scale, decoded=False)
    return None


def folds(picture: Image.Image) -> Iterator[tuple[float, Plane]]:
    """The picture on one tile, once for each scale and smoothing: (scale, float32 [_SIDE, _SIDE])."""
    grey = picture.convert("RGB").convert("L")
    for scale in SCALES:
        luma = sample(grey, step_pixels(*grey.size) * scale)
        for smoothing in SMOOTHINGS:
            yield scale, _fold(_rest(luma, *smoothing))


def readable(folded: Plane) -> Iterator[tuple[int, float]]:
    """Ids whose check holds, and how strong their tiles are."""
    correlations = _correlations(folded, _pilot_spectrum()).ravel()
    places = np.argpartition(correlations, -PROPOSALS)[-PROPOSALS:]
    cells = np.stack([_cells(folded, int(place)) for place in places])
    for server_id, block in zip(decode(soft_bits(cells)), cells, strict=True):
        if server_id is not None:
            yield server_id, _z(block, tile_of(server_id))


def strongest(folded: Plane, tile: Plane) -> float:
    """How much of a tile there is, where there is most of it: z, standard deviations of chance."""
    place = int(_correlations(folded, _spectrum(tile)).argmax())
    return _z(_cells(folded, place), tile)


def _rest(luma: Plane, reach: int, loudness_reach: int) -> Plane:
    rest = luma - box_mean(luma, reach)
    loudness = np.sqrt(np.maximum(box_mean(rest * rest, loudness_reach), 0))
    even: Plane = np.clip(rest, -_LOUDEST, _LOUDEST) / (loudness + _QUIET)
    return even


def _fold(rest: Plane) -> Plane:
    """Sum what lies on the same place of the tile: float32 [_SIDE, _SIDE]."""
    rows, columns = (-(-length // _SIDE) * _SIDE for length in rest.shape)
    full = np.zeros((rows, columns), np.float32)
    full[: rest.shape[0], : rest.shape[1]] = rest
    folded: Plane = full.reshape(rows // _SIDE, _SIDE, columns // _SIDE, _SIDE).sum(axis=(0, 2))
    return folded


@cache
def _pilot_spectrum() -> NDArray[np.complex128]:
    return _spectrum(pilot_tile())


def _spectrum(tile: Plane) -> NDArray[np.complex128]:
    return np.conj(np.fft.rfft2(np.kron(tile, np.ones((SAMPLES, SAMPLES)))))


def _correlations(folded: Plane, spectrum: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Of the tile at each of the _SIDE x _SIDE places where it may begin."""
    return np.fft.irfft2(np.fft.rfft2(folded) * spectrum, s=folded.shape)


def _cells(folded: Plane, place: int) -> Plane:
    """The cells of the tile that begins at a place: float32 [TILE, TILE]."""
    row, column = divmod(place, _SIDE)
    turned = np.roll(folded, (-row, -column), (0, 1))
    cells: Plane = turned.reshape(TILE, SAMPLES, TILE, SAMPLES).sum(axis=(1, 3))
    return cells


def _z(cells: Plane, tile: Plane) -> float:
    norm = float(np.sqrt((cells.astype(np.float64) ** 2).sum()))
    return float((cells * tile).sum()) / norm if norm > 0 else 0.0
