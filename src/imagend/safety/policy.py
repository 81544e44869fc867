"""The policy table: severities, a level and a choice about people in; verdicts out. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from imagend.core.errors import BadSetting
from imagend.core.outcome import Verdict
from imagend.core.recipe import PEOPLE_POLICIES, SAFETY_LEVELS, SafetyPolicy
from imagend.safety.scores import CATEGORIES, MINOR, Scores, Severity

STAGES = ("prompt", "image")
NEVER = 1 + max(Severity)  # no severity reaches it
#: Held back at every level, by whatever table and whoever asks.
ALWAYS = "child"
_COLUMNS = dict(zip(SAFETY_LEVELS, ("low", "medium", "high", "none"), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One category: its support codes by stage, and the least severity held back by level."""

    codes: Mapping[str, str]
    thresholds: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`rules` by category; `people` by person_generation: name (people, minor) -> least severity left out."""

    rules: Mapping[str, Rule]
    people: Mapping[str, Mapping[str, int]]

    def judge(self, scores: Scores, asked: SafetyPolicy, stage: str, index: int | None = None) -> tuple[Verdict, ...]:
        """One verdict for each category that is held back, in the order of CATEGORIES; () lets pass."""
        blocked = {category for category in CATEGORIES if self._over(scores, category, asked.level)}
        left_out = self.people[asked.people]
        if any(_severity(scores, name) >= least for name, least in left_out.items() if name != MINOR):
            blocked.add("people")
        elif MINOR in left_out and _severity(scores, MINOR) >= left_out[MINOR]:
            blocked.add("child")
        return tuple(self._verdict(category, stage, index) for category in CATEGORIES if category in blocked)

    def _over(self, scores: Scores, category: str, level: str) -> bool:
        severity = _severity(scores, category)
        return severity > Severity.NEGLIGIBLE and severity >= self.rules[category].thresholds[level]

    def _verdict(self, category: str, stage: str, index: int | None) -> Verdict:
        code = self.rules[category].codes[stage]
        return Verdict(stage=stage, category=category, support_code=code, index=index)


def _severity(scores: Scores, name: str) -> Severity:
    return scores.get(name, Severity.NEGLIGIBLE)


def bundled_policy() -> str:
    """The TOML text of the table in the package."""
    return (files("imagend.safety") / "data" / "policy.toml").read_text("utf-8")


def read_policy(text: str) -> Policy:
    """Build the table from TOML. Raises BadSetting naming what is missing, unknown or not allowed."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"safety_policy is not TOML: {error}") from error
    _same(set(data), {"categories", "people"}, "tables")
    _same(set(data["categories"]), set(CATEGORIES), "categories")
    _same(set(data["people"]), set(PEOPLE_POLICIES), "people")
    rules = {name: _rule(name, row) for name, row in data["categories"].items()}
    people = {choice: _left_out(choice, row) for choice, row in data["people"].items()}
    if any(least > Severity.LOW for least in rules[ALWAYS].thresholds.values()):
        raise BadSetting(f"safety_policy: {ALWAYS} is held back from LOW on at every level; this cannot be changed")
    return Policy(rules=rules, people=people)


def _rule(name: str, row: Mapping[str, Any]) -> Rule:
    _same(set(row), {*STAGES, *_COLUMNS.values()}, f"keys of categories.{name}")
    for stage in STAGES:
        if not (isinstance(row[stage], str) and row[stage].isdigit()):
            raise BadSetting(f"safety_policy: categories.{name}.{stage} must be a text of digits, not {row[stage]!r}")
    return Rule(
        codes={stage: row[stage] for stage in STAGES},
        thresholds={level: _least(f"categories.{name}.{column}", row[column]) for level, column in _COLUMNS.items()},
    )


def _left_out(choice: str, row: Mapping[str, Any]) -> dict[str, int]:
    unknown = set(row) - {"people", MINOR}
    if unknown:
        raise BadSetting(f"safety_policy: people.{choice} may name people and minor, not {', '.join(sorted(unknown))}")
    return {name: _least(f"people.{choice}.{name}", value) for name, value in row.items()}


def _least(where: str, value: object) -> int:
    if value == "NEVER":
        return NEVER
    if value in ("LOW", "MEDIUM", "HIGH"):
        return Severity[str(value)]
    raise BadSetting(f"safety_policy: {where} must be LOW, MEDIUM, HIGH or NEVER, not {value!r}")


def _same(found: set[str], wanted: set[str], what: str) -> None:
    if found != wanted:
        odd = ", ".join(sorted(found ^ wanted))
        raise BadSetting(f"safety_policy: {what} must be {', '.join(sorted(wanted))}; missing or unknown: {odd}")
