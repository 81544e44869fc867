"""The field `loras`: which adapters of a model a request wants, and how strongly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from imagend.core.errors import BadParameter
from imagend.core.params import Choice, Number

LORAS = "loras"
"""Its name. Only cards of models that have some know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loras:
    """A kind of parameter: a list of {"name": ..., "scale": ...}, each name once. A scale that is not said is 1."""

    names: tuple[str, ...]
    most: int
    most_scale: float  # and as much below 0

    def read(self, name: str, value: object) -> tuple[tuple[str, float], ...]:
        """Pairs of name and scale. Raises BadParameter."""
        if not isinstance(value, list) or len(value) > self.most:
            raise BadParameter(name, f"{name} must be a list of at most {self.most} objects with name and scale")
        found = [self._one(f"{name}[{place}]", one) for place, one in enumerate(value)]
        if len({one for one, _ in found}) < len(found):
            raise BadParameter(name, f"{name} must name each at most once")
        return tuple(found)

    def _one(self, place: str, value: object) -> tuple[str, float]:
        if not isinstance(value, dict) or not {"name"} <= set(value) <= {"name", "scale"}:
            raise BadParameter(place, f"{place} must be an object with name, one of {', '.join(self.names)}, and scale")
        scale = 1.0 if value.get("scale") is None else self._scale.read(f"{place}.scale", value["scale"])
        return Choice(choices=self.names).read(f"{place}.name", value["name"]), scale

    @property
    def _scale(self) -> Number:
        return Number(minimum=-self.most_scale, maximum=self.most_scale)

    def schema(self) -> dict[str, Any]:
        one = {
            "type": "object",
            "required": ["name"],
            "properties": {"name": Choice(choices=self.names).schema(), "scale": self._scale.schema() | {"default": 1}},
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": self.most, "uniqueItems": True, "items": one}


def named(loras: Iterable[tuple[str, float]]) -> list[dict[str, Any]]:
    """Pairs of name and scale as requests have them."""
    return [{"name": name, "scale": scale} for name, scale in loras]
