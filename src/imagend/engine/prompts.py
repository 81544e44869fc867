"""Encoded prompts, kept for a while: a batch of pictures, a retry or a negative prompt often repeats one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from imagend.core.errors import ImagendError
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, Encoding, Guide, NegativePrompts, Prompt, Steering, Weighed
from imagend.engine.batch import attempt
from imagend.engine.lane import Order

Key = tuple[str, Prompt]
ENTRIES = 256
BYTES = 256 * 2**20  # where the backend keeps them, which may be on a GPU


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One call of the text encoder that is still to be made."""

    backend: Backend[Any]
    recipes: Sequence[Recipe]
    known: Mapping[Key, Any]
    unknown: Mapping[Key, Prompt]

    def read(self) -> dict[Key, Any]:
        """Conditionings or errors. Touches nothing but the backend, so it may be called in another thread."""
        return dict(zip(self.unknown, _encoded(self.backend, list(self.unknown.values())), strict=True))


class Prompts:
    """The conditionings that were used last, over all backends: `entries` of together `nbytes` bytes at the most."""

    def __init__(self, entries: int = ENTRIES, nbytes: int = BYTES) -> None:
        self._most_entries = entries
        self._most_bytes = nbytes
        self._kept: OrderedDict[Key, Any] = OrderedDict()
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def guides(self, backend: Backend[Any], recipes: Sequence[Recipe]) -> list[Guide[Any] | ImagendError]:
        """Both sides of the guidance of each recipe, or why its prompts could not be read. What is not known yet is
        read in one call where the backend can."""
        reading = self.reading(backend, recipes)
        return self.learned(reading, reading.read())

    def reading(self, backend: Backend[Any], recipes: Sequence[Recipe]) -> Reading:
        """What is to be read for these recipes."""
        asked = {_key(backend, prompt): prompt for recipe in recipes for prompt in _prompts(backend, recipe)}
        known = {key: self._kept[key] for key in asked if key in self._kept}
        unknown = {key: prompt for key, prompt in asked.items() if key not in known}
        return Reading(backend=backend, recipes=recipes, known=known, unknown=unknown)

    def learned(self, reading: Reading, read: Mapping[Key, Any]) -> list[Guide[Any] | ImagendError]:
        """Keep what was read, and make of it what `guides` returns."""
        found = {**reading.known, **read}
        self._keep(found)
        return [
            _guide([found[_key(reading.backend, prompt)] for prompt in _prompts(reading.backend, recipe)], recipe)
            for recipe in reading.recipes
        ]

    def remembered(self, backend: Backend[Any], recipe: Recipe) -> Guide[Any] | None:
        """The guidance of a recipe whose prompts are known already."""
        reading = self.reading(backend, [recipe])
        if reading.unknown:
            return None
        (guide,) = self.learned(reading, {})
        assert isinstance(guide, Guide)
        return guide

    def _keep(self, found: Mapping[Key, Any]) -> None:
        for key, conditioning in found.items():
            if isinstance(conditioning, ImagendError):
                continue
            if key not in self._kept:
                self._kept[key] = conditioning
                self.nbytes += _weight(conditioning)
            self._kept.move_to_end(key)
        while len(self._kept) > self._most_entries or self.nbytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.nbytes -= _weight(oldest)


def gathered(orders: Iterable[Order]) -> list[Order]:
    """Whose prompts, from the first on, are read in one call; all are of one backend."""
    chosen: list[Order] = []
    prompts = 0
    for order in orders:
        prompts += len(_prompts(order.backend, order.recipe))
        if not chosen or prompts <= order.backend.spec.max_prompts:
            chosen.append(order)
    return chosen


def _prompts(backend: Backend[Any], recipe: Recipe) -> list[Prompt]:
    """The wanted one, and the unwanted one if there is guidance."""
    wanted = Prompt(recipe.prompt, recipe.width, recipe.height)
    guided = recipe.guidance_scale != 1
    if isinstance(backend, Steering):
        guided = backend.uses_negative(recipe.negative_prompt, recipe.guidance_scale)
    if not guided:
        return [wanted]
    return [wanted, Prompt(recipe.negative_prompt, recipe.width, recipe.height, negative=True)]


def _key(backend: Backend[Any], prompt: Prompt) -> Key:
    width, height = (prompt.width, prompt.height) if backend.spec.reads_size else (0, 0)
    apart = prompt.negative and isinstance(backend, NegativePrompts)
    return backend.spec.name, Prompt(prompt.text, width, height, apart)


def _guide(read: Sequence[Any], recipe: Recipe) -> Guide[Any] | ImagendError:
    for one in read:
        if isinstance(one, ImagendError):
            return one
    negative = read[1] if len(read) > 1 else None
    return Guide(positive=read[0], negative=negative, scale=recipe.guidance_scale, adapters=recipe.loras)


def _encoded(backend: Backend[Any], prompts: Sequence[Prompt]) -> Iterable[Any]:
    """Conditionings or errors, one for each prompt."""
    if isinstance(backend, Encoding) and len(prompts) > 1:
        together = attempt(partial(_together, backend, prompts))
        if not isinstance(together, ImagendError):
            return together
    return [attempt(partial(_alone, backend, prompt)) for prompt in prompts]


def _alone(backend: Backend[Any], prompt: Prompt) -> Any:
    if prompt.negative and isinstance(backend, NegativePrompts):
        return backend.encode_negative(prompt.text, prompt.width, prompt.height)
    return backend.encode(prompt.text, prompt.width, prompt.height)


def _together(backend: Encoding, prompts: Sequence[Prompt]) -> Sequence[Any]:
    made = backend.encode_many(prompts)
    if len(made) != len(prompts):
        raise ValueError(f"{len(prompts)} prompts were read as {len(made)}")
    return made


def _weight(conditioning: Any) -> int:
    return conditioning.nbytes if isinstance(conditioning, Weighed) else 0
