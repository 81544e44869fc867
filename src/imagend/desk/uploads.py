"""What an uploaded file must be: a picture whose header can be read and whose size is bounded. No pixel is decoded."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from imagend.core.errors import BadParameter

#: Pillow's name of a format -> file name extension.
EXTENSIONS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "GIF": "gif"}
KINDS = "a png, jpeg, webp or gif picture"
#: The header's reader may raise any of these on bytes that are no picture; the last two are its own alarm about size.
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def extension_of(data: bytes, field: str, max_pixels: int) -> str:
    """The file's extension by its own header, whatever it was called. Raises BadParameter naming `field`."""
    try:
        with Image.open(BytesIO(data), formats=tuple(EXTENSIONS)) as picture:
            kind, pixels = picture.format, picture.width * picture.height
    except _BOMB:
        kind, pixels = "PNG", max_pixels + 1
    except _BROKEN:
        kind, pixels = None, 0
    if kind not in EXTENSIONS or pixels < 1:
        raise BadParameter("data_urls", f"{field} must be {KINDS}")
    if pixels > max_pixels:
        raise BadParameter("data_urls", f"{field} must have at most {max_pixels} pixels")
    return EXTENSIONS[kind]
