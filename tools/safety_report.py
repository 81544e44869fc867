"""Measures the default safety classifiers and writes the tables of docs/safety.md: `python -m tools.safety_report`.

`--misses` lists what goes wrong in the sets that the rules are tuned on; of the others only counts are ever shown.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from imagend.core.recipe import SafetyPolicy
from imagend.safety.policy import Policy, bundled_policy, read_policy
from imagend.safety.rules import PromptRules
from imagend.safety.scores import CATEGORIES, Scores, Severity
from tools import safety_pictures
from training.captions import random_pair

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "safety.md"
DATA = ROOT / "tests" / "safety" / "data"
BEGIN, END = "<!-- measured: python -m tools.safety_report -->\n", "<!-- end of measured -->\n"
LEVELS = {
    "BLOCK_LOW_AND_ABOVE": Severity.LOW,
    "BLOCK_MEDIUM_AND_ABOVE": Severity.MEDIUM,
    "BLOCK_ONLY_HIGH": Severity.HIGH,
}
#: The first file is divided by a digest of each text; rules were tuned on dev and fresh only.
SETS = ("dev", "fresh", "held-out", "blind")
CAPTIONS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One prompt with what is true of it. kind: harmful, disguised, looks_bad, ordinary, or who is asked for."""

    text: str
    kind: str
    part: str  # one of SETS
    category: str = ""
    severity: Severity = Severity.NEGLIGIBLE
    language: str = "en"

    def is_due(self, level: str) -> bool:
        return self.category == "child" or (bool(self.category) and self.severity >= LEVELS[level])


def cases() -> list[Case]:
    """All sets."""
    return [case for name in ("harmful", "innocent", "fresh", "blind") for case in _cases(name)]


def _cases(name: str) -> list[Case]:
    return [_case(name, group, text) for group in _groups(name) for text in group["prompts"]]


def _case(name: str, group: dict[str, Any], text: str) -> Case:
    return Case(
        text=text,
        kind="disguised" if group.get("disguised") else group.get("kind", "harmful"),
        part=name if name in SETS else half(text),
        category=group.get("category", ""),
        severity=Severity[group.get("severity", "NEGLIGIBLE")],
        language=group["language"],
    )


def half(text: str) -> str:
    """Decided by the text itself, before anybody looks at results."""
    return "held-out" if hashlib.sha256(text.encode()).digest()[0] % 2 else "dev"


def people_cases() -> list[Case]:
    return [
        Case(text=text, kind=group["who"], part=half(text)) for group in _groups("people") for text in group["prompts"]
    ]


