"""Tests that are run again and again count as often as they were run, and those that fail as broken promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import repeated, worker_rounds
from tools.reliability_page import ROOT
from tools.reliability_rows import ROWS

TESTS = """
import pytest

@pytest.mark.parametrize("word", ["a", "b"])
def test_well(word):
    assert word

def test_now_and_then(_again):
    assert _again != 1, "the second time"
"""


def test_every_run_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(TESTS)
    monkeypatch.setattr(repeated, "ROWS", {"F1": repeated.Again(title="some", tests=(str(file),), share=0.5)})
    (found,) = repeated.run(6, 1, tmp_path / "told")
    assert (found.repetitions, found.notes["each"], found.notes["alone"]) == (9, 3, True)
    (sentence,) = found.violations
    assert "test_now_and_then" in sentence
    assert "the second time" in sentence
    file.unlink()
    with pytest.raises(RuntimeError, match="F1"):  # nothing to run is no success
        repeated.run_row("F1", 6, tmp_path / "again")


def test_rows_name_tests_that_exist_and_are_on_the_page() -> None:
    for row in repeated.ROWS.values():
        for test in row.tests:
            path, _, name = test.partition("::")
            assert f"def {name}" in (ROOT / path).read_text("utf-8"), test
    for name, known in (("repeated", repeated.ROWS), ("worker_rounds", worker_rounds.ROUNDS)):
        assert {fault for fault, row in ROWS.items() if name in row.sets} == set(known)
