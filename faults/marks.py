"""A request's own mark: a word in its prompt, and the same word's digest as 256 squares in its picture.

Whoever gets a picture can read from its pixels which request it was drawn for, so that results that went to the wrong
tenant or the wrong request are seen without trusting the server's books.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SQUARES = 16  # per side: 256 bits of SHA-256
UNREADABLE = "unreadable"
_WORD = re.compile(r"\b(t\d+n\d+x?[a-z0-9]*)\b")


def mark_of(tenant: int, number: int, seed: int) -> str:
    """The word, for example `t3n17x4f`: tenant, number within the tenant, seed of the run."""
    return f"t{tenant}n{number}x{seed:x}"


def marked_prompt(mark: str, orders: str = "") -> str:
    """orders: words that the model obeys, see model.py."""
    return f"a red ball {mark} {orders}".strip()


def word_in(prompt: str) -> str:
    """The mark in a prompt, "" if there is none."""
    found = _WORD.search(prompt)
    return found.group(1) if found else ""


def digest_of(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest()


def squares(mark: str, width: int, height: int) -> NDArray[np.uint8]:
    """The picture of a mark: uint8 [height, width, 3], black and white squares."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(digest_of(mark)), np.uint8)).reshape(SQUARES, SQUARES)
    rows, columns = (np.arange(side) * SQUARES // side for side in (height, width))
    grey = bits[np.ix_(rows, columns)] * np.uint8(200) + np.uint8(20)
    return np.repeat(grey[:, :, None], 3, axis=2)


def read_digest(file: bytes) -> str:
    """The digest that a picture file shows, as hexadecimal; UNREADABLE for what is no such picture."""
    try:
        with Image.open(BytesIO(file)) as picture:
            grey = np.asarray(picture.convert("L"))
    except (OSError, ValueError):
        return UNREADABLE
    middles = [(np.arange(SQUARES) * 2 + 1) * side // (2 * SQUARES) for side in grey.shape]
    return np.packbits(grey[np.ix_(*middles)] > 120).tobytes().hex()
