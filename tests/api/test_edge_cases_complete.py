"""Every row of the contract's table of edge cases is a test of its own."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FILES = [*sorted((TESTS / "api").glob("test_edge_cases_*.py")), TESTS / "system" / "test_crash.py"]
#: The numbers of the rows, as the contract has them.
ROWS = (
    "1 2 4 6 8 9 10 15 18 20 22 23 24 25 29 30 31 32 33 35 37 38 39 42 43 45 48 49 51 52 53 54 56 59 61 63 64 65 67 "
    "69 71 72 73 74 75 78 79 80 81 82 83 84 86 87 89 90 91 92 93 94 95 96 97 99 102 105 107 111 114"
)


def test_each_row_has_a_test() -> None:
    names = re.findall(r"^def (?:test_)?((?:e\d+_)+)", "\n".join(file.read_text("utf-8") for file in FILES), re.M)
    tested = [int(number) for name in names for number in re.findall(r"e(\d+)_", name)]
    assert sorted(tested) == [int(number) for number in ROWS.split()]
