"""Latents as rows of square patches, for transformers that do not cut them themselves or see several shapes at once."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from imagend.engine.backends.torch_diffusers.padding import Padded


def patches(x: Tensor, side: int = 2) -> Tensor:
    """[N, c, h, w] -> [N, h/2 w/2, 4 c]: squares of 2 x 2 places (or side x side), row by row."""
    count, channels, height, width = x.shape
    cut = x.reshape(count, channels, height // side, side, width // side, side).permute(0, 2, 4, 1, 3, 5)
    return cut.reshape(count, -1, side * side * channels)


def unpatched(tokens: Tensor, like: Tensor, side: int = 2) -> Tensor:
    """The inverse of `patches`, to the channels, height and width of `like`."""
    channels, height, width = like.shape[-3:]
    cut = tokens.reshape(-1, height // side, width // side, channels, side, side).permute(0, 3, 1, 4, 2, 5)
    return cut.reshape(-1, channels, height, width)


def rows_of_patches(xs: Sequence[Tensor], side: int = 2) -> Padded:
    """Latents [c, h, w] of several shapes -> [N, most patches, side side c]."""
    return Padded.of([patches(x[None], side)[0] for x in xs])


def cut_apart(tokens: Tensor, xs: Sequence[Tensor], side: int = 2) -> list[Tensor]:
    """The inverse of `rows_of_patches`, to the shapes of `xs`."""
    counts = [x[0].numel() // side**2 for x in xs]
    return [unpatched(row[:count], x, side)[0] for row, count, x in zip(tokens, counts, xs, strict=True)]


def largest(xs: Sequence[Tensor]) -> Tensor:
    """The one with the most places: its grid has room for the patches of every other."""
    return max(xs, key=Tensor.numel)
