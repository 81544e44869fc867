"""A prompt twice as long costs about twice as much. Calls are counted, not time; the regular expressions below them
repeat only bounded groups that begin at word borders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.safety.rules import PromptRules

RULES = PromptRules()


def calls_of(work: Callable[[], Any]) -> int:
    """Calls of Python and C functions."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def cost(unit: str, length: int) -> int:
    text = (unit * (length // len(unit) + 1))[:length]
    return calls_of(lambda: RULES.scores(text))


@pytest.mark.parametrize(
    "unit",
    [
        "a quiet lake at dawn with mist ",
        "n a k e d ",
        "naked ",
        "kill all the ",
        "a",
        "12 ",
        "1-",
        "a@",
        "a*",
        "*",
        "4111 ",
        "a.b@c.d ",
        "no no but ",
        "girl's ",
        "裸",
        "नंगी ",
        "ﷺ",
        "a\u0301",
        "Aa",
        "(1) ",
        "year old ",
        "\u200b",
        "nakedwoman",
    ],
)
def test_cost_grows_with_length(unit: str) -> None:
    short, long = cost(unit, 3000), cost(unit, 6000)
    assert long <= 2.2 * short + 200


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_cost_of_any_repeated_text_grows_with_length(unit: str) -> None:
    short, long = cost(unit, 600), cost(unit, 1200)
    assert long <= 2.3 * short + 300


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="ab1 -.@*'4’é裸न", min_size=1, max_size=40))
def test_cost_of_nasty_text_grows_with_length(unit: str) -> None:
    short, long = cost(unit, 600), cost(unit, 1200)
    assert long <= 2.3 * short + 300
