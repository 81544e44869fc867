"""ModelCard: what a slug accepts, what it makes of it and what it costs. All of it is data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from imagend.core.errors import BadParameter
from imagend.core.loras import LORAS
from imagend.core.params import Choice, Param
from imagend.core.recipe import SAFETY_LEVELS, Recipe, SafetyPolicy

_LEVEL = "safety_filter_level"
_EXACT_PIXELS = frozenset({"size", "width", "height"})
PROMPT_ERROR = "Prompt is Mandatory and must be string"  # the wording clients of the hosted API match on


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A recipe, and the names that were sent but do not apply to this model."""

    recipe: Recipe
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    slug: str
    title: str
    description: str
    backend: str
    price_microcredits: int  # per picture
    params: Mapping[str, Param]  # the union of all fields: honoured on every slug
    documented: frozenset[str]  # fields whose illegal values are errors here; elsewhere they are ignored
    defaults: Mapping[str, Any]
    sizes: Mapping[str, Mapping[str, tuple[int, int]]]  # "1K" -> "16:9" -> (width, height) in pixels
    default_pixels: int  # the other side, when only one of width and height is given
    aliases: Mapping[str, str] = field(default_factory=dict)  # other names that clients use -> our name
    google_ids: tuple[str, ...] = ()  # what Google calls it; the first is the one we list
    retired: bool = False  # listed, and refused
    released_at: int = 0  # epoch seconds; OpenAI's model list shows it as `created`

    def under(self, choices: frozenset[str], floor: str | None) -> ModelCard:
        """The card for a caller who may send these restricted values, and no safety_filter_level that is looser than
        `floor` (one of SAFETY_LEVELS; None: any)."""
        params = {name: _opened(param, choices) for name, param in self.params.items()} if choices else self.params
        if floor is None:
            return self if params is self.params else replace(self, params=params)
        strict = SAFETY_LEVELS[: SAFETY_LEVELS.index(floor) + 1]
        levels = params[_LEVEL]
        assert isinstance(levels, Choice), levels
        allowed = replace(levels, choices=tuple(word for word in levels.choices if word in strict))
        level = self.defaults[_LEVEL] if self.defaults[_LEVEL] in strict else floor
        return replace(self, params={**params, _LEVEL: allowed}, defaults={**self.defaults, _LEVEL: level})

    def resolve(self, raw: Mapping[str, object], draw_seed: Callable[[], int]) -> Resolved:
        """Turn what a client sent (in this card's vocabulary) into a complete recipe.

        `draw_seed` gives a fresh seed in 0..2**31-1 when none, or -1, was sent.
        Raises BadParameter for an illegal value of a documented field.
        """
        values, ignored = self._read(raw)
        ratio_sent = "aspect_ratio" in values
        values = {**self.defaults, **values}
        width, height = self._pixels(values)
        if ratio_sent and values.keys() & _EXACT_PIXELS:
            ignored.append("aspect_ratio")  # exact pixels win
        seed = values["seed"] if values["seed"] >= 0 else draw_seed()
        recipe = Recipe(
            model=self.slug,
            backend=self.backend,
            prompt=values["prompt"],
            negative_prompt=values["negative_prompt"],
            width=width,
            height=height,
            steps=values["steps"],
            guidance_scale=values["guidance_scale"],
            scheduler=values["scheduler"],
            seed=seed,
            count=values["num_images"],
            output_format=values["output_format"],
            quality=values["quality"],
            watermark=values["add_watermark"],
            safety=SafetyPolicy(level=values["safety_filter_level"], people=values["person_generation"]),
            loras=values.get(LORAS, ()),
        )
        return Resolved(recipe=recipe, ignored=tuple(sorted(set(ignored))))

    def _read(self, raw: Mapping[str, object]) -> tuple[dict[str, Any], list[str]]:
        values: dict[str, Any] = {"prompt": self._prompt(raw)}
        ignored: list[str] = []
        for sent, value in raw.items():
            name = self.aliases.get(sent, sent)
            if value is None or name == "prompt":
                continue
            if name not in self.params:
                ignored.append(sent)
                continue
            try:
                values[name] = self.params[name].read(sent, value)
            except BadParameter:
                if name in self.documented:
                    raise
                ignored.append(sent)
        return values, ignored

    def _prompt(self, raw: Mapping[str, object]) -> str:
        prompt = raw.get("prompt")
        if not isinstance(prompt, str) or not prompt.replace("\0", "").strip():
            raise BadParameter("prompt", PROMPT_ERROR)
        text: str = self.params["prompt"].read("prompt", prompt)
        return text

    def _pixels(self, values: Mapping[str, Any]) -> tuple[int, int]:
        if "size" in values:
            width, height = values["size"]
            return width, height
        if "width" in values or "height" in values:
            return values.get("width", self.default_pixels), values.get("height", self.default_pixels)
        return self.sizes[values["image_size"]][values["aspect_ratio"]]

    def takes(self, **values: object) -> bool:
        """Whether these fields may have these values."""
        try:
            for name, value in values.items():
                self.params[name].read(name, value)
        except BadParameter:
            return False
        return True

    def words_of_size(self, width: int, height: int) -> dict[str, Any]:
        """Fields that ask for such a picture: its ratio where clients may name it, else its pixels."""
        ratio = self.params["aspect_ratio"]
        assert isinstance(ratio, Choice), ratio
        for image_size, ratios in self.sizes.items():
            for name, pixels in ratios.items():
                if pixels == (width, height) and name in ratio.choices:
                    return {"aspect_ratio": name, "image_size": image_size}
        return {"size": f"{width}x{height}"}

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the request body, documented fields first."""
        names = sorted(self.params, key=lambda name: (name not in self.documented, name != "prompt"))
        properties = {name: self._property(name) for name in names}
        return {"type": "object", "required": ["prompt"], "properties": properties}

    def _property(self, name: str) -> dict[str, Any]:
        schema = self.params[name].schema()
        if name in self.defaults:
            schema["default"] = self.defaults[name]
        return schema


def _opened(param: Param, choices: frozenset[str]) -> Param:
    if not isinstance(param, Choice) or choices.isdisjoint(param.restricted):
        return param
    opened = tuple(word for word in param.restricted if word in choices)
    return replace(param, choices=(*param.choices, *opened))
