"""Watercolour: wandering edges, pigment that pools and thins, rough paper, an unpainted margin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagend.sketch.draw.raster import Pixels
from imagend.sketch.draw.styles.noise import Field, cloudy, paper

_PAPER = (252, 249, 241)


def watercolor(pixels: Pixels, seed: int) -> Pixels:
    """uint8 [H, W, 3] in and out."""
    height, width, _ = pixels.shape
    short = min(height, width)
    flowed = wander(pixels, short, seed)
    wash = _pigment(flowed, short, seed)
    tooth = 1.0 + 0.055 * paper(height, width, seed + 5, short / 560)
    mask = _margin(height, width, short, seed)
    out = np.empty_like(pixels)
    for channel, sheet in enumerate(_PAPER):
        ink = (255 - flowed[..., channel].astype(np.float32)) * wash
        ink *= mask
        color = (sheet - ink * (sheet / 255)) * tooth
        out[..., channel] = np.clip(color, 0, 255).astype(np.uint8)
    return out


def wander(pixels: Pixels, short: int, seed: int, strength: float = 1.0) -> Pixels:
    """Moves every pixel a little along smooth noise, so that outlines look hand-made."""
    height, width, _ = pixels.shape
    reach = short * 0.0034 * strength
    down = cloudy(height, width, short / 22, seed) * reach + cloudy(height, width, short / 90, seed + 1) * reach * 0.42
    along = (
        cloudy(height, width, short / 22, seed + 2) * reach + cloudy(height, width, short / 90, seed + 3) * reach * 0.42
    )
    rows = np.clip(np.arange(height, dtype=np.float32)[:, None] + down, 0, height - 1).astype(np.int32)
    columns = np.clip(np.arange(width, dtype=np.float32)[None, :] + along, 0, width - 1).astype(np.int32)
    rows *= width
    rows += columns
    packed = np.asarray(Image.fromarray(pixels).convert("RGBA")).view(np.uint32)
    moved = np.take(packed.ravel(), rows).view(np.uint8).reshape(height, width, 4)
    return np.asarray(Image.fromarray(moved).convert("RGB"))


def _pigment(pixels: Pixels, short: int, seed: int) -> Field:
    """How strong the paint is at each pixel: blotches, granulation, and dark rims where a wash dried."""
    height, width, _ = pixels.shape
    wash = 0.90 + 0.13 * cloudy(height, width, short / 5, seed + 11)
    wash += 0.09 * cloudy(height, width, short / 17, seed + 12) + 0.05 * cloudy(height, width, short / 60, seed + 13)
    rims = _rims(pixels, max(2, round(short / 110)))
    wash += np.clip(rims * 0.011, -0.20, 0.26)
    return wash


def _rims(pixels: Pixels, radius: int) -> Field:
    """Darker than the neighbourhood: positive. float32 [H, W] in levels of 0..255."""
    height, width, _ = pixels.shape
    gray = Image.fromarray(pixels).convert("L")
    soft = gray.reduce(radius).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(soft, dtype=np.float32) - np.asarray(gray, dtype=np.float32)


def _margin(height: int, width: int, short: int, seed: int) -> Field:
    """1 inside, 0 at the bare edge of the sheet, ragged in between."""
    ragged = (
        cloudy(height, width, short / 12, seed + 21) * short * 0.011
        + cloudy(height, width, short / 45, seed + 22) * short * 0.005
    )
    down = _to_edge(height)[:, None]
    along = _to_edge(width)[None, :]
    inside = np.minimum(down, along) + ragged - short * 0.030
    return np.clip(inside / (short * 0.006) + 0.5, 0.0, 1.0)


def _to_edge(length: int) -> NDArray[np.float32]:
    places = np.arange(length, dtype=np.float32)
    return np.minimum(places, length - 1 - places)
