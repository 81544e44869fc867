"""The pattern: a tile of 32 x 32 cells that repeats over the picture. 64 cells span the geometric mean of the
picture's sides, so cells grow and shrink with the picture, and a resized copy carries the same ones.

An eighth of the cells is the same for every imagend server and says where a tile begins; the others carry the
coded bits of the server's id, each bit in four or five cells. Places and signs are drawn once, from `_SEED`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from imagend.provenance.code import CODED_BITS, encode

TILE = 32  # cells
PILOTS = TILE * TILE // 8
_BITS = TILE * TILE - PILOTS
_SEED = 0x1A6E_4D01  # of the layout; another number would be another, incompatible mark


def tile_of(server_id: int) -> NDArray[np.float32]:
    """The tile of one server: float32 [TILE, TILE] of +1 and -1."""
    places, signs = _layout()
    values = signs.copy()
    values[PILOTS:] *= encode(server_id)[np.arange(_BITS) % CODED_BITS]
    tile = np.empty(TILE * TILE, np.float32)
    tile[places] = values
    return tile.reshape(TILE, TILE)


def pilot_tile() -> NDArray[np.float32]:
    """The part that all servers share: +1 and -1; 0 in cells that carry bits."""
    places, signs = _layout()
    tile = np.zeros(TILE * TILE, np.float32)
    tile[places[:PILOTS]] = signs[:PILOTS]
    return tile.reshape(TILE, TILE)


def soft_bits(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the cells say about each coded bit: float32 [blocks, TILE, TILE] -> [blocks, CODED_BITS]."""
    places, signs = _layout()
    values = cells.reshape(len(cells), -1)[:, places[PILOTS:]] * signs[PILOTS:]
    rounds = -(-_BITS // CODED_BITS)
    padded = np.zeros((len(cells), rounds * CODED_BITS), np.float32)
    padded[:, :_BITS] = values
    sums: NDArray[np.float32] = padded.reshape(len(cells), rounds, CODED_BITS).sum(axis=1)
    return sums


@cache
def _layout() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Places of all cells, pilots first, then the coded bits round after round; and a sign for each."""
    random = np.random.Generator(np.random.Philox(key=_SEED))
    places = random.permutation(TILE * TILE)
    signs = random.integers(0, 2, TILE * TILE).astype(np.float32) * 2 - 1
    places.setflags(write=False)
    signs.setflags(write=False)
    return places, signs
