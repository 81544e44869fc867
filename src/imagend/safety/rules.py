"""The prompt classifier that needs no weights: words and phrases, and what their neighbours make of them.

In this order: disguises off; longest phrases (an innocent phrase covers its words); what is said not to be there does
not count; works of art, toys and the like take a step off what is not HIGH; minors with anything sexual are `child`.
Every step is linear in the length of the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imagend.safety.ages import ages
from imagend.safety.lexicon import Hit, Mark, Tables, load_tables
from imagend.safety.personal import personal
from imagend.safety.scores import MINOR, Scores, Severity
from imagend.safety.spelling import MARK, POSSESSIVE, Unmask, grams, tokens

NEGATION_REACH = 3  # words
ATTACK_REACH = 5
#: Category -> which words of context.toml take a step off; pretence also takes the last one.
SOFT = {
    "sexual": "art",
    "violence": "pretence",
    "dangerous": "pretence",
    "hate": "remembrance",
    "celebrity": "likeness",
}
ADULT_YEARS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What stands in a prompt: phrases that are meant, in order."""

    words: Sequence[str]
    hits: tuple[Hit, ...]

    def marks(self) -> Iterator[Mark]:
        for hit in self.hits:
            yield from hit.marks


class PromptRules:
    """Holds the tables; safe from any thread."""

    def __init__(self, tables: Tables | None = None) -> None:
        self._tables = tables or load_tables()
        lexicon = self._tables.spaced
        self._context = lexicon.context
        self._unmask = Unmask(
            lexicon.vocabulary, (lexicon.words_of("sexual"), lexicon.words_of("people")), lexicon.words
        )

    def scores(self, prompt: str) -> Scores:
        text = self._unmask(prompt)
        words = tokens(text)
        present = frozenset(words)
        reading = Reading(words=words, hits=(*self._meant(words), *self._unspaced(text)))
        found: dict[str, Severity] = {}
        embodied = not present.isdisjoint(self._context["figures"])
        embodied = embodied or any(mark.category in ("people", "celebrity") for mark in reading.marks())
        for mark in reading.marks():
            if mark.category == "sexual" and mark.severity is Severity.LOW and not embodied:
                continue  # a busty oak
            if mark.category != "people":
                severity = self._softened(mark, present)
                found[mark.category] = max(severity, found.get(mark.category, Severity.NEGLIGIBLE))
        found |= self._people(reading, present)
        if self._attacked(reading):
            found["violence"] = max(Severity.MEDIUM, found.get("violence", Severity.NEGLIGIBLE))
        if self._sexual_minor(reading, present):
            found["child"] = Severity.HIGH
        found["personal"] = max(
            personal(text, present, self._context["own"]), found.get("personal", Severity.NEGLIGIBLE)
        )
        return {name: severity for name, severity in found.items() if severity}

    def _meant(self, words: Sequence[str]) -> Iterator[Hit]:
        """Phrases with a meaning that nobody negates."""
        for hit in self._tables.spaced.find(words):
            if hit.marks and not self._negated(words, hit.start):
                yield hit

    def _unspaced(self, text: str) -> Iterator[Hit]:
        if text.isascii():
            return
        for at, term in grams(self._tables.unspaced, text):
            marks = self._tables.unspaced_marks[term]
            if marks:
                yield Hit(start=-at - 2, end=-at - 1, marks=marks)  # places of another count: no neighbours

    def _negated(self, words: Sequence[str], start: int) -> bool:
        for place in range(start - 1, max(-1, start - 1 - NEGATION_REACH), -1):
            word = words[place]
            if word == MARK or word in self._context["turns"]:
                return False
            if word in self._context["negators"]:
                return True
        return False

    def _softened(self, mark: Mark, present: frozenset[str]) -> Severity:
        name = SOFT.get(mark.category, "")
        if mark.severity is Severity.HIGH or present.isdisjoint(self._context.get(name, frozenset())):
            return mark.severity
        if mark.severity is Severity.LOW:
            return Severity.NEGLIGIBLE if name == "pretence" else Severity.LOW
        return Severity.LOW

    def _people(self, reading: Reading, present: frozenset[str]) -> dict[str, Severity]:
        """Who is asked for. A girl's kite is no girl; a girl of twenty is no minor."""
        found: dict[str, Severity] = {}
        years = ages(reading.words, self._context["aged"])
        grown = not present.isdisjoint(self._context["grown"]) or any(age >= ADULT_YEARS for age in years)
        for hit in reading.hits:
            for mark in hit.marks:
                if mark.category == "celebrity":
                    found["people"] = Severity.HIGH
                if mark.category == "people" and mark.section != "near" and not self._owner(reading.words, hit.end):
                    found["people"] = Severity.HIGH
                    if mark.section == "minor" or (mark.section == "youth" and not grown):
                        found[MINOR] = Severity.HIGH
        if any(age < ADULT_YEARS for age in years):
            found |= {"people": Severity.HIGH, MINOR: Severity.HIGH}
        return found

    def _owner(self, words: Sequence[str], end: int) -> bool:
        """Whether a person is only named as whose a thing is."""
        if not 0 < end < len(words) or words[end] != POSSESSIVE:
            return False
        return not any(word in self._context["body"] for word in words[end + 1 : end + 4])

    def _sexual_minor(self, reading: Reading, present: frozenset[str]) -> bool:
        """Owners count here, and being grown does not help who is called a child."""
        sexual = {mark.section for mark in reading.marks() if mark.category == "sexual"} - {"mild"}
        if not sexual:
            return False
        years = ages(reading.words, self._context["aged"])
        sections = {mark.section for mark in reading.marks() if mark.category == "people"}
        grown = not present.isdisjoint(self._context["grown"]) or any(age >= ADULT_YEARS for age in years)
        young = bool(sections & {"minor", "near"}) or ("youth" in sections and not grown)
        return young or any(age < ADULT_YEARS for age in years)

    def _attacked(self, reading: Reading) -> bool:
        """A word of attack with a person right after it."""
        attacks, words = self._context["attacks"], reading.words
        for hit in reading.hits:
            if hit.start > 0 and any(mark.category == "people" for mark in hit.marks):
                before = words[max(0, hit.start - ATTACK_REACH) : hit.start]
                if not attacks.isdisjoint(before) and MARK not in before:
                    return self._context["cameras"].isdisjoint(words)
        return False
