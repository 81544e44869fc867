"""The whole matrix: level x person_generation x stage x severity, against the contract's words and not the table's."""

from __future__ import annotations

import itertools
import re

import pytest

from imagend.core.errors import BadSetting
from imagend.core.recipe import PEOPLE_POLICIES, SAFETY_LEVELS, SafetyPolicy
from imagend.safety.guard import blocked
from imagend.safety.policy import bundled_policy, read_policy
from imagend.safety.scores import CATEGORIES, Severity, worst

POLICY = read_policy(bundled_policy())
LEAST = {"BLOCK_LOW_AND_ABOVE": 1, "BLOCK_MEDIUM_AND_ABOVE": 2, "BLOCK_ONLY_HIGH": 3, "BLOCK_NONE": 4}
CODES = {
    "child": ("58061214", "17301594"), "sexual": ("90789179", "63429089"), "hate": ("57734940", "22137204"),
    "violence": ("61493863", "56562880"), "dangerous": ("62263041", "62263041"), "prohibited": ("89371032", "49114662"),
    "personal": ("92201652", "92201652"), "celebrity": ("29310472", "15236754"), "toxic": ("78610348", "78610348"),
    "people": ("39322892", "39322892"), "other": ("42876398", "29578790"),
}  # fmt: skip
GRADED = [category for category in CATEGORIES if category not in ("child", "people")]


def judged(scores: dict[str, Severity], level: str, people: str, stage: str = "prompt") -> tuple[str, ...]:
    verdicts = POLICY.judge(scores, SafetyPolicy(level=level, people=people), stage)
    return tuple(verdict.category for verdict in verdicts)


@pytest.mark.parametrize(
    ("level", "people", "stage"), list(itertools.product(SAFETY_LEVELS, PEOPLE_POLICIES, ("prompt", "image")))
)
def test_the_matrix(level: str, people: str, stage: str) -> None:
    for category, severity in itertools.product(GRADED, Severity):
        expected = (category,) if severity >= LEAST[level] else ()
        assert judged({category: severity}, level, people, stage) == expected
    for severity in Severity:
        expected = ("child",) if severity else ()
        assert judged({"child": severity}, level, people, stage) == expected
    adult, minor = {"people": Severity.HIGH}, {"people": Severity.HIGH, "minor": Severity.HIGH}
    by_choice = {"ALLOW_ALL": ((), ()), "ALLOW_ADULT": ((), ("child",)), "DONT_ALLOW": (("people",), ("people",))}
    assert (judged(adult, level, people, stage), judged(minor, level, people, stage)) == by_choice[people]


@pytest.mark.parametrize(("stage", "place"), [("prompt", 0), ("image", 1)])
def test_support_codes(stage: str, place: int) -> None:
    scores = dict.fromkeys(CATEGORIES, Severity.HIGH)
    verdicts = POLICY.judge(scores, SafetyPolicy(level="BLOCK_LOW_AND_ABOVE", people="DONT_ALLOW"), stage, 3)
    assert [verdict.category for verdict in verdicts] == list(CATEGORIES)
    assert [verdict.support_code for verdict in verdicts] == [CODES[category][place] for category in CATEGORIES]
    assert {(verdict.stage, verdict.index) for verdict in verdicts} == {(stage, 3)}


def test_the_sentence_names_stage_categories_and_codes() -> None:
    scores = {"violence": Severity.HIGH, "sexual": Severity.HIGH}
    failure = blocked(POLICY.judge(scores, SafetyPolicy(), "prompt"))
    assert failure.code == "content_blocked"
    assert failure.message == (
        "Content blocked by safety filter (stage=prompt, category=sexual/violence). Support codes: 90789179, 61493863"
    )


def test_two_pictures_for_one_reason_name_it_once() -> None:
    asked = SafetyPolicy(people="DONT_ALLOW")
    verdicts = [POLICY.judge({"people": Severity.HIGH}, asked, "image", index)[0] for index in (0, 1)]
    assert blocked(verdicts).message.endswith("(stage=image, category=people). Support codes: 39322892")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('none = "LOW"', 'none = "NEVER"', "child is held back from LOW on at every level"),
        ('medium = "LOW"', 'medium = "MEDIUM"', "child is held back from LOW on at every level"),
        ('low = "LOW"', 'low = "low"', "categories.child.low must be LOW, MEDIUM, HIGH or NEVER"),
        ("[categories.hate]", "[categories.hatred]", "missing or unknown: hate, hatred"),
        ('prompt = "90789179"', 'prompt = "none"', "categories.sexual.prompt must be a text of digits"),
        ("[people.DONT_ALLOW]", "[people.NOBODY]", "missing or unknown: DONT_ALLOW, NOBODY"),
        ('minor = "LOW"', 'cats = "LOW"', "people.ALLOW_ADULT may name people and minor, not cats"),
        ("[people.ALLOW_ALL]", "[other]\n[people.ALLOW_ALL]", "tables must be categories, people"),
        ("[categories.child]", "[categories.child", "is not TOML"),
    ],
)
def test_a_wrong_table_stops_the_server(before: str, after: str, words: str) -> None:
    text = bundled_policy()
    assert before in text
    with pytest.raises(BadSetting, match=re.escape(words)):
        read_policy(text.replace(before, after, 1))


def test_an_operator_may_change_thresholds() -> None:
    text = bundled_policy().replace('low = "LOW"\nmedium = "MEDIUM"', 'low = "MEDIUM"\nmedium = "HIGH"', 1)  # sexual
    policy = read_policy(text)
    assert policy.judge({"sexual": Severity.MEDIUM}, SafetyPolicy(), "prompt") == ()
    assert policy.judge({"sexual": Severity.HIGH}, SafetyPolicy(), "prompt") != ()


def test_the_worst_of_several_counts() -> None:
    assert worst([{"hate": Severity.LOW}, {"hate": Severity.HIGH, "toxic": Severity.LOW}, {}]) == {
        "hate": Severity.HIGH,
        "toxic": Severity.LOW,
    }
    with pytest.raises(ValueError, match="a classifier scored 'gore'"):
        worst([{"gore": Severity.LOW}])
