"""Puts the last runs of the tables it names into docs/scaling.md: `python -m tools.scaling_page`."""

from __future__ import annotations

import re
from pathlib import Path

from bench.report import load

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
_PLACE = re.compile(r"<!-- table: (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """The page with the tables as they are now."""
    return _PLACE.sub(lambda place: f"<!-- table: {place['name']} -->\n{_table(place['name'])}<!-- end -->", text)


def _table(name: str) -> str:
    """The rows alone: the page has its own headings. Nothing when the table was never made."""
    table = load(name)
    if table is None:
        return ""
    rows = [line for line in table.markdown().splitlines() if line.startswith("|")]
    return f"{table.about}\n\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")))
