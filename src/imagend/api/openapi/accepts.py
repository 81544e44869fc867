"""Parameters of cards as JSON Schema of everything that is accepted: also numbers as text, words in any case, null.

A card's own `schema()` is what clients should send; this is what they may.
"""

from __future__ import annotations

import re

from imagend.api.openapi.parts import MAX_NAMES, Schema
from imagend.core.card import ModelCard
from imagend.core.loras import Loras
from imagend.core.params import Choice, Flag, Integer, Number, Param, Size, Text

NULL: Schema = {"type": "null"}
_MOST_CHARACTERS = 32  # of a number in text


def accepted(param: Param) -> Schema:
    """What `param.read` takes, and null for "not given"."""
    return {"anyOf": [*_kinds(param), NULL]}


def body_of(card: ModelCard) -> Schema:
    """The body of POST /v1/{slug} and /v2/{slug}: fields that the card documents are strict, others are honoured where
    they can be and ignored where not."""
    properties = {name: _property(card, name) for name in card.params}
    for alias, name in card.aliases.items():
        properties[alias] = _property(card, name) | {"description": f"another name of {name}"}
    properties["prompt"] = required_text(card.params["prompt"])
    return {"type": "object", "required": ["prompt"], "properties": properties, **MAX_NAMES}


def required_text(param: Param) -> Schema:
    """A text with something in it."""
    return param.schema() | {"pattern": r"[^\s\u0000\u001c-\u001f\u0085]"}


def _property(card: ModelCard, name: str) -> Schema:
    param = card.params[name]
    default = {"default": card.defaults[name]} if name in card.defaults else {}
    if name in card.documented:
        return accepted(param) | default
    return {"description": f"{_words(param)}; ignored if it is not", **default}


def _words(param: Param) -> str:
    return ", ".join(f"{key} {value}" for key, value in param.schema().items())


def _kinds(param: Param) -> list[Schema]:
    match param:
        case Integer(minimum=low, maximum=high):
            text = f"^(?:{integers(low, high)})(?:[.]0+)?$"
            return [param.schema(), {"type": "string", "pattern": text, "maxLength": _MOST_CHARACTERS}]
        case Number(minimum=low, maximum=high):
            text = f"^(?:{decimals(int(low), int(high))})$"
            return [param.schema(), {"type": "string", "pattern": text, "maxLength": _MOST_CHARACTERS}]
        case Choice(choices=choices, fold_case=fold, aliases=aliases):
            words = [*choices, *aliases]
            return [{"type": "string", "pattern": _any_case(words)} if fold else {"type": "string", "enum": words}]
        case Flag():
            return [{"type": "boolean"}, {"type": "string", "pattern": _any_case(["true", "false", "0", "1"])},
                    {"type": "integer", "enum": [0, 1]}]  # fmt: skip
        case Size(minimum=low, maximum=high):
            side = f"(?:{integers(low, high)})"
            return [{"type": "string", "pattern": f"^{side}x{side}$"}]
        case Text() | Loras():
            return [param.schema()]
    raise AssertionError(param)


def _any_case(words: list[str]) -> str:
    """A pattern for any of the words in any mixture of cases: patterns have no flags here."""
    spelled = ["".join(_letter(letter) for letter in word) for word in words]
    return f"^(?:{'|'.join(spelled)})$"


def _letter(letter: str) -> str:
    return f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else re.escape(letter)


def integers(low: int, high: int) -> str:
    """A pattern for the integers low..high without leading zeros; low >= -1."""
    assert -1 <= low <= high
    if low < 0:
        return f"-1|{integers(0, high)}"
    parts, start = [], low
    while start <= high:
        end = min(high, 10 ** len(str(start)) - 1)
        parts.append(_same_length(str(start), str(end)))
        start = end + 1
    return "|".join(parts)


def decimals(low: int, high: int) -> str:
    """A pattern for the decimal numbers low..high, both integers, 0 <= low < high."""
    return rf"(?:{integers(low, high - 1)})(?:[.][0-9]+)?|{high}(?:[.]0+)?"


def _same_length(low: str, high: str) -> str:
    """low..high, both with the same number of digits."""
    if low == high:
        return low
    if len(low) == 1:
        return f"[{low}-{high}]"
    if low[0] == high[0]:
        return f"{low[0]}(?:{_same_length(low[1:], high[1:])})"
    rest = len(low) - 1
    parts = [f"{low[0]}(?:{_same_length(low[1:], '9' * rest)})"]
    if int(high[0]) - int(low[0]) > 1:
        parts.append(f"[{int(low[0]) + 1}-{int(high[0]) - 1}][0-9]{{{rest}}}")
    return "|".join([*parts, f"{high[0]}(?:{_same_length('0' * rest, high[1:])})"])
