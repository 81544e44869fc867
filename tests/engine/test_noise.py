"""Noise is a function of seed and step, and stays what it is."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.engine.noise import first_noise, step_noise

seeds = st.integers(0, 2**31 - 1)


@settings(max_examples=50, deadline=None)
@given(seeds, seeds, st.integers(0, 100), st.integers(0, 100))
def test_equal_keys_and_only_they_give_equal_noise(seed: int, other: int, step: int, later: int) -> None:
    drawn = step_noise(seed, step, (3, 5))
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn, step_noise(seed, step, (3, 5)))
    assert np.array_equal(drawn, step_noise(other, later, (3, 5))) == ((seed, step) == (other, later))
    assert not np.array_equal(drawn, first_noise(seed, (3, 5)))


def test_a_longer_draw_begins_like_a_shorter_one() -> None:
    np.testing.assert_array_equal(first_noise(4, (100,))[:10], first_noise(4, (10,)))


def test_it_is_standard_normal() -> None:
    many = np.stack([first_noise(seed, (100,)) for seed in range(500)])
    assert abs(many.mean()) < 0.02
    assert abs(many.std() - 1) < 0.02
    assert np.abs(np.corrcoef(many[:40]) - np.eye(40)).max() < 0.5  # neighbouring seeds have nothing in common


def test_the_noise_of_today_is_the_noise_of_tomorrow() -> None:
    """The promise of decision 0006: a release of numpy that draws other numbers must be noticed."""
    drawn = np.concatenate([first_noise(7, (64,)), step_noise(7, 3, (64,))])
    assert (
        sha256(drawn.astype("<f4").tobytes()).hexdigest()
        == "a2ccc1dbfef3fd61f5b8676d2b2ec75e28b33c72f575e12ebe701a604b017964"
    )
