"""Tiny models with a step cache: what is seen of them, and whom they draw for."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from torch import nn

from imagend.core.recipe import Recipe
from imagend.engine.backend import Pixels, Prompt
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.block_lists import BLOCK_LISTS
from imagend.engine.backends.torch_diffusers.rows import Rows
from imagend.engine.backends.torch_diffusers.step_cache import StepCache, add_step_cache
from imagend.engine.backends.torch_diffusers.table import family_of
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, backend_of, farthest, recipe


@dataclass(kw_only=True)
class Watched:
    """A tiny model with a step cache, and what is seen of its blocks."""

    backend: TorchBackend
    cache: StepCache
    changes: list[list[float]]  # of each batch, row by row; infinity at the first evaluation of a row
    batches: list[int] = field(default_factory=list)  # rows in each call of the network's last block


@cache
def _deeper(model: str) -> Any:
    pipeline = make(model)
    for blocks in BLOCK_LISTS[type(pipeline.transformer).__name__]:
        modules = getattr(pipeline.transformer, blocks.name)
        other = deepcopy(modules[0])
        for weight in other.parameters():
            weight.data = weight.data.flip(0)
        modules.insert(1, other)
    return pipeline


def deeper(model: str) -> Any:
    """With one more block in each list, of other weights; the network is the caller's own."""
    pipeline = copy(_deeper(model))
    pipeline.transformer = deepcopy(pipeline.transformer)
    return pipeline


@cache
def read(model: str, prompt: Prompt) -> Any:
    """To read takes longer than to draw here, and is no matter of these tests: once for all of them."""
    return backend_of(deeper(model)).encode_many([prompt])[0]


def plain(model: str) -> TorchBackend:
    """The same network without a step cache."""
    found = backend_of(deeper(model))
    found.encode_many = lambda prompts: [read(model, one) for one in prompts]  # type: ignore[method-assign]
    return found


def watched(model: str, threshold: float, changes: list[list[float]], max_lanes: int = 8) -> Watched:
    pipeline = deeper(model)
    network, rows = pipeline.transformer, Rows()
    last = list(getattr(network, BLOCK_LISTS[type(network).__name__][-1].name))[-1]
    cache = add_step_cache(network, rows, threshold, max_lanes=max_lanes)
    family = family_of(type(pipeline).__name__)(pipeline)
    backend = TorchBackend(family, NAME, revision="random", device="cpu", max_lanes=max_lanes, rows=rows)
    backend.encode_many = lambda prompts: [read(model, one) for one in prompts]  # type: ignore[method-assign]
    found = Watched(backend=backend, cache=cache, changes=changes)

    def count(_: nn.Module, by_place: Any, named: Any) -> None:
        tokens = named.get("x", named.get("hidden_states"))
        assert len(tokens) == len(rows.now)  # modules inside find their row at their place
        found.batches.append(len(tokens))

    last.register_forward_pre_hook(count, with_kwargs=True)
    return found


def company(backend: Any) -> list[Recipe]:
    """Pictures that have nothing but the model in common; those with most words leave first."""
    orders = [(3, 1.0, "fog and sea"), (4, 4.5, "red kite"), (6, 2.0, "a")]
    return [
        recipe(backend, seed=seed, steps=steps, guidance_scale=scale, prompt=prompt)
        for seed, (steps, scale, prompt) in enumerate(orders)
    ]


def middling(changes: list[list[float]]) -> float:
    """A threshold that about half of the evaluations are below, and none so near that rounding decides."""
    known = sorted(change for batch in changes for change in batch if change < float("inf"))
    middle = known[len(known) // 3 : -(len(known) // 3)]
    below, above = max(pairwise(middle), key=lambda pair: pair[1] - pair[0])
    return (below + above) / 2


def worst(found: list[Pixels], expected: list[Pixels]) -> int:
    return max(farthest(one, other) for one, other in zip(found, expected, strict=True))
