"""Words and phrases as data: TOML files in, one longest-match table out.

A file holds a category: [high], [medium], [low] and [mild] (low, and no hint of sex), each with texts by language,
phrases divided by "|". people.toml knows [adult], [youth] (of unsaid age), [minor], and [near] for what only goes with
minors; innocent.toml only phrases; classes.toml names groups of words, which phrases use as {name}; context.toml holds
words that change others' weight.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from imagend.safety.scores import CATEGORIES, Severity
from imagend.safety.spelling import MARK, plain, tokens

_CLASS = re.compile(r"\{(\w+)\}")
_UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
SECTIONS = {"high": Severity.HIGH, "medium": Severity.MEDIUM, "low": Severity.LOW, "mild": Severity.LOW}
AGES = ("adult", "youth", "minor", "near")
_REGULAR = re.compile(r"[a-z]{4,}(?<![sxyz])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a phrase stands for. Of `people`, section is one of AGES; else it is one of SECTIONS."""

    category: str
    section: str

    @property
    def severity(self) -> Severity:
        return SECTIONS.get(self.section, Severity.HIGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A phrase found in tokens[start:end]. Without marks: it is innocent, and covers what it consists of."""

    start: int
    end: int
    marks: frozenset[Mark]


class Lexicon:
    """Immutable once built."""

    def __init__(self, phrases: Mapping[tuple[str, ...], frozenset[Mark]], context: Mapping[str, frozenset[str]]):
        self.context = context
        self._marks = phrases
        self._tree: dict[str, Any] = {}  # word -> the tree of what may follow; "" -> the marks of what ends here
        for phrase, found in phrases.items():
            node = self._tree
            for word in phrase:
                node = node.setdefault(word, {})
            node[""] = found

    @property
    def vocabulary(self) -> frozenset[str]:
        """Words that mean something, alone or (from four letters on) as part of a phrase."""
        meant = [phrase for phrase, marks in self._marks.items() if marks]
        parts = {word for phrase in meant for word in phrase if len(word) > 3}
        return frozenset(parts | {phrase[0] for phrase in meant if len(phrase) == 1})

    @property
    def words(self) -> frozenset[str]:
        """Words that mean something alone."""
        return frozenset(phrase[0] for phrase, marks in self._marks.items() if len(phrase) == 1 and marks)

    def words_of(self, category: str) -> frozenset[str]:
        return frozenset(
            phrase[0]
            for phrase, marks in self._marks.items()
            if len(phrase) == 1 and any(mark.category == category for mark in marks)
        )

    def find(self, words: Sequence[str]) -> Iterator[Hit]:
        """The longest phrase at each place, from left to right, none inside another."""
        at = 0
        while at < len(words):
            end, marks = self._longest(words, at) if words[at] in self._tree else (0, None)
            if marks is not None:
                yield Hit(start=at, end=end, marks=marks)
            at = end or at + 1

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, frozenset[Mark] | None]:
        """Where the longest phrase that begins here ends, and its marks; (0, None) when there is none."""
        node, best, marks = self._tree, 0, None
        while at < len(words) and words[at] in node:
            node, at = node[words[at]], at + 1
            if "" in node:
                best, marks = at, node[""]
        return best, marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The lexicon for languages with spaces, and terms of the others by their first two characters."""

    spaced: Lexicon
    unspaced: Mapping[str, tuple[str, ...]]
    unspaced_marks: Mapping[str, frozenset[Mark]]


def load_tables() -> Tables:
    """Read the files in the package. Raises ValueError for a file that does not hold together."""
    folder = files("imagend.safety") / "data" / "lexicon"
    texts = {item.name.removesuffix(".toml"): item.read_text("utf-8") for item in folder.iterdir()}
    return build_tables({name: tomllib.loads(text) for name, text in texts.items() if not name.startswith("_")})


def build_tables(data: Mapping[str, Mapping[str, Any]]) -> Tables:
    classes = {name: _split(text) for name, text in data["classes"].items()}
    context = {name: frozenset(map(_single, _split(text))) for name, text in data["context"].items()}
    marks: dict[tuple[str, ...] | str, set[Mark]] = {}
    innocent: set[tuple[str, ...] | str] = set()
    for mark, phrase in _marked(data):
        for form in _expanded(phrase, classes):
            for key in _keys(form, regular=mark is not None):
                marks.setdefault(key, set()).update([mark] if mark else [])
                innocent |= set() if mark else {key}
    if torn := sorted(str(key) for key in innocent if marks[key]):
        raise ValueError(f"both innocent and not: {', '.join(torn)}")
    spaced = {key: frozenset(found) for key, found in marks.items() if isinstance(key, tuple)}
    unspaced = {key: frozenset(found) for key, found in marks.items() if isinstance(key, str)}
    return Tables(spaced=Lexicon(spaced, context), unspaced=_by_two(unspaced), unspaced_marks=unspaced)


def _marked(data: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Mark | None, str]]:
    for category, sections in data.items():
        if category in ("classes", "context"):
            continue
        for section, languages in sections.items():
            mark = None
            if category != "innocent":
                allowed = AGES if category == "people" else tuple(SECTIONS)
                if category not in CATEGORIES or section not in allowed:
                    raise ValueError(f"lexicon {category}: no section {section!r}")
                mark = Mark(category=category, section=section)
            for text in languages.values():
                yield from ((mark, phrase) for phrase in _split(text))


def _split(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.replace("\n", " ").split("|") if phrase.strip()]


def _expanded(phrase: str, classes: Mapping[str, list[str]]) -> Iterator[str]:
    """Every way to fill the {classes} of a phrase."""
    parts = _CLASS.split(phrase)
    choices = [classes[part] if odd % 2 else [part] for odd, part in enumerate(parts)]
    yield from ("".join(filled) for filled in itertools.product(*choices))


def _keys(phrase: str, *, regular: bool) -> Iterator[tuple[str, ...] | str]:
    """A phrase as the tables know it, and its regular plural."""
    if _UNSPACED.search(phrase):
        yield plain(phrase)
        return
    words = tuple(word for word in tokens(plain(phrase)) if word != MARK)
    yield words
    if regular and _REGULAR.fullmatch(words[-1]):
        yield (*words[:-1], words[-1] + "s")


def _single(word: str) -> str:
    return tokens(plain(word))[0]


def _by_two(terms: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for term in sorted(terms, key=len, reverse=True):
        found.setdefault(term[:2], []).append(term)
    return {start: tuple(several) for start, several in found.items()}
