"""No mark is found where none was put. The bound is by construction; here it is tried on pictures of all kinds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bench.material import ATTACKS, unmarked
from imagend.provenance.detect import FALSE_ALARM_RATE, find

ID = 0xDEADBEEF


def test_the_bound_is_below_one_in_a_million() -> None:
    assert FALSE_ALARM_RATE < 1e-6


def test_none_in_unmarked_pictures() -> None:
    for kind, pixels in unmarked(12):
        picture = Image.fromarray(pixels)
        assert find(picture, ID) is None, kind
    assert find(ATTACKS["JPEG 50"](picture), ID) is None


@pytest.mark.parametrize("level", [0, 127, 255])
def test_none_in_nothing(level: int) -> None:
    assert find(Image.new("RGB", (300, 200), (level, level, level)), ID) is None


@pytest.mark.parametrize("size", [(1, 1), (8, 500), (63, 64), (64, 64), (65, 2000)])
def test_none_in_small_pictures(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), np.uint8)
    assert find(Image.fromarray(noise), ID) is None
