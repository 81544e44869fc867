"""What the mark does to pixels: always the same, hardly anything, and nothing that the eye could hold on to."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pytest

from bench.material import PROMPTS, clouds, drawings, leaves
from bench.provenance import psnr
from imagend.provenance.mark import embed

ID = 0xDEADBEEF


def flat(side: int, level: int = 128) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


def test_the_same_pixels_and_id_give_the_same_pixels() -> None:
    pixels = leaves(300, 1)
    before = pixels.copy()
    first, second, other = embed(pixels, ID), embed(pixels, ID), embed(pixels, ID + 1)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.array_equal(pixels, before), "the argument was changed"


def test_the_layout_is_what_it_was() -> None:
    """Pictures that were marked years ago must be found: a change here is a new, incompatible mark."""
    digest = hashlib.sha256(embed(flat(1024), ID).tobytes()).hexdigest()
    assert digest == "762f7dd4286e066afa03611e42086d67f3ab2865a2a98fbcf1b6b8d474d57cec"


@pytest.mark.parametrize("side", [256, 512, 1024])
def test_at_least_40_decibels(side: int) -> None:
    pictures = [*drawings(side, PROMPTS), leaves(side, 0), clouds(side, 0), flat(side)]
    assert min(psnr(pixels, embed(pixels, ID)) for pixels in pictures) >= 40


@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
def test_flat_places_change_by_one_level_at_most(level: int) -> None:
    levels = set(np.unique(embed(flat(1024, level), ID)).tolist())
    assert levels <= {level, level + 1}


def test_flat_sides_of_outlines_are_not_marked_harder() -> None:
    pixels = flat(1024, 40)
    pixels[:, 512:] = 220
    change = embed(pixels, ID).astype(int) - pixels
    assert (change.min(), change.max()) == (0, 1)


def test_a_steep_gradient_is_as_flat_as_a_wall() -> None:
    pixels = flat(1024, 0) + np.linspace(0, 255, 1024).astype(np.uint8)[:, None, None]
    change = embed(pixels, ID)[64:-64].astype(int) - pixels[64:-64]
    assert (change.min(), change.max()) == (0, 1)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (64, 300), (257, 311), (256, 2816), (2816, 256)])
def test_all_sizes(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    marked = embed(pixels, ID)
    assert (marked.shape, marked.dtype) == (pixels.shape, np.uint8)
    assert np.abs(marked.astype(int) - pixels).max() <= 4


def test_memory_for_a_large_picture_is_bounded() -> None:
    pixels = flat(2048)
    tracemalloc.start()
    embed(pixels, ID)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * pixels.nbytes