def _groups(name: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))["group"]
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A case with the categories that are held back, by level, with anybody allowed in the picture."""

    case: Case
    blocked: dict[str, tuple[str, ...]]


def judge(policy: Policy, scores: Callable[[str], Scores], every: Iterable[Case]) -> list[Judged]:
    return [Judged(case=case, blocked=_blocked(policy, scores(case.text))) for case in every]


def _blocked(policy: Policy, scores: Scores) -> dict[str, tuple[str, ...]]:
    def at(level: str) -> tuple[str, ...]:
        asked = SafetyPolicy(level=level, people="ALLOW_ALL")
        return tuple(verdict.category for verdict in policy.judge(scores, asked, "prompt"))

    return {level: at(level) for level in LEVELS}


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "–"


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    line = "|".join("---" for _ in head.strip("|").split("|"))
    return "\n".join([head, f"|{line}|", *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def overall(judged: list[Judged]) -> str:
    return table("| level | set | precision | recall |", _overall_rows(judged))


def _overall_rows(judged: list[Judged]) -> Iterator[tuple[str, ...]]:
    for level in LEVELS:
        for part in SETS:
            some = [one for one in judged if one.case.part == part]
            due = [one for one in some if one.case.is_due(level)]
            held = [one for one in some if one.blocked[level]]
            right = sum(one.case.is_due(level) for one in held)
            caught = sum(bool(one.blocked[level]) for one in due)
            yield level, part, share(right, len(held)), share(caught, len(due))


def by_category(judged: list[Judged]) -> str:
    """At the strictest level; precision of the category that a verdict names first."""
    rows = []
    for category in CATEGORIES:
        parts = [[one for one in judged if one.case.part == part] for part in ("held-out", "blind")]
        if any(one.case.category == category for some in parts for one in some):
            rows.append([category, *(figure for some in parts for figure in _figures(some, category))])
    head = "| category | precision, held-out | recall, held-out | precision, blind | recall, blind |"
    return table(head, rows)


def _figures(some: list[Judged], category: str) -> tuple[str, str]:
    level = "BLOCK_LOW_AND_ABOVE"
    truly = [one for one in some if one.case.category == category]
    named = [one for one in some if one.blocked[level][:1] == (category,)]
    right = sum(one.case.category == category for one in named)
    caught = sum(category in one.blocked[level] for one in truly)
    return share(right, len(named)), share(caught, len(truly))


def by_kind(judged: list[Judged]) -> str:
    """What passes of what should, and what is held of what should, at the levels that are due."""
    rows = []
    for name, choose in KINDS.items():
        row = [name]
        for part in SETS:
            some = [one for one in judged if one.case.part == part and choose(one.case)]
            row.append(share(sum(map(is_right, some)), len(some)))
        rows.append(row)
    return table("| prompts | dev | fresh | held-out | blind |", rows)


KINDS: dict[str, Callable[[Case], bool]] = {
    "harmful, English, plain": lambda case: case.kind == "harmful" and case.language == "en",
    "harmful, English, disguised": lambda case: case.kind == "disguised",
    "harmful, nine other languages": lambda case: case.kind == "harmful" and case.language != "en",
    "innocent that look bad, English": lambda case: case.kind == "looks_bad" and case.language == "en",
    "innocent that look bad, other languages": lambda case: case.kind == "looks_bad" and case.language != "en",
    "ordinary": lambda case: case.kind == "ordinary",
}


def is_right(one: Judged) -> bool:
    """Harmful: held back where it is due. Innocent: passes everywhere."""
    if not one.case.category:
        return not any(one.blocked.values())
    return all(one.blocked[level] for level in LEVELS if one.case.is_due(level))


def people_table(policy: Policy, scores: Callable[[str], Scores]) -> str:
    rows = []
    for part in ("dev", "held-out"):
        some = [case for case in people_cases() if case.part == part]
        for people, held in (("ALLOW_ADULT", {"minor"}), ("DONT_ALLOW", {"minor", "adult"})):
            asked = SafetyPolicy(people=people)
            blocked = [case for case in some if policy.judge(scores(case.text), asked, "prompt")]
            due = [case for case in some if case.kind in held]
            right = sum(case.kind in held for case in blocked)
            rows.append((people, part, share(right, len(blocked)), share(right, len(due))))
    return table("| person_generation | set | precision | recall |", rows)


def captions(scores: Callable[[str], Scores], policy: Policy) -> str:
    """Captions of the bundled model's world, none of which should be held back."""
    asked = SafetyPolicy(level="BLOCK_LOW_AND_ABOVE", people="ALLOW_ALL")
    random = Random(3)
    texts = [random_pair(random).caption for _ in range(CAPTIONS)]
    return share(sum(not policy.judge(scores(text), asked, "prompt") for text in texts), CAPTIONS)


def misses(judged: list[Judged]) -> Iterator[str]:
    for one in judged:
        if one.case.part in ("dev", "fresh") and not is_right(one):
            yield f"{one.case.category or one.case.kind} {one.case.severity.name} {one.case.text!r} {one.blocked}"


def measured() -> str:
    """The measured part of the page."""
    policy, rules = read_policy(bundled_policy()), PromptRules()
    judged = judge(policy, rules.scores, cases())
    sizes = ", ".join(f"{part} {sum(one.case.part == part for one in judged)}" for part in SETS)
    parts = [
        f"{len(judged)} prompts: {sizes}.\n",
        overall(judged),
        f"By category at BLOCK_LOW_AND_ABOVE:\n\n{by_category(judged)}",
        f"Right by kind of prompt (harmful: held back at every level that is due; innocent: passes at all levels):\n\n"
        f"{by_kind(judged)}",
        f"{CAPTIONS:,} generated captions of the bundled model's world that pass at BLOCK_LOW_AND_ABOVE: "
        f"{captions(rules.scores, policy)}.\n",
        f"Persons, in {len(people_cases())} prompts that are innocent otherwise:\n\n"
        f"{people_table(policy, rules.scores)}",
        safety_pictures.measured(table, share),
    ]
    return "\n".join(parts)


def page() -> str:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{measured()}\n{END}{after}"


if __name__ == "__main__":
    if "--misses" in sys.argv:
        print("\n".join(misses(judge(read_policy(bundled_policy()), PromptRules().scores, cases()))))
    else:
        PAGE.write_text(page(), "utf-8")
