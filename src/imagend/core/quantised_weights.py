"""Which numbers of a network 8 bits are enough for, by the names that its files give them.

Told without torch, so that memory can be planned from the heads of files; the loaded network is judged by the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TILE = 16
"""GPUs multiply matrices of 8-bit numbers whose sides are multiples of so many."""

_IN_A_BLOCK = re.compile(
    r"(?:.*\.)?(?:transformer_blocks|single_transformer_blocks|layers|noise_refiner|context_refiner)\.\d+\.(.+)\.weight"
)
_MODULATION = re.compile(r"norm|mod(?:ulation)?(?:\.|$)")


def is_quantised(name: str, shape: Sequence[int]) -> bool:
    """Of a denoiser's parameter: the matrices of its repeated blocks, but not those that scale and shift whole rows.

    Those see one vector of each picture: little time is gained, and all its places would share the error.
    """
    found = _IN_A_BLOCK.fullmatch(name)
    if found is None or _MODULATION.search(found[1]):
        return False
    return len(shape) == 2 and all(side % TILE == 0 for side in shape)
