"""Bytes of another server as pixels: looked at before they are decoded, and of the size that was promised here."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from imagend.core.recipe import Recipe
from imagend.engine.backend import Pixels

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_TIMES_LARGER = 4  # pixels, compared with what was asked for
MOST_OFF = 0.06  # of the ratio of the sides; more, and scaling would show


class NoPicture(Exception):
    """Not what was ordered."""


def most_bytes(recipe: Recipe) -> int:
    """Of one file: raw pixels, with room for what a PNG puts around noise."""
    return 65_536 + 2 * 3 * recipe.width * recipe.height


def pixels_of(file: bytes, recipe: Recipe) -> Pixels:
    """uint8 [height, width, 3] of the recipe. A server that rounds sizes sends others of the same shape: those are
    scaled. Raises NoPicture."""
    try:
        with Image.open(BytesIO(file), formats=FORMATS) as picture:
            _check(picture.size, recipe)
            plain = picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoPicture(f"a file that is no picture: {error}") from error
    wanted = (recipe.width, recipe.height)
    if plain.size != wanted:
        plain = plain.resize(wanted, Image.Resampling.LANCZOS)
    return np.array(plain, np.uint8)


def _check(size: tuple[int, int], recipe: Recipe) -> None:
    width, height = size
    if width * height > MOST_TIMES_LARGER * recipe.width * recipe.height:
        raise NoPicture(f"a picture of {width} x {height}, far larger than ordered")
    if not min(size) or abs(width * recipe.height / (height * recipe.width) - 1) > MOST_OFF:
        raise NoPicture(f"a picture of {width} x {height} in place of {recipe.width} x {recipe.height}")
