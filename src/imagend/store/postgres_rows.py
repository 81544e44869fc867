"""A connection as the verbs of sql.py want it, with fewer round trips than they have statements.

Statements whose result nobody reads (an INSERT, UPDATE or DELETE without RETURNING) wait for the next one that has a
result, or for the end of the transaction, and go together as one: `WITH one AS (INSERT ...), two AS (UPDATE ...) ...`.
All parts of such a statement see the same snapshot and none sees what another wrote, so one that so much as names a
table that a waiting one writes to sends those off first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from imagend.store.postgres_links import Connection
from imagend.store.rows import Row

MOST = 8  # statements in one

_WRITES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE)
_RETURNS = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_PLACE = re.compile(r"%\((\w+)\)s")


class Statements:
    """All of them by name, and those that have been put together so far. Safe from any thread."""

    def __init__(self, queries: Mapping[str, str]) -> None:
        self._alone = {name: statement.encode() for name, statement in queries.items()}
        self._texts = dict(queries)
        self._together: dict[tuple[str, ...], bytes] = {}
        #: Name -> table, of those that have no result.
        self.silent = {
            name: match[1]
            for name, statement in queries.items()
            if (match := _WRITES.match(statement)) and not _RETURNS.search(statement)
        }

    def alone(self, name: str) -> bytes:
        return self._alone[name]

    def names(self, name: str, table: str) -> bool:
        """Whether the statement has anything to do with the table."""
        return re.search(rf"\b{table}\b", self._texts[name]) is not None

    def together(self, names: tuple[str, ...]) -> bytes:
        """Several silent ones as one; the values of the n-th are called `name__n`."""
        if names not in self._together:
            texts = [_PLACE.sub(rf"%(\1__{number})s", self._texts[name]) for number, name in enumerate(names)]
            parts = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(texts[:-1]))
            self._together[names] = f"WITH {parts} {texts[-1]}".encode()
        return self._together[names]


def numbered(all_values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of all parts under the names that `together` gave them."""
    return {f"{name}__{number}": value for number, values in enumerate(all_values) for name, value in values.items()}


class PostgresRows:
    """One transaction's. `flush` belongs before its COMMIT."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements
        self._waiting: list[tuple[str, Mapping[str, Any]]] = []

    def run(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        table = self._statements.silent.get(name)
        if table is None:
            self.flush()
            cursor = self._connection.execute(self._statements.alone(name), values)
            return cursor.fetchall() if cursor.description else []
        if len(self._waiting) == MOST or not self._independent(name):
            self.flush()
        self._waiting.append((name, values))
        return []

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if len(waiting) == 1:
            name, values = waiting[0]
            self._connection.execute(self._statements.alone(name), values)
        elif waiting:
            together = self._statements.together(tuple(name for name, _ in waiting))
            self._connection.execute(together, numbered([values for _, values in waiting]))

    def _independent(self, name: str) -> bool:
        return not any(self._statements.names(name, self._statements.silent[other]) for other, _ in self._waiting)
