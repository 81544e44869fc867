"""Drawing: ink outlines and hatching on warm paper, found in the painted picture itself."""

from __future__ import annotations

from math import log

import numpy as np
from PIL import Image

from imagend.sketch.draw.raster import Pixels
from imagend.sketch.draw.styles.noise import Field, cloudy, grain
from imagend.sketch.draw.styles.watercolor import wander

_PAPER = np.array((250, 246, 236), np.float32)
_INK = np.array((43, 38, 48), np.float32)


def ink(pixels: Pixels, seed: int) -> Pixels:
    """uint8 [H, W, 3] in and out."""
    height, width, _ = pixels.shape
    short = min(height, width)
    moved = _lifted(wander(pixels, short, seed, 0.45))
    line = _outlines(moved, max(1, round(short / 420)))
    tone = _tone(moved)
    dark = np.maximum(line, _hatching(tone, short, seed))
    dark = np.maximum(dark, np.clip((0.16 - tone) * 9, 0, 0.92))
    dark *= 1.0 - 0.14 * grain(height, width, seed + 4)
    wash = 1.0 - 0.20 * np.clip(0.92 - tone, 0, 1)
    out = np.empty_like(pixels)
    for channel in range(3):
        sheet = _PAPER[channel] * wash
        out[..., channel] = np.clip(sheet + (_INK[channel] - sheet) * dark, 0, 255).astype(np.uint8)
    return out


def _outlines(pixels: Pixels, reach: int) -> Field:
    """1 where neighbouring colours differ within `reach` pixels; soft gradients have none."""
    high, low = pixels.copy(), pixels.copy()
    for _ in range(reach):
        np.maximum(high[1:], high[:-1].copy(), out=high[1:])
        np.minimum(low[1:], low[:-1].copy(), out=low[1:])
        np.maximum(high[:, 1:], high[:, :-1].copy(), out=high[:, 1:])
        np.minimum(low[:, 1:], low[:, :-1].copy(), out=low[:, 1:])
    spread = high - low
    contrast = np.maximum(np.maximum(spread[..., 0], spread[..., 1]), spread[..., 2]).astype(np.float32)
    line: Field = np.clip((contrast - 16) / 46, 0.0, 1.0).astype(np.float32)
    return line


def _tone(pixels: Pixels) -> Field:
    """Brightness 0..1."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    tone: Field = levels[np.asarray(Image.fromarray(pixels).convert("L"))]
    return tone


def _lifted(pixels: Pixels) -> Pixels:
    """Brightens what is dark as a whole: a night has to leave much of the paper bare, and its outlines clear."""
    middle = float(np.clip(pixels[::8, ::8].mean() / 255, 0.05, 0.95))
    power = min(1.0, log(0.46) / log(middle))
    curve = (np.linspace(0, 1, 256) ** power * 255).astype(np.uint8)
    lifted: Pixels = curve[pixels]
    return lifted


def _hatching(tone: Field, short: int, seed: int) -> Field:
    """Parallel strokes in the shade, crossed ones where it is dark."""
    height, width = tone.shape
    sway = cloudy(height, width, short / 9, seed + 7) * short * 0.006
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]
    pitch = short / 92
    one = _strokes(rows + columns + sway, pitch)
    two = _strokes(rows - columns + sway, pitch)
    shade = np.clip((one - (tone * 1.55 - 0.02)) * 3.5, 0, 1) * 0.62
    cross = np.clip((two - (tone * 2.6 - 0.02)) * 3.5, 0, 1) * 0.62
    return np.maximum(shade, cross)


def _strokes(distance: Field, pitch: float) -> Field:
    """A triangle wave 0..1 across the strokes."""
    phase = distance / pitch
    phase -= np.floor(phase)
    wave: Field = np.float32(1) - np.abs(phase * 2 - 1)
    return wave
