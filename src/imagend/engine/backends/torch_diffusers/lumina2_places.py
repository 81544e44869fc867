"""Lumina-Image 2 over pictures of several shapes, which stand in the grid of the largest (see `largest_grid`).

The network hands no arguments of ours down to its attention, but its blocks take places and masks by row already; so,
while it runs, hooks give it those of each picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor
from torch.nn.functional import pad

from imagend.engine.backends.torch_diffusers.padding import Padded, within


@contextmanager
def placed_by_row(network: Any, xs: Sequence[Tensor], words: Sequence[int]) -> Iterator[None]:
    """xs: the latents [c, h, w]. words: how many each prompt has."""
    tokens = [x[0].numel() // network.config.patch_size**2 for x in xs]
    both = [first + second for first, second in zip(words, tokens, strict=True)]
    longest = max(tokens)
    with ExitStack() as hooks:
        hooks.enter_context(network.rope_embedder.register_forward_hook(_placing(xs, words, longest)))
        if len(set(tokens)) > 1:
            own = _masking(within(tokens, longest, xs[0].device))
            together = _masking(within(both, max(words) + longest, xs[0].device))
            for block in network.noise_refiner:
                hooks.enter_context(block.register_forward_pre_hook(own))
            for block in network.layers:
                hooks.enter_context(block.register_forward_pre_hook(together))
        yield


def _placing(xs: Sequence[Tensor], words: Sequence[int], longest: int) -> Callable[..., Any]:
    """What the network's own places of one grid are replaced by; the patches themselves stay."""

    def place(embed: Any, inputs: tuple[Tensor, Tensor], made: Any) -> Any:
        grid, mask = inputs
        each = [embed.forward(x.to(grid.dtype)[None], mask[[row]]) for row, x in enumerate(xs)]
        _, of_words, of_tokens, of_both, *_ = zip(*each, strict=True)
        lengths = [count + longest for count in words]
        together = [_stretched(turns[0], max(lengths)) for turns in of_both]
        return (
            made[0],
            Padded.of([turns[0] for turns in of_words]).rows,
            Padded.of([turns[0] for turns in of_tokens]).rows,
            Padded.of(together).rows,
            list(words),
            lengths,
        )

    return place


def _stretched(row: Tensor, length: int) -> Tensor:
    return pad(row, (0, 0, 0, length - len(row)))


def _masking(mask: Tensor) -> Callable[..., Any]:
    """A block's second argument is its mask of keys."""

    def given(_: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0], mask, *inputs[2:])

    return given
