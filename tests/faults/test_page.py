"""docs/reliability.md says what was recorded, and names only what exists."""

from __future__ import annotations

import importlib
import re

import pytest

from faults.__main__ import SETS
from faults.nemesis_shared import SHARED
from tools import reliability_page
from tools.reliability_page import PAGE, ROOT, page
from tools.reliability_rows import ROWS


def test_the_page_is_current() -> None:
    text = PAGE.read_text("utf-8")
    assert text == page(text), "run: python -m tools.reliability_page"
    assert all(f"<!-- {name} -->\n" in text for name in reliability_page.BLOCKS)


def test_rows_name_what_exists() -> None:
    assert list(ROWS) == [f"F{number}" for number in range(1, 41)]
    assert not [path for row in ROWS.values() for path in row.quick if not (ROOT / path).exists()]
    assert {actor for row in ROWS.values() for actor in row.actors} == set(SHARED)
    assert {name for row in ROWS.values() for name in row.sets} <= set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_every_set_can_be_run_by_name(name: str) -> None:
    assert callable(importlib.import_module(f"faults.{name}").run)


def test_the_number_counts_what_was_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    part = {"acknowledged": 1500, "faults": {"kill-gateway": 2}, "violations": ["lost: a", "overpaid: b", "books: c"],
            "recovery": {"kill-gateway": [0.5, 1.5]}}  # fmt: skip
    monkeypatch.setattr(reliability_page, "_parts", lambda topology: [part] if topology == "embedded" else [])
    assert (
        "1,500 acknowledged requests under 2 injected faults: 1 lost, 1 double-billed, 0" in reliability_page.number()
    )
    assert "| F1 | gateway killed |" in reliability_page.faults()
    assert re.search(r"\| F1 .* \| 3 \| 1.0, 1.5 \| `test_nemesis`", reliability_page.faults())


def test_what_was_repeated_alone_is_not_counted_as_under_load(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"repetitions": 2500, "violations": ["seed 3: lost"], "recovery_seconds": [0.5], "notes": {}}
    rows = {
        "simulated": found | {"notes": {"times": {"F18": 1200}}},
        "repeated F18": found | {"repetitions": 20, "recovery_seconds": [9.0], "notes": {"alone": True}},
        "repeated F19": found,
    }
    monkeypatch.setattr(reliability_page, "_load", lambda name: {"rows": rows} if name == "sets" else {})
    assert "| 1,200 | 20 | 2 | 0.5, 0.5 |" in reliability_page.faults()
    assert not re.search(r"\| F19 .*2,500", reliability_page.faults())


def test_every_fault_was_made() -> None:
    """In a recorded run, or by itself."""
    rows = [line.split("|") for line in reliability_page.faults().splitlines()[2:]]
    assert [cells[1] for cells in rows if not (cells[4].strip() or cells[5].strip())] == []
