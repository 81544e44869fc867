"""Ages that a prompt states, in years."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_SHORT = re.compile(r"(\d{1,2})(?:yo|y|yr|yrs|jahrige[rsnm]?)")
_COUNTED = re.compile(r"(\d{1,2})(?:歳|才|岁|歲|살|세)")
_YEARS = frozenset({"year", "years", "yr", "yrs", "yo", "y"})
_ABROAD = frozenset({"jahre", "jahren", "jahrige", "jahriges", "jahriger", "ans", "anos", "anni", "साल", "वर्ष"})
_AFTER = frozenset({"old", "olds", "of", "o"})
_BEFORE = frozenset({"aged", "age"})
_REACH = 4


def ages(words: Sequence[str], things: Set[str]) -> list[int]:
    """Years of living persons. Not counted: an age with one of `things` (whisky, oak) close behind or before it."""
    return [
        years
        for place, years in _stated(words)
        if things.isdisjoint(words[max(0, place - _REACH) : place + _REACH + 2])
    ]


def _stated(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    for place, word in enumerate(words):
        short = _SHORT.fullmatch(word) if word.isascii() else _COUNTED.search(word)
        if short:
            yield place, int(short.group(1))
            continue
        years = _number(word)
        if years is not None and _is_age(words, place):
            yield place, years


def _is_age(words: Sequence[str], place: int) -> bool:
    following = words[place + 1] if place + 1 < len(words) else ""
    after = words[place + 2] if place + 2 < len(words) else ""
    if following in _ABROAD or (following in _YEARS and after in _AFTER):
        return True
    return place > 0 and words[place - 1] in _BEFORE


def _number(word: str) -> int | None:
    if word.isdecimal() and len(word) <= 2:
        return int(word)
    return _NUMBERS.index(word) if word in _NUMBERS else None
