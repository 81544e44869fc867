"""The figures on the page are the measured ones, and the sets are what the page says."""

from __future__ import annotations

from tools.safety_report import PAGE, cases, page, people_cases


def test_the_page_states_what_is_measured() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tools.safety_report"


def test_the_sets_are_large_and_apart() -> None:
    every = cases()
    texts = [case.text for case in (*every, *people_cases())]
    assert len(texts) == len(set(texts))
    assert sum(bool(case.category) for case in every) >= 300
    assert sum(case.kind == "looks_bad" for case in every) >= 120
    assert len({case.category for case in every}) == 11  # ten categories, and none
