"""A ledger that was long before its first check: no statement touches more than a slice, and what was begun goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import apsw
import pytest

from imagend.desk.reconciler import Pace, Reconciler, check, keep
from imagend.store.base import Store
from imagend.store.reconciling import Violation
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx
from tests.desk.house import Clock, open_books
from tests.store.databases import PostgresDatabase, SqliteDatabase

T = TypeVar("T")

REQUESTS, ACCOUNTS, COST, PAID = 100_000, 5_000, 10, 8  # two entries per request, one more per account
PACE = Pace(rows=8_000, slice=4_000)
#: Of rows in tables and indexes per entry of a slice: itself and its request in `job` and `history`, then what the
#: ledger says of each. A statement about all entries would touch fifty times as many.
ROWS_PER_ENTRY = 8
STEPS_PER_ENTRY = 300  # of SQLite's virtual machine
SERIES = "WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
OWNER = f"'a' || (10000 + i - i / {ACCOUNTS} * {ACCOUNTS})"
FILL = [
    f"""INSERT INTO account (id, name, available, held, spent, granted, created_at) {SERIES}
        SELECT {OWNER}, '', 1000 - {REQUESTS // ACCOUNTS * PAID}, 0, {REQUESTS // ACCOUNTS * PAID}, 1000, 0 FROM n""",
    f"INSERT INTO ledger (account_id, kind, amount, at) {SERIES} SELECT {OWNER}, 'grant', 1000, 0 FROM n",
    f"""INSERT INTO history (request_id, account_id, model, state, cost_microcredits, attempt, crashes, created_at,
        finished_at) {SERIES} SELECT 'r' || i, {OWNER}, 'm', 'COMPLETED', {COST}, 1, 0, 0, 0 FROM n""",
    f"""INSERT INTO ledger (account_id, request_id, kind, amount, at) {SERIES}
        SELECT {OWNER}, 'r' || i, kind, amount, 0
        FROM n CROSS JOIN (SELECT 'reserve' AS kind, {COST} AS amount UNION ALL SELECT 'settle', {PAID}) AS parts""",
    "ANALYZE",
]
TOUCHED = """SELECT SUM(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) AS rows
             FROM pg_class WHERE relnamespace = current_schema::regnamespace AND relkind IN ('r', 'i')"""


@dataclass
class Counting:
    """A store that notes how much each statement of its reads has touched: {name: most}."""

    store: Store
    touched: dict[str, int] = field(default_factory=dict)

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        return self.store.read(lambda reads: work(Reads(_Watched(self, reads._run.__self__))), account_id)  # type: ignore[attr-defined]

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.store.write(work)


@dataclass
class _Watched:
    counting: Counting
    rows: Any

    def run(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        before = self._touched_so_far()
        found: list[Row] = self._counted(name, values) if before is None else self.rows.run(name, values)
        if before is not None:
            self._note(name, (self._touched_so_far() or 0) - before)
        return found

    def _touched_so_far(self) -> int | None:
        if isinstance(self.rows._connection, apsw.Connection):
            return None
        return int(self.rows._connection.execute(TOUCHED).fetchone()["rows"] or 0)

    def _counted(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        connection, steps = self.rows._connection, []
        connection.trace_v2(
            apsw.SQLITE_TRACE_PROFILE, lambda event: steps.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])
        )
        try:
            found: list[Row] = self.rows.run(name, values)
        finally:
            connection.trace_v2(0, None)
        self._note(name, sum(steps) * ROWS_PER_ENTRY // STEPS_PER_ENTRY)
        return found

    def _note(self, name: str, rows: int) -> None:
        self.counting.touched[name] = max(rows, self.counting.touched.get(name, 0))


@pytest.fixture
def filled(folder: Path, books: str | None) -> Path:
    open_books(folder).close()
    database = PostgresDatabase(books) if books else SqliteDatabase(folder)
    for statement, last in zip(FILL, (ACCOUNTS, ACCOUNTS, REQUESTS, REQUESTS, 0), strict=True):
        database.execute(statement.format(first=1, last=last))
    return folder


def worked_off(store: Any, clock: Clock, steps: int) -> tuple[list[Violation], bool]:
    """What so many steps have found, and whether they were all that was wanted in this round."""
    reconciler = Reconciler(store, clock, pace=PACE)
    found: list[Violation] = []
    for _ in range(steps):
        found += reconciler.run_once() or ()
        if not reconciler.behind:
            return found, True
    return found, False


def test_no_statement_touches_more_than_a_slice_and_a_stop_loses_nothing(filled: Path) -> None:
    clock = Clock()
    victim = "a10007"
    store = open_books(filled)
    try:
        store.write(lambda tx: tx.move_money(victim, available=-1, spent=1))
        counting = Counting(store)
        assert worked_off(counting, clock, 1) == ([], True), "nothing is settled before it was seen once"
        for _ in range(3):  # and here it is stopped: after a slice, and after reading the next one
            assert worked_off(counting, clock, 10) == ([], False)
            check_only = counting.read(lambda reads: check(reads, PACE, clock()))
            store.close()
            store = open_books(filled)
            counting.store = store
        assert store.write(lambda tx: keep(tx, check_only, PACE, clock())) == []
        assert store.write(lambda tx: tx.save_reconciliation(check_only.before)) is False, "nothing is counted twice"
        found, finished = worked_off(counting, clock, 100)
        assert finished
        assert {(one.invariant, one.account_id) for one in found} == {("I7", victim)}
        assert kept_sums(store) == all_sums(store)
        assert max(counting.touched.values()) <= ROWS_PER_ENTRY * PACE.slice, counting.touched
        assert {"ledger_delta", "account_books", "wrong_requests", "entries_without_request"} <= set(counting.touched)
        counting.read(lambda reads: reads.ledger_delta(0, 3 * REQUESTS))
        assert counting.touched["ledger_delta"] > ROWS_PER_ENTRY * PACE.slice, "the count sees what is about everything"
    finally:
        store.close()


def kept_sums(store: Store) -> object:
    def ask(reads: Reads) -> object:
        progress, _ = reads.reconciliation()
        return reads.ledger_sums(progress.generation, "", "z")

    return store.read(ask)


def all_sums(store: Store) -> object:
    return store.read(lambda reads: reads.ledger_delta(0, reads.reconciliation()[0].head_seq))
