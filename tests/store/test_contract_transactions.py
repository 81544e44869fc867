"""What every store promises about transactions and the schema. Runs against each database of databases.py."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from imagend.core.errors import BadSetting, StorageUnavailable
from imagend.core.job import State
from imagend.core.ledger import Balance, Entry
from imagend.core.outcome import Failure
from imagend.store.base import SchemaRefusal, Store
from imagend.store.migrate import migrations
from imagend.store.sql import Reads, Tx
from tests.store.databases import ACCOUNT, NOW, Database, insert, job, taken

GONE = Failure(code="cancelled", message="gone")


def test_write_is_seen_at_once_and_after_reopening(database: Database) -> None:
    store = database.open()
    store.write(lambda tx: insert(tx, job()))
    assert store.read(lambda reads: reads.job("job-1")) == job()
    store.close()
    store = database.open()
    assert store.read(lambda reads: reads.job("job-1")) == job()
    store.close()


def test_work_that_raises_leaves_nothing_and_hurts_nobody(store: Store) -> None:
    def broken(tx: Tx) -> None:
        insert(tx, job("broken"))
        raise KeyError("mine")

    gate = threading.Event()
    pieces: list[Any] = [
        store.later(lambda tx: gate.wait(10)),  # the next three queue up behind it
        store.later(lambda tx: insert(tx, job("before"))),
        store.later(broken),
        store.later(lambda tx: insert(tx, job("after"))),
    ]
    gate.set()
    with pytest.raises(KeyError, match="mine"):
        pieces[2].result(10)
    for kept in (pieces[1], pieces[3]):
        kept.result(10)
    assert [store.read(lambda reads, name=name: reads.job(name)) is None for name in ("before", "broken", "after")] == [
        False,
        True,
        False,
    ]


def test_reads_see_one_snapshot(store: Store) -> None:
    store.write(lambda tx: insert(tx, job()))

    def twice(reads: Reads) -> tuple[int, int]:
        first = reads.counts()["queued"]
        store.write(lambda tx: insert(tx, job("job-2")))
        return first, reads.counts()["queued"]

    assert store.read(twice) == (1, 1)
    assert store.read(lambda reads: reads.counts()) == {"queued": 2, "processing": 0}


def test_closed_store_refuses(database: Database) -> None:
    store = database.open()
    store.close()
    store.close()
    with pytest.raises(StorageUnavailable):
        store.write(lambda tx: None)
    with pytest.raises(StorageUnavailable):
        store.read(lambda reads: None)


def test_migrations_run_once_and_newer_schemas_are_refused(database: Database) -> None:
    database.open().close()
    database.open().close()
    versions = database.execute("SELECT version FROM schema_version ORDER BY version")
    assert versions == [(one.version,) for one in migrations(database.dialect, "")]
    database.execute("INSERT INTO schema_version (version) VALUES (9999)")
    with pytest.raises(BadSetting, match="schema version 9999"):
        database.open()


# --- the second lock: the schema says the same as core/


def test_states_of_the_schema_are_those_of_the_law(database: Database, store: Store) -> None:
    store.write(lambda tx: insert(tx, job()))
    accepted = [state for state in [*State, "CANCELLED", "queued", ""] if allowed(database, state)]
    assert accepted == list(State)


def allowed(database: Database, state: str) -> bool:
    """Whether some row with this state can exist."""
    final = state in (State.COMPLETED, State.FAILED)
    leased = state == State.PROCESSING
    columns = {
        "id": f"row {state}", "account_id": ACCOUNT, "backend": "noop", "state": str(state), "recipe": "{}",
        "options": "{}", "cost_microcredits": 0, "prio_key": 0, "created_at": 0, "run_after": 0, "deadline_at": 0,
        "started_at": 0, "finished_at": 0 if final else None, "expires_at": 0 if final else None,
        "outcome": "{}" if final else None, "lease_token": "t" if leased else None,
        "lease_until": 0 if leased else None, "worker_id": "w" if leased else None,
        "worker_boot": "b" if leased else None,
    }  # fmt: skip
    names = ", ".join(columns)
    try:
        database.execute(f"INSERT INTO job ({names}) VALUES (:{names.replace(', ', ', :')})", columns)
    except database.refusals:
        return False
    return True


def test_kinds_of_the_ledger_are_those_of_the_law(database: Database, store: Store) -> None:
    store.write(lambda tx: insert(tx))
    accepted = []
    for kind in [*Entry, "gift", ""]:
        try:
            database.execute(
                "INSERT INTO ledger (at, account_id, request_id, kind, amount) VALUES (0, :payer, :request, :kind, 1)",
                {"payer": ACCOUNT, "request": None if kind == Entry.GRANT else "r", "kind": str(kind)},
            )
        except database.refusals:
            continue
        accepted.append(kind)
    assert accepted == list(Entry)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'PROCESSING'",  # without a lease
        "lease_token = 't', lease_until = 1, worker_id = 'w', worker_boot = 'b'",  # without the state
        "state = 'FAILED', finished_at = 1, expires_at = 1",  # without a reason
        "state = 'COMPLETED', outcome = '{}'",  # without a time
        "outcome = '{}'",
        "solo = 2",
        "attempt = -1",
        "closed_as = 'complete'",
        "closed_token = 't', closed_as = 'sweep'",
        "cost_microcredits = 5",  # an order never changes
        "account_id = 'acct_2'",
        "recipe = '{}'",
        "created_at = 5",
    ],
)
def test_rows_that_break_the_law_are_refused(database: Database, store: Store, change: str) -> None:
    store.write(lambda tx: insert(tx, job()))
    with pytest.raises(database.refusals):
        database.execute(f"UPDATE job SET {change} WHERE id = 'job-1'")
    assert store.read(lambda reads: reads.job("job-1")) == job()


def test_final_jobs_never_change_and_others_are_never_deleted(database: Database, store: Store) -> None:
    store.write(lambda tx: tx.finish(taken(tx, job()), GONE, NOW, NOW + 1, paid=0, crashes=0, closing=None))
    store.write(lambda tx: insert(tx, job("waiting")))
    for statement in (
        "UPDATE job SET expires_at = 99 WHERE id = 'job-1'",
        "UPDATE job SET state = 'QUEUED', finished_at = NULL, expires_at = NULL, outcome = NULL WHERE id = 'job-1'",
        "DELETE FROM job WHERE id = 'waiting'",
    ):
        with pytest.raises(database.refusals):
            database.execute(statement)
    assert store.read(lambda reads: reads.expired(NOW + 1, 9)) == ["job-1"]


def test_ledger_only_grows(database: Database, store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        tx.write_ledger(ACCOUNT, Entry.RESERVE, 5, NOW, request_id="r")

    store.write(work)
    for statement in ("UPDATE ledger SET amount = 0", "DELETE FROM ledger"):
        with pytest.raises(database.refusals):
            database.execute(statement)
    with pytest.raises(SchemaRefusal):
        store.write(lambda tx: tx.write_ledger(ACCOUNT, Entry.RESERVE, 5, NOW, request_id="r"))
    with pytest.raises(SchemaRefusal):
        store.write(lambda tx: tx.write_ledger("nobody", Entry.GRANT, 5, NOW))
    assert [row["amount"] for row in store.read(lambda reads: reads.audit("ledger"))] == [5]


def test_money_is_never_negative_and_always_adds_up(store: Store) -> None:
    def work(tx: Tx) -> list[Balance | None]:
        insert(tx)
        return [
            tx.move_money(ACCOUNT, available=10, granted=10),
            tx.move_money(ACCOUNT, available=-11, held=11),
            tx.move_money(ACCOUNT, available=-10, held=10),
            tx.move_money(ACCOUNT, held=-10, spent=10),
            tx.move_money("nobody", available=1, granted=1),
        ]

    assert store.write(work) == [
        Balance(available=10, granted=10),
        None,
        Balance(held=10, granted=10),
        Balance(spent=10, granted=10),
        None,
    ]
    for deltas in ({"held": -1, "available": 1}, {"available": 1}):
        with pytest.raises(SchemaRefusal):
            store.write(lambda tx, deltas=deltas: tx.move_money(ACCOUNT, **deltas))
