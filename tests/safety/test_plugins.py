from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from imagend.core.errors import BadSetting
from imagend.core.recipe import Recipe, SafetyPolicy
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import check_names, picture_guard, prompt_guard
from imagend.safety.policy import bundled_policy
from tests.workers.gateway import recipe

WORD = "tests.safety.painters:Word"


def asked(prompt: str, level: str = "BLOCK_NONE", people: str = "ALLOW_ALL") -> Recipe:
    return recipe(prompt=prompt, safety=SafetyPolicy(level=level, people=people))


def categories(options: SafetyOptions, recipe: Recipe) -> list[str]:
    return [verdict.category for verdict in prompt_guard(options).judge_prompt(recipe)]


def test_a_classifier_beside_the_rules() -> None:
    both = SafetyOptions(prompt=f"rules, {WORD}?word=kumquat&severity=MEDIUM")
    assert categories(both, asked("a kumquat", "BLOCK_MEDIUM_AND_ABOVE")) == ["other"]
    assert categories(both, asked("a kumquat", "BLOCK_ONLY_HIGH")) == []
    assert categories(both, asked("a naked man", "BLOCK_MEDIUM_AND_ABOVE")) == ["sexual"]


def test_what_is_firm_stays_when_the_rules_are_replaced() -> None:
    alone = SafetyOptions(prompt=f"{WORD}?word=kumquat")
    assert categories(alone, asked("a naked man", "BLOCK_LOW_AND_ABOVE")) == []
    assert categories(alone, asked("a naked child")) == ["child"]
    assert categories(alone, asked("a child with a kite", people="ALLOW_ADULT")) == ["child"]
    assert categories(alone, asked("a man with a kite", people="DONT_ALLOW")) == ["people"]


@pytest.mark.parametrize("setting", ["", "skin", "tests.safety.painters:Dark?below=0"])
def test_what_a_backend_says_is_always_heard(setting: str) -> None:
    guard = picture_guard(SafetyOptions(picture=setting))
    pixels = np.full((8, 8, 3), 200, np.uint8)
    nobody = asked("a lake", people="DONT_ALLOW")
    assert guard.judge_picture(nobody, pixels, ("lake", "man"), 0) is not None
    assert guard.judge_picture(nobody, pixels, ("lake", "boat"), 0) is None


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("rule", "safety_prompt must name rules or module:factory, not 'rule'"),
        ("no.such:thing", "no.such:thing cannot be imported"),
        ("tests.safety.painters:Nobody", "cannot be imported"),
        (WORD, "cannot be opened"),
        (f"{WORD}?word=x&colour=red", "cannot be opened"),
        (f"{WORD}?word", "cannot be opened"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, words: str) -> None:
    with pytest.raises(BadSetting, match=re.escape(words)):
        prompt_guard(SafetyOptions(prompt=setting))


@pytest.mark.parametrize("setting", ["skins", "contents, no.such:thing"])
def test_what_only_workers_open_is_checked_at_the_start(setting: str) -> None:
    with pytest.raises(BadSetting, match="safety_picture"):
        check_names(SafetyOptions(picture=setting))
    check_names(SafetyOptions(picture="contents, skin?severity=HIGH, tests.safety.painters:Dark?below=3"))


def test_options_of_the_built_in_ones_are_checked() -> None:
    with pytest.raises(BadSetting, match="severity must be LOW, MEDIUM or HIGH"):
        picture_guard(SafetyOptions(picture="skin?severity=SOME"))


def test_a_table_from_a_file(tmp_path: Path) -> None:
    table = tmp_path / "policy.toml"
    options = SafetyOptions(policy=table)
    with pytest.raises(BadSetting, match="cannot be read"):
        prompt_guard(options)
    table.write_text(bundled_policy().replace('none = "NEVER"', 'none = "LOW"', 1), "utf-8")
    assert categories(options, asked("a naked man")) == ["sexual"]
