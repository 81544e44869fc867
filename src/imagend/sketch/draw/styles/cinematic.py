"""Cinematic: soft distance behind sharp things, bloom, graded colour, vignette and fine grain."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from imagend.sketch.draw.raster import Pixels
from imagend.sketch.draw.styles.noise import Field, grain

_SOFT = Image.Resampling.BICUBIC


def soften(back: Image.Image, horizon: float, strength: float) -> Image.Image:
    """Blurs an RGB backdrop: most above the horizon (share of the height), nothing at the lower third."""
    width, height = back.size
    factor = max(1, round(min(width, height) * 0.0045 * strength))
    # Softened once more while it is small: enlarged alone, hard edges would show the steps of the small picture.
    blurred = back.reduce(factor).filter(ImageFilter.GaussianBlur(1.3)).resize(back.size, _SOFT)
    ramp = np.clip((horizon + 0.16 - np.linspace(0, 1, height)) / 0.22, 0, 1) * 255
    mask = Image.fromarray(np.repeat(ramp.astype(np.uint8)[:, None], width, axis=1))
    return Image.composite(blurred, back, mask)


def develop(pixels: Pixels, glow: tuple[int, int, int], shine: Field | None, seed: int) -> Pixels:
    """Bloom, light of the sun (see `shine`), grading, vignette, grain."""
    height, width, _ = pixels.shape
    bloom = _bloom(pixels)
    shade = _vignette(height, width)
    speckle = grain(height, width, seed) * 3.2
    curve = _curves()
    out = np.empty_like(pixels)
    for channel in range(3):
        light = curve[channel][pixels[..., channel]]
        light = light + (255 - light) * bloom[..., channel] * (0.34 / 255)
        if shine is not None:
            light += (255 - light) * shine * (glow[channel] / 255)
        light *= shade
        light += speckle
        out[..., channel] = np.clip(light, 0, 255).astype(np.uint8)
    return out


def _curves() -> list[Field]:
    """Per channel: deeper shadows with a breath of teal, warmer lights."""
    level = np.linspace(0, 1, 256, dtype=np.float32)
    bend = level + 0.10 * (level * level * (3 - 2 * level) - level) * 2
    tints = ((-0.012, 0.030), (0.002, 0.004), (0.026, -0.030))
    return [(bend + low * (1 - level) ** 2 + high * level**2) * 255 for low, high in tints]


def _bloom(pixels: Pixels) -> Field:
    """What spills over from bright places, float32 [H, W, 3] 0..255."""
    height, width, _ = pixels.shape
    small = Image.fromarray(pixels).reduce(max(1, min(height, width) // 48))
    bright = np.clip((np.asarray(small, dtype=np.float32) - 168) * 2.4, 0, 255).astype(np.uint8)
    tiny = Image.fromarray(bright).resize((max(2, small.width // 3), max(2, small.height // 3)), Image.Resampling.BOX)
    spread = Image.blend(Image.fromarray(bright), tiny.resize(small.size, _SOFT), 0.6)
    return np.asarray(spread.resize((width, height), _SOFT), dtype=np.float32)


def _vignette(height: int, width: int) -> Field:
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    along = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    far = (down + along) * 0.5
    return 1.03 - 0.36 * far**1.6


def sunshine(height: int, width: int, sun: tuple[float, float], front: Image.Image | None) -> Field:
    """A veil of light with faint rays around the sun, float32 [H, W] 0..1, mostly behind what `front` covers.

    `sun` is its centre in shares of width and height, `front` the RGBA layer of things.
    """
    rows, columns = 96, max(8, round(96 * width / height))
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None] - sun[1]
    x = (np.linspace(0, 1, columns, dtype=np.float32)[None, :] - sun[0]) * (width / height)
    far, angle = np.hypot(x, y), np.arctan2(y, x)
    rays = 0.5 + 0.5 * np.sin(angle * 15 + 2 * np.sin(angle * 4))
    veil = 0.50 * np.exp(-far * 3.2) + 0.13 * np.exp(-far * 1.3) * (0.35 + 0.65 * rays)
    full: Field = np.asarray(Image.fromarray(veil.astype(np.float32)).resize((width, height), _SOFT))
    if front is None:
        return full
    covered = np.asarray(front.getchannel("A"), dtype=np.float32) * np.float32(0.68 / 255)
    bare: Field = full * (1 - covered)
    return bare
