"""What every verb of the store stands on: run a named statement, get rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Row = dict[str, Any]


class Rows(Protocol):
    """A connection inside a transaction."""

    def run(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        """Execute the statement called `name`; rows as dictionaries by column name."""


class Verbs:
    """Groups of verbs in files of their own inherit from this, and `Reads` or `Tx` in sql.py from them."""

    def __init__(self, rows: Rows) -> None:
        self._run = rows.run
