"""What only the SQLite store has: its lock, its group commit, and its ways to fail."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw
import pytest

from imagend.core.errors import BadSetting, StorageUnavailable
from imagend.core.ledger import Entry
from imagend.store.sql import Tx
from imagend.store.sqlite import SqliteStore
from tests.store.databases import NOW, insert, job

ROOT = Path(__file__).resolve().parents[2]


def connection_of(store: SqliteStore) -> apsw.Connection:
    return store._writing


def test_second_server_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "imagend.db")
    with pytest.raises(BadSetting, match="another imagend server"):
        SqliteStore(tmp_path / "imagend.db")
    first.close()
    SqliteStore(tmp_path / "imagend.db").close()


def test_command_may_be_first_or_beside_the_server(tmp_path: Path) -> None:
    command = SqliteStore(tmp_path / "deep" / "imagend.db", exclusive=False)
    command.write(lambda tx: insert(tx, job()))
    server = SqliteStore(tmp_path / "deep" / "imagend.db")
    command.write(lambda tx: insert(tx, job("job-2")))
    server.write(lambda tx: insert(tx, job("job-3")))
    command.close()
    assert server.read(lambda reads: reads.counts())["queued"] == 3
    server.close()


def test_command_never_migrates_under_a_running_server(tmp_path: Path) -> None:
    path = tmp_path / "imagend.db"
    server = SqliteStore(path)
    connection_of(server).execute("DELETE FROM schema_version")  # as if the command were newer than the server
    with pytest.raises(BadSetting, match="another imagend server"):
        SqliteStore(path, exclusive=False)
    server.close()


def test_durable_settings_and_private_files(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    store.write(lambda tx: insert(tx, job()))
    pragmas = {name: connection_of(store).pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("imagend.db*")}
    assert modes == dict.fromkeys(("imagend.db", "imagend.db-wal", "imagend.db-shm"), 0o600)
    store.close()


#: What must not be read from end to end: tables that only grow, by themselves or in an index's order.
WHOLE_TABLES = ("SCAN job", "SCAN ledger", "SCAN settled", "SCAN history", "SCAN past_request")
WHOLE_INDEXES = ("SCAN job USING INDEX job_account", "SCAN job USING COVERING INDEX job_account")


def test_no_statement_of_the_daily_work_reads_a_whole_table(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    careless = set()
    for name, statement in store._queries.items():
        values = dict.fromkeys(re.findall(r":(\w+)", statement), 0)
        plan = connection_of(store).execute("EXPLAIN QUERY PLAN " + statement, values).fetchall()
        careless |= {name for row in plan if row[3] in WHOLE_TABLES or row[3].startswith(WHOLE_INDEXES)}
    store.close()
    assert careless == {"audit_jobs", "audit_ledger"}


def test_open_jobs_are_counted_without_the_finished_ones(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    for owner in ("account", "key"):
        statement = store._queries[f"open_of_{owner}"]
        plan = connection_of(store).execute("EXPLAIN QUERY PLAN " + statement, {"owner": "x", "most": 9}).fetchall()
        assert any(f"job_open_of_{owner}" in row[3] for row in plan)
    store.close()


def test_an_order_counts_the_jobs_that_wait_and_no_others(tmp_path: Path) -> None:
    """A further condition would keep SQLite from the small index, and each order would read all jobs of its account."""
    store = SqliteStore(tmp_path / "imagend.db")
    statement = store._queries["queued_of"]
    plan = connection_of(store).execute("EXPLAIN QUERY PLAN " + statement, {"account_id": ""}).fetchall()
    assert [str(row[3]) for row in plan] == ["SEARCH job USING COVERING INDEX job_waiting (account_id=?)"]
    store.close()


def test_readers_cannot_write(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    with pytest.raises(StorageUnavailable, match="ReadOnly"):
        store.read(lambda reads: Tx(reads_rows(reads)).new_account("a", "b", NOW))
    store.close()


def reads_rows(reads: Any) -> Any:
    return reads._run.__self__


def three_in_one_batch(store: SqliteStore, second: Any) -> list[Future[Any]]:
    """Pieces that share a commit: an account, `second`, another account."""
    gate = threading.Event()
    store.later(lambda tx: gate.wait(10))
    works = (lambda tx: tx.new_account("a", "a", NOW), second, lambda tx: tx.new_account("b", "b", NOW))
    futures = [store.later(work) for work in works]
    gate.set()
    return futures


def accounts(store: SqliteStore) -> list[str]:
    return [row["id"] for row in store.read(lambda reads: reads.audit("accounts"))]


def test_nobody_is_told_before_the_shared_commit(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    arrived, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        arrived.set()
        assert go_on.wait(10)

    first, second, third = three_in_one_batch(store, slow)
    assert arrived.wait(10)
    assert not first.done()  # its work has run, but is not on disk
    assert accounts(store) == []
    go_on.set()
    for future in (first, second, third):
        future.result(10)
    assert accounts(store) == ["a", "b"]
    store.close()


def test_failed_commit_fails_everybody_in_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")

    def breaks_the_commit(tx: Tx) -> None:
        connection_of(store).execute("PRAGMA defer_foreign_keys = on")
        tx.write_ledger("nobody", Entry.GRANT, 1, NOW)

    for future in three_in_one_batch(store, breaks_the_commit):
        with pytest.raises(StorageUnavailable):
            future.result(10)
    assert accounts(store) == []
    store.write(lambda tx: tx.new_account("c", "c", NOW))  # and life goes on
    assert accounts(store) == ["c"]
    store.close()


def test_work_that_hides_a_lost_transaction_fails_its_batch_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")

    def hides(tx: Tx) -> None:
        connection_of(store).execute("ROLLBACK")  # as SQLite does by itself when memory or disk run out
        raise KeyError("something else")

    for future in three_in_one_batch(store, hides):
        with pytest.raises(StorageUnavailable, match="KeyError"):
            future.result(10)
    assert store.write(lambda tx: tx.new_account("c", "c", NOW))
    assert accounts(store) == ["c"]
    store.close()


def test_full_disk_loses_nothing_and_recovers(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    store.write(lambda tx: insert(tx, job()))
    connection = connection_of(store)
    connection.execute(f"PRAGMA max_page_count = {connection.pragma('page_count')}")
    futures = [store.later(lambda tx, number=number: insert(tx, job(f"more-{number}"))) for number in range(1000)]
    failures = [error for future in futures if (error := future.exception(10))]
    assert len(failures) > 500
    assert all(isinstance(error, StorageUnavailable) and "Full" in str(error) for error in failures)
    assert store.read(lambda reads: reads.counts())["queued"] == 1 + len(futures) - len(failures)
    connection.execute("PRAGMA max_page_count = 100000")
    store.write(lambda tx: insert(tx, job("later")))
    store.close()


def test_cancelled_future_is_skipped(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "imagend.db")
    gate = threading.Event()
    store.later(lambda tx: gate.wait(10))
    unwanted = store.later(lambda tx: tx.new_account("a", "a", NOW))
    assert unwanted.cancel()
    gate.set()
    store.close()
    store = SqliteStore(tmp_path / "imagend.db")
    assert accounts(store) == []
    store.close()


FAILING_DISK = """
import resource, sys, threading
from pathlib import Path
from imagend.core.errors import StorageUnavailable
from imagend.store.sqlite import SqliteStore
told = threading.Event()
store = SqliteStore(Path(sys.argv[1]), on_fatal=lambda error: (print(type(error).__name__), told.set()))
limit = Path(sys.argv[1] + "-wal").stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # a write beyond it fails like a dying disk
pieces = [store.later(lambda tx, n=n: tx.new_account(f"a{n}", "x" * 500, 0.0)) for n in range(500)]
kept = [piece.exception(10) is None for piece in pieces].index(False)
assert not any(piece.exception(10) is None for piece in pieces[kept:])
assert told.wait(10)
try:
    store.write(lambda tx: tx.new_account("late", "x", 0.0))
except StorageUnavailable as error:
    print("refused:", error)
print(kept)
"""


def test_failing_disk_stops_all_writing(tmp_path: Path) -> None:
    path = tmp_path / "imagend.db"
    SqliteStore(path).close()
    program = [sys.executable, "-c", FAILING_DISK, str(path)]
    done = subprocess.run(program, cwd=ROOT / "src", capture_output=True, text=True, timeout=60, check=True)
    name, refused, kept = done.stdout.splitlines()
    assert name == "IOError"
    assert refused.startswith("refused: the disk failed")
    store = SqliteStore(path)
    assert len(accounts(store)) == int(kept) > 0
    store.close()


def test_damaged_file_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "imagend.db"
    store = SqliteStore(path)
    for number in range(50):
        store.write(lambda tx, number=number: insert(tx, job(f"job-{number}")))
    store.close()
    data = bytearray(path.read_bytes())
    for damage in (bytes(data[:100]) + b"\xff" * (len(data) - 100), b"not a database" * 100):
        path.write_bytes(damage)
        with pytest.raises(BadSetting, match=r"damaged .* restore it from a backup"):
            SqliteStore(path)
    path.write_bytes(data)
    SqliteStore(path).close()  # and the lock was given back each time
