"""Latents as rows of square patches, for transformers that do not cut them themselves."""

from __future__ import annotations

from torch import Tensor


def patches(x: Tensor) -> Tensor:
    """[N, c, h, w] -> [N, h/2 w/2, 4 c]: squares of 2 x 2 places, row by row."""
    count, channels, height, width = x.shape
    cut = x.reshape(count, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return cut.reshape(count, -1, 4 * channels)


def unpatched(tokens: Tensor, like: Tensor) -> Tensor:
    """The inverse of `patches`, to the shape of `like`."""
    count, channels, height, width = like.shape
    cut = tokens.reshape(count, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return cut.reshape(count, channels, height, width)
