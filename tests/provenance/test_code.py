"""The bits of the mark: what is encoded comes back, through errors too, and chance does not pass the check."""

from __future__ import annotations

import numpy as np
import pytest

from imagend.provenance.code import CODED_BITS, check_of, decode, encode


@pytest.mark.parametrize("server_id", [0, 1, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF])
def test_what_is_encoded_comes_back(server_id: int) -> None:
    signs = encode(server_id)
    assert signs.shape == (CODED_BITS,)
    assert set(signs.tolist()) == {1, -1}
    assert decode(signs[None].astype(np.float32)) == [server_id]


def test_wrong_bits_are_put_right() -> None:
    random = np.random.default_rng(1)
    ids = [int(one) for one in random.integers(0, 2**32, 20)]
    soft = np.stack([encode(one) for one in ids]).astype(np.float32)
    flipped = soft.copy()
    for row in flipped:
        row[random.choice(CODED_BITS, CODED_BITS // 14, replace=False)] *= -1
    assert decode(flipped) == ids
    noisy = soft + random.normal(0, 0.8, soft.shape).astype(np.float32)
    assert np.mean(np.sign(noisy) != soft) > 0.09, "a tenth of the signs is wrong"
    assert decode(noisy) == ids


def test_chance_does_not_pass_the_check() -> None:
    random = np.random.default_rng(2)
    assert not any(decode(random.normal(0, 1, (1500, CODED_BITS)).astype(np.float32)))
    assert decode(np.zeros((1, CODED_BITS), np.float32)) == [None], "nothing at all is no id either"


def test_checks_of_neighbours_differ_in_half_of_their_bits() -> None:
    different = [(check_of(one) ^ check_of(one + 1)).bit_count() for one in range(500)]
    assert 14 < np.mean(different) < 18
