"""Random numbers keyed by (seed, step): the same for a picture alone, in any batch, on any machine, after any restart.

Philox 4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") is a pure function of key and
counter. The key of a draw is the pair (seed of the picture, 0 for the first latent or 1 + index of the evaluation), the
counter starts at 0, and numpy's ziggurat makes float32 normals of it. A test pins digests, so that a change in numpy
would be noticed.
"""

from __future__ import annotations

import numpy as np

from imagend.engine.backend import Floats


def first_noise(seed: int, shape: tuple[int, ...]) -> Floats:
    """Standard normal noise that a picture starts from."""
    return _draw(seed, 0, shape)


def step_noise(seed: int, evaluation: int, shape: tuple[int, ...]) -> Floats:
    """Standard normal noise that an ancestral sampler adds after evaluation 0, 1, ..."""
    return _draw(seed, 1 + evaluation, shape)


def _draw(seed: int, use: int, shape: tuple[int, ...]) -> Floats:
    key = np.array([seed, use], np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(shape, np.float32)
