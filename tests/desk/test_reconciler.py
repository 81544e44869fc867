"""The check of the books finds every broken invariant, freezes the one account, and costs what happened since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.reconciler import Pace, Reconciler, check, keep
from imagend.store.sqlite import SqliteStore
from tests.desk.house import COST, Clock, House, house_in, order
from tests.desk.test_audit import tamper

INSERT = "INSERT INTO ledger (account_id, request_id, kind, amount, at)"
#: Each breaks the books of one account, :victim, past every guard.
BREAKS = [
    ("I1", "UPDATE account SET available = -1, spent = spent + available + 1 WHERE id = :victim"),
    ("I2", "UPDATE account SET available = available + 1 WHERE id = :victim"),
    ("I3", "DELETE FROM ledger WHERE kind = 'reserve' AND account_id = :victim"),
    ("I3", "DELETE FROM job WHERE state = 'COMPLETED' AND account_id = :victim"),
    ("I3", "DELETE FROM history WHERE account_id = :victim"),
    ("I3", "UPDATE job SET cost_microcredits = 1 WHERE state = 'QUEUED' AND account_id = :victim"),
    ("I4", "DELETE FROM ledger WHERE kind = 'settle' AND account_id = :victim"),
    ("I4", f"{INSERT} SELECT account_id, id, 'release', 20000, 0 FROM job WHERE state = 'COMPLETED' "
           "AND account_id = :victim"),
    ("I4", f"{INSERT} SELECT account_id, id, 'settle', 9, 0 FROM job WHERE state = 'QUEUED' AND account_id = :victim"),
    ("I5", "UPDATE ledger SET amount = amount + 1 WHERE kind = 'settle' AND account_id = :victim"),
    ("I6", "UPDATE account SET available = available - 5, held = held + 5 WHERE id = :victim"),
    ("I7", "UPDATE account SET available = available + 1, granted = granted + 1 WHERE id = :victim"),
    ("I7", "UPDATE ledger SET amount = amount - 1 WHERE kind = 'settle' AND account_id = :victim"),
    ("I7", "UPDATE ledger SET amount = amount - 1 WHERE kind = 'grant' AND account_id = :victim"),
    ("I8", "UPDATE ledger SET kind = 'release' WHERE kind = 'settle' AND account_id = :victim"),
    ("I9", f"{INSERT} SELECT account_id, id, 'refund', 20001, 0 FROM job WHERE state = 'COMPLETED' "
           "AND account_id = :victim"),
]  # fmt: skip


@dataclass
class Scene:
    house: House
    victim: str
    bystander: str


def live(house: House) -> Scene:
    """Two accounts, each with a forgotten, a finished, a cancelled and a waiting job."""
    scene = Scene(house, house.account(10 * COST), house.account(10 * COST))
    both = (scene.victim, scene.bystander)
    for pause in (house.policy.retention_seconds, 0.0):
        for account in both:
            house.desk.submit(account, order())
            house.finish(house.claim()[0])
        house.clock.now += pause
        house.desk.forget()
    for account in both:
        house.desk.abandon(account, house.desk.submit(account, order()).id)
    for account in both:
        house.desk.submit(account, order())
    return scene


def frozen(store: SqliteStore) -> set[str]:
    rows = store.read(lambda reads: reads.accounts_page("", 100))
    return {row["id"] for row in rows if row["frozen_at"] is not None}


@pytest.mark.parametrize(("invariant", "statement"), BREAKS)
@pytest.mark.parametrize("known", [False, True], ids=["new", "checked before"])
@pytest.mark.parametrize("pace", [Pace(rows=3, slice=2), Pace()], ids=str)
def test_what_is_broken_is_found_and_one_account_frozen(
    folder: Path, invariant: str, statement: str, known: bool, pace: Pace
) -> None:
    clock = Clock()
    with house_in(folder, clock=clock) as house:
        scene = live(house)
        if known:
            for _ in range(3):
                assert Reconciler(house.store, clock, pace=pace).run_once() == []
    tamper(folder, statement.replace(":victim", f"'{scene.victim}'"))
    store = SqliteStore(folder / "imagend.db", exclusive=False)
    try:
        found = [one for _ in range(30) for one in Reconciler(store, clock, pace=pace).run_once() or ()]
        assert invariant in {one.invariant for one in found}
        assert {one.account_id for one in found} == {scene.victim}
        assert frozen(store) == {scene.victim}
        assert {one.invariant for one in found} <= {line.partition(":")[0] for line in audit(store)} | {"I7"}
        assert Reconciler(store, clock, pace=pace).run_once() == []  # nothing is told twice
    finally:
        store.close()


def test_healthy_books_stay_so_however_they_move(house: House) -> None:
    """Rounds of any size, in the middle of everything."""
    reconciler = Reconciler(house.store, house.clock, pace=Pace(rows=3, slice=3))
    for turn in range(6):
        scene = live(house)
        house.accounts.grant(scene.victim, 5, "a gift")
        while reconciler.chore() is not None:
            pass
        assert house.accounts.books().checked_at == (house.clock() if turn else None)
        house.clock.now += 60
    assert house.accounts.books().violations == ()
    assert frozen(house.store) == set()


def test_two_gateways_do_no_harm(house: House) -> None:
    """One of them has its turn; and if both do it at once, nothing is counted twice."""
    live(house)
    first, second = (Reconciler(house.store, house.clock, gateway=name) for name in "ab")
    assert first.run_once() == []
    assert second.run_once() is None
    house.clock.now += 301
    assert second.run_once() == []
    few = Pace(rows=5, slice=2)
    both = [Reconciler(house.store, house.clock, gateway="b", pace=few) for _ in range(2)]
    live(house)
    findings = [house.store.read(lambda reads: check(reads, few, house.clock())) for _ in both]
    for one in findings:
        house.clock.now += 1
        now = house.clock()
        assert house.store.write(lambda tx, one=one, now=now: keep(tx, one, few, now)) == []  # type: ignore[misc]
    for _ in range(20):
        house.clock.now += 301
        assert both[0].run_once() == []


def test_an_operator_lets_it_order_again_and_only_news_freezes_it_twice(folder: Path) -> None:
    clock = Clock()
    with house_in(folder, clock=clock) as house:
        scene = live(house)
    there = f"WHERE id = '{scene.victim}'"
    tamper(folder, f"UPDATE account SET available = available + 1, granted = granted + 1 {there}")
    store = SqliteStore(folder / "imagend.db", exclusive=False)
    try:
        reconciler = Reconciler(store, clock)
        assert {one.invariant for one in reconciler.run_once() or ()} == {"I7"}
        accounts = Accounts(store, b"pepper" * 6, clock)
        assert accounts.books().frozen_accounts == 1
        assert len(accounts.books().violations) == 2
        accounts.change_account(scene.victim, {"frozen_at": None})
        clock.now += 301
        assert reconciler.run_once() == []
        assert frozen(store) == set()
        assert accounts.books().violations == ()
        store.close()
        tamper(folder, f"UPDATE account SET held = held + 1 {there}")
        store = SqliteStore(folder / "imagend.db", exclusive=False)
        clock.now += 301
        assert "I6" in {one.invariant for one in Reconciler(store, clock).run_once() or ()}
        assert frozen(store) == {scene.victim}
    finally:
        store.close()
