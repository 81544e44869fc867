"""The auditor must find every kind of broken book, so the books are broken here on purpose."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from imagend.desk.audit import audit
from imagend.store.sqlite import SqliteStore
from tests.desk.house import COST, House, house_in, order

INSERT = "INSERT INTO ledger (account_id, request_id, kind, amount, at)"


def a_day(house: House) -> None:
    """One account with a finished, a failed, a waiting and a forgotten job."""
    account = house.account(10 * COST)
    house.desk.submit(account, order(key="old"))
    house.finish(house.claim()[0])
    house.clock.now += house.policy.retention_seconds
    house.desk.forget()
    for name in ("done", "failed", "waiting"):
        house.desk.submit(account, order(key=name))
    done, _ = house.claim(most=2)
    house.finish(done)
    house.desk.abandon(account, house.desk.submit(account, order(key="failed")).id)
    house.clock.now += 15.1
    house.desk.sweep()


def tamper(path: Path, statement: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA ignore_check_constraints = on")
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    assert connection.changes() > 0
    connection.close()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE account SET available = -1, spent = spent + available + 1", "I1:"),
        ("UPDATE account SET available = available + 1", "I2:"),
        ("UPDATE account SET available = available + 1, granted = granted + 1", "I7:"),
        ("UPDATE account SET available = available - 5, held = held + 5", "I6:"),
        ("DELETE FROM ledger WHERE kind = 'reserve'", "I3:"),
        ("DELETE FROM job WHERE state = 'COMPLETED'", "I3:"),
        ("DELETE FROM history", "I3:"),
        ("INSERT INTO idempotency VALUES ((SELECT id FROM account), 'k', 'f', 'nobody', 0)", "I3: the idempotency key"),
        ("DELETE FROM ledger WHERE kind = 'settle'", "I4:"),
        (f"{INSERT} SELECT account_id, id, 'release', 20000, 0 FROM job WHERE state = 'COMPLETED'", "I4:"),
        (f"{INSERT} SELECT account_id, id, 'settle', 20000, 0 FROM job WHERE state = 'QUEUED'", "I4:"),
        ("UPDATE ledger SET amount = amount + 1 WHERE kind = 'settle'", "I5:"),
        ("UPDATE ledger SET amount = amount - 1 WHERE kind = 'settle'", "I7:"),
        ("UPDATE ledger SET amount = amount - 1 WHERE kind = 'grant'", "I7:"),
        ("UPDATE ledger SET seq = 100 WHERE kind = 'grant'", "I7:"),
        ("UPDATE ledger SET kind = 'release' WHERE kind = 'settle'", "I8:"),
        (f"{INSERT} SELECT account_id, id, 'refund', 20001, 0 FROM job WHERE state = 'COMPLETED'", "I9:"),
        (f"{INSERT} SELECT account_id, id, 'refund', 1, 0 FROM job WHERE state = 'FAILED'", "I9:"),
        (f"{INSERT} SELECT account_id, id, 'refund', 5, 0 FROM job WHERE state = 'COMPLETED'", "I7:"),
        ("UPDATE usage_day SET spent = spent + 1", "I10:"),
        ("UPDATE usage_day SET requests = requests + 1", "I10:"),
        ("UPDATE usage_day SET key_id = 'another'", "I10:"),
        ("UPDATE usage_day SET day = day + 1", "I10:"),
        ("DELETE FROM usage_day", "I10:"),
    ],
)
def test_finds(folder: Path, statement: str, finding: str) -> None:
    with house_in(folder) as house:  # whose own audit, at its end, finds nothing
        a_day(house)
    tamper(folder / "imagend.db", statement)
    store = SqliteStore(folder / "imagend.db", exclusive=False)  # a server would not even start
    findings = audit(store)
    store.close()
    assert [line for line in findings if line.startswith(finding)], findings
