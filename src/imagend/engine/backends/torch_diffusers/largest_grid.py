"""Pictures of several shapes for networks that cut them into patches themselves: all in the grid of the largest.

A picture's patches are laid into that grid row by row, as they will stand in the network. The grid's places are wrong
for it; while the network runs, a hook gives each picture its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from imagend.engine.backends.torch_diffusers.padding import Padded
from imagend.engine.backends.torch_diffusers.patches import (
    cut_apart,
    largest,
    patches,
    rows_of_patches,
    unpatched,
)


def in_largest_grid(xs: Sequence[Tensor], side: int, answer: Callable[[Tensor, Padded], Tensor]) -> list[Tensor]:
    """What `answer` makes of latents [c, h, w] of several shapes: of [N, c, H, W] in the grid of the largest one, and
    of their patches, side x side places each."""
    rows = rows_of_patches(xs, side)
    out = answer(unpatched(rows.rows, largest(xs), side), rows)
    return cut_apart(patches(out, side), xs, side)


def placed_by_row(network: Any, xs: Sequence[Tensor]) -> RemovableHandle:
    """For a `with`: the places that diffusers' PatchEmbed adds are those of each picture's own shape.

    For each shape the layer sees a row of every picture, as it always does: LoRAs rest on that.
    """

    def place(embed: Any, inputs: tuple[Tensor], _: Tensor) -> Tensor:
        placed = {}
        for shape in {x.shape for x in xs}:
            alike = torch.stack([x if x.shape == shape else x.new_zeros(shape) for x in xs])
            placed[shape] = embed.forward(alike.to(inputs[0].dtype))
        return Padded.of([placed[x.shape][row] for row, x in enumerate(xs)]).rows

    handle: RemovableHandle = network.pos_embed.register_forward_hook(place)
    return handle
