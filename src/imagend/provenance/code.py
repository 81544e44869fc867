"""The bits of the mark: 32 bits of server id, 32 bits of check, and a convolutional code around both.

Rate 1/3, constraint length 7, generators 133, 171, 165 (octal); the register starts and ends at zero. Decoding is
Viterbi's on soft values (G. D. Forney, "The Viterbi algorithm", Proc. IEEE 61, 1973). Of random soft values, one
block in 2**32 passes the check; `detect` bounds how many blocks it tries, and so the rate of false alarms.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

ID_BITS = 32
CHECK_BITS = 32
MEMORY = 6  # bits of the shift register
GENERATORS = (0o133, 0o171, 0o165)
STEPS = ID_BITS + CHECK_BITS + MEMORY
CODED_BITS = STEPS * len(GENERATORS)
_CHECK_NAME = b"imagend mark 1"


def check_of(server_id: int) -> int:
    """The 32 check bits that belong to a 32-bit id."""
    digest = hashlib.sha256(_CHECK_NAME + server_id.to_bytes(4, "big")).digest()
    return int.from_bytes(digest[:4], "big")


def encode(server_id: int) -> NDArray[np.int8]:
    """Coded bits as +1 (for 0) and -1 (for 1), int8 [CODED_BITS]. server_id: 0..2**32-1."""
    word = (server_id << CHECK_BITS) | check_of(server_id)
    state, signs = 0, []
    for step in range(STEPS):
        bit = (word >> (ID_BITS + CHECK_BITS - 1 - step)) & 1 if step < ID_BITS + CHECK_BITS else 0
        register = (bit << MEMORY) | state
        signs += [1 - 2 * ((register & generator).bit_count() & 1) for generator in GENERATORS]
        state = register >> 1
    return np.array(signs, np.int8)


def decode(soft: NDArray[np.float32]) -> list[int | None]:
    """The server ids of blocks whose check holds, None for the others.

    soft: float32 [blocks, CODED_BITS], positive where a 0 is likelier; the scale does not matter.
    """
    words = _viterbi(soft.reshape(len(soft), STEPS, len(GENERATORS)))
    ids = [word >> CHECK_BITS for word in words]
    return [
        server_id if check_of(server_id) == word & (2**CHECK_BITS - 1) else None
        for server_id, word in zip(ids, words, strict=True)
    ]


def _viterbi(soft: NDArray[np.float32]) -> list[int]:
    """The likeliest information words, without the tail. soft: [blocks, STEPS, 3]."""
    blocks = len(soft)
    before, signs = _trellis()
    score = np.full((blocks, 2**MEMORY), -np.inf, np.float32)
    score[:, 0] = 0
    took = np.empty((STEPS, blocks, 2**MEMORY), np.bool_)
    for step in range(STEPS):
        newer, older = (score[:, before[:, way]] + soft[:, step] @ signs[:, way].T for way in (0, 1))
        took[step] = older > newer
        score = np.maximum(newer, older)
    state, words, rows = np.zeros(blocks, np.intp), np.zeros(blocks, np.uint64), np.arange(blocks)
    for step in reversed(range(STEPS)):
        if step < ID_BITS + CHECK_BITS:
            words |= (state >> (MEMORY - 1)).astype(np.uint64) << np.uint64(ID_BITS + CHECK_BITS - 1 - step)
        state = before[state, took[step, rows, state].astype(np.intp)]
    return [int(word) for word in words]


@cache
def _trellis() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Of each state: its two predecessors [64, 2], and the signs sent on the way from them [64, 2, 3]."""
    before = np.empty((2**MEMORY, 2), np.intp)
    signs = np.empty((2**MEMORY, 2, len(GENERATORS)), np.float32)
    for state in range(2**MEMORY):
        for oldest in (0, 1):
            register = (state << 1) | oldest
            before[state, oldest] = register & (2**MEMORY - 1)
            signs[state, oldest] = [1 - 2 * ((register & g).bit_count() & 1) for g in GENERATORS]
    return before, signs
