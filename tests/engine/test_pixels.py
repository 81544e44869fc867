"""Files that other programs can read, the same bytes every time."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from imagend.core.recipe import OUTPUT_FORMATS
from imagend.engine.pixels import encode, thumbnail

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 80, 3), np.uint8)
SMOOTH = np.linspace(0, 255, 48 * 80 * 3).astype(np.uint8).reshape(48, 80, 3)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_what_is_written_can_be_read(output_format: str) -> None:
    with Image.open(BytesIO(encode(SMOOTH, output_format))) as image:
        assert image.format == output_format.upper()
        assert image.size == (80, 48)
        assert np.abs(np.asarray(image.convert("RGB"), np.int16) - SMOOTH).mean() < 8


def test_png_loses_nothing() -> None:
    with Image.open(BytesIO(encode(PICTURE, "png"))) as image:
        np.testing.assert_array_equal(np.asarray(image), PICTURE)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_bytes_depend_on_the_pixels_only(output_format: str) -> None:
    assert encode(PICTURE, output_format) == encode(PICTURE.copy(), output_format)


@pytest.mark.parametrize("output_format", ["jpeg", "webp"])
def test_quality_costs_bytes(output_format: str) -> None:
    assert len(encode(PICTURE, output_format, 30)) < len(encode(PICTURE, output_format, 95))


def test_other_formats_are_refused() -> None:
    with pytest.raises(ValueError, match="gif"):
        encode(PICTURE, "gif")


@pytest.mark.parametrize(("longest", "shape"), [(40, (24, 40, 3)), (500, (48, 80, 3))])
def test_thumbnails_keep_the_ratio_and_never_grow(longest: int, shape: tuple[int, ...]) -> None:
    small = thumbnail(PICTURE, longest)
    assert small.shape == shape
    assert small.dtype == np.uint8
