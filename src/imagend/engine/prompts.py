"""Encoded prompts, kept for a while: a batch of pictures, a retry or a negative prompt often repeats one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, Guide, NegativePrompts

Key = tuple[str, str, int, int, bool]


class Prompts:
    """The `size` conditionings that were used last, over all backends."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._kept: OrderedDict[Key, Any] = OrderedDict()

    def guide(self, backend: Backend[Any], recipe: Recipe) -> Guide[Any]:
        """Both sides of the guidance of a recipe; whatever `encode` raises is let through."""
        positive = self._encode(backend, recipe.prompt, recipe)
        guided = recipe.guidance_scale != 1
        negative = self._encode(backend, recipe.negative_prompt, recipe, negative=True) if guided else None
        return Guide(positive=positive, negative=negative, scale=recipe.guidance_scale)

    def _encode(self, backend: Backend[Any], prompt: str, recipe: Recipe, *, negative: bool = False) -> Any:
        apart = negative and isinstance(backend, NegativePrompts)
        key = (backend.spec.name, prompt, recipe.width, recipe.height, apart)
        if key not in self._kept:
            encode = backend.encode_negative if negative and isinstance(backend, NegativePrompts) else backend.encode
            self._kept[key] = encode(prompt, recipe.width, recipe.height)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return self._kept[key]
