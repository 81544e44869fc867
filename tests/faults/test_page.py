"""docs/reliability.md says what was recorded, and names only what exists."""

from __future__ import annotations

import importlib

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
    assert "| 2 | 3 | 1.0, 1.5 |" in reliability_page.faults()
