"""Kinds of request parameters: how each reads what clients really send.

Clients send numbers as strings, enums in either case and `null` for "not given"; CONTRACT rules of
coercion live here once, so that validation, documents and forms agree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from imagend.core.errors import BadParameter


class Param(Protocol):
    """One named parameter of a model card."""

    def read(self, name: str, value: object) -> Any:
        """The value in our own type. Raises BadParameter naming the field and what is allowed."""
        ...

    def schema(self) -> dict[str, Any]:
        """JSON Schema of what clients should send."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    max_length: int

    def read(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise BadParameter(name, f"{name} must be a string")
        if len(value) > self.max_length:
            raise BadParameter(name, f"{name} must have at most {self.max_length} characters")
        # Lone surrogates (legal in JSON escapes) cannot be stored as UTF-8.
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    minimum: int
    maximum: int

    def read(self, name: str, value: object) -> int:
        allowed = f"{name} must be an integer from {self.minimum} to {self.maximum}"
        number = _number(value)
        if number is None or number != math.floor(number) or not self.minimum <= number <= self.maximum:
            raise BadParameter(name, allowed)
        return int(number)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    minimum: float
    maximum: float

    def read(self, name: str, value: object) -> float:
        number = _number(value)
        if number is None or not self.minimum <= number <= self.maximum:
            raise BadParameter(name, f"{name} must be a number from {self.minimum:g} to {self.maximum:g}")
        return float(number)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    choices: tuple[str, ...]
    fold_case: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)  # accepted, not advertised
    restricted: tuple[str, ...] = ()  # further values, for those who are allowed them

    def read(self, name: str, value: object) -> str:
        if isinstance(value, str):
            word = value.upper() if self.fold_case else value
            word = self.aliases.get(word, word)
            if word in self.choices:
                return word
        raise BadParameter(name, f"{name} must be one of {', '.join(self.choices)}")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    def read(self, name: str, value: object) -> bool:
        return read_flag(name, value)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Exact pixels as one word: "1536x1024"."""

    minimum: int  # of each side, pixels
    maximum: int
    most_pixels: int | None = None  # of both sides together

    def read(self, name: str, value: object) -> tuple[int, int]:
        sides = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value) if isinstance(value, str) else None
        if sides is not None:
            width, height = int(sides[1]), int(sides[2])
            few = self.most_pixels is None or width * height <= self.most_pixels
            if few and min(width, height) >= self.minimum and max(width, height) <= self.maximum:
                return width, height
        span = f"sides of {self.minimum} to {self.maximum} pixels"
        span += f" and at most {self.most_pixels} pixels in all" if self.most_pixels else ""
        raise BadParameter(name, f"{name} must be WIDTHxHEIGHT with {span}")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$"}


_NUMERIC = re.compile(r"-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?")


def _number(value: object) -> int | float | None:
    """A finite number from a JSON number or a numeric string; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 32 and _NUMERIC.fullmatch(value):
        return float(value) if "." in value else int(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    return None


def read_flag(name: str, value: object) -> bool:
    """true/false, "true"/"false", 0/1; raises BadParameter otherwise."""
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    flag = words.get(str(value).lower()) if isinstance(value, str | int) else None
    if flag is None:
        raise BadParameter(name, f"{name} must be true or false")
    return flag


def param_from_table(table: Mapping[str, Any]) -> Param:
    """Read one parameter from a card's TOML table; an unknown kind or key is a KeyError or TypeError."""
    kinds: dict[str, Callable[..., Param]] = {
        "text": Text, "integer": Integer, "number": Number, "choice": Choice, "flag": Flag, "size": Size,
    }  # fmt: skip
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key != "kind"}
    return kinds[table["kind"]](**fields)
