"""Pixels to files. Encoder settings are measured choices: see the comments; times are of one core at 2048 x 2048."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from imagend.engine.backend import Pixels

THUMBNAIL_PIXELS = 256


def encode(pixels: Pixels, output_format: str, quality: int = 95) -> bytes:
    """Write uint8 [height, width, 3] as a file: `output_format` is png, jpeg or webp; quality 1 to 100 not for png.

    The bytes are a pure function of the arguments (no dates, no metadata) under one version of Pillow.
    """
    image, file = Image.fromarray(pixels), BytesIO()
    match output_format:
        case "png":
            image.save(file, "PNG", compress_level=1)  # 0.09 s; the default level takes 2 to 7 times as long
        case "jpeg":
            image.save(file, "JPEG", quality=quality, subsampling=0)  # full colour: thin coloured letters stay crisp
        case "webp":
            image.save(
                file, "WEBP", quality=quality, method=2
            )  # 0.12 s; the default method 0.22 s for 18 % fewer bytes
        case _:
            raise ValueError(f"output_format {output_format!r} is not png, jpeg or webp")
    return file.getvalue()


def thumbnail(pixels: Pixels, longest: int = THUMBNAIL_PIXELS) -> Pixels:
    """A copy of uint8 [h, w, 3] in the same ratio whose longer side is at most `longest` pixels."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.BOX, reducing_gap=None)
    return np.asarray(image).copy()
