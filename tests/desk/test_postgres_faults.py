"""The desk while its PostgreSQL is cut off, stopped and killed: nothing acknowledged is lost, nothing is paid twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from imagend.core.errors import ImagendError, OutcomeUnknown, StorageUnavailable
from imagend.core.job import State
from imagend.core.outcome import Failure
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.sql import Tx
from tests.desk.house import COST, House, fast_folder, house_in, order
from tests.servers.commits import AFTER, BEFORE, CutAtCommit
from tests.servers.postgres import Cluster
from tests.store.databases import ACCOUNT, NOW, insert, job


@contextmanager
def house_at(url: str) -> Iterator[House]:
    with fast_folder() as folder:
        (Path(folder) / "database_url").write_text(url)
        with house_in(folder) as house:
            yield house


@pytest.fixture
def url(postgres_cluster: Cluster) -> str:
    return postgres_cluster.new_database()


def sessions_of(store: PostgresStore, cluster: Cluster) -> list[int]:
    """Server processes of the store's idle connections."""
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'imagend'").fetchall()
    return [row[0] for row in rows]


def through(proxy: CutAtCommit, url: str) -> str:
    return re.sub(r":\d+/", f":{proxy.port}/", url)


# --- F15: cut at COMMIT


@pytest.mark.parametrize("cuts", [[BEFORE], [AFTER], [AFTER, AFTER], [BEFORE, AFTER], [AFTER, BEFORE]])
@pytest.mark.parametrize("key", [None, "once"])
def test_a_submit_cut_off_at_its_commit_happens_once(
    postgres_cluster: Cluster, url: str, cuts: list[str], key: str | None
) -> None:
    with CutAtCommit(postgres_cluster.port) as proxy, house_at(through(proxy, url)) as house:
        account = house.account()
        proxy.cuts += cuts
        accepted = house.desk.submit(account, order(key=key))
        assert proxy.cuts == []
        assert house.desk.look(account, accepted.id).state is State.QUEUED
        assert house.accounts.balance(account).held == COST
        assert house.desk.counts() == {"queued": 1, "processing": 0}


def test_other_work_cut_off_at_its_commit_says_that_nobody_knows(postgres_cluster: Cluster, url: str) -> None:
    with CutAtCommit(postgres_cluster.port) as proxy:
        store = PostgresStore(Server(url=through(proxy, url)))
        store.write(lambda tx: insert(tx))
        for where, known in ((BEFORE, False), (AFTER, True)):
            proxy.cuts.append(where)
            with pytest.raises(OutcomeUnknown, match="not known"):
                store.write(lambda tx, name=where: tx.new_account(name, name, NOW))
            assert (store.read(lambda reads, name=where: reads.account(name)) is not None) is known
        store.close()


def test_a_completion_cut_off_at_its_commit_is_paid_once(postgres_cluster: Cluster, url: str) -> None:
    with CutAtCommit(postgres_cluster.port) as proxy, house_at(through(proxy, url)) as house:
        account = house.account()
        for cut in (BEFORE, AFTER):
            house.desk.submit(account, order())
            claimed = house.claim()[0]
            success = house.success(claimed)
            proxy.cuts.append(cut)
            assert claimed.lease is not None
            done = house.desk.complete(claimed.id, claimed.lease.token, success)
            assert (done.state, proxy.cuts) == (State.COMPLETED, [])
        assert house.accounts.balance(account).spent == 2 * COST


# --- F16: deadlocks and serialization failures, forced with two sessions


def test_transactions_that_lock_each_other_out_both_succeed(url: str) -> None:
    store = PostgresStore(Server(url=url))
    store.write(lambda tx: (tx.new_account("a", "a", NOW), tx.new_account("b", "b", NOW)))
    both_have_one = threading.Barrier(2)
    runs: list[str] = []

    def crosswise(first: str, second: str) -> None:
        def work(tx: Tx) -> None:
            runs.append(first)
            tx.move_money(first, available=1, granted=1)
            if runs.count(first) == 1:
                both_have_one.wait(30)
            tx.move_money(second, available=1, granted=1)

        store.write(work)

    threads = [threading.Thread(target=crosswise, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(runs) == 3  # one of them was broken off, and ran again
    assert [store.read(lambda reads, name=name: reads.balance(name).granted) for name in "ab"] == [2, 2]  # type: ignore[union-attr]
    store.close()


def test_a_row_that_moved_while_it_was_waited_for_is_looked_at_again(url: str) -> None:
    store = PostgresStore(Server(url=url))
    store.write(lambda tx: insert(tx, job()))
    locked, told = threading.Event(), threading.Event()
    seen: list[State] = []

    def look(tx: Tx) -> None:
        told.set()
        found = tx.job("job-1")  # waits for the one who ends it, whose end moves the row
        assert found is not None
        seen.append(found.state)

    def end(tx: Tx) -> None:
        waiting = tx.job("job-1")
        assert waiting is not None
        locked.set()
        told.wait(30)
        tx.finish(waiting, Failure(code="cancelled", message="x"), NOW, NOW + 1, paid=0, crashes=0, closing=None)

    ending = threading.Thread(target=store.write, args=(end,))
    ending.start()
    locked.wait(30)
    store.write(look)
    ending.join(60)
    assert seen == [State.FAILED]
    store.close()


# --- F13, F14: crash, stop, lost connections


def test_connections_that_died_in_between_are_replaced(postgres_cluster: Cluster, url: str) -> None:
    store = PostgresStore(Server(url=url))
    store.write(lambda tx: insert(tx, job()))
    runs = 0

    def work(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            with psycopg.connect(postgres_cluster.superuser_url, autocommit=True) as other:
                for session in sessions_of(store, postgres_cluster):
                    other.execute("SELECT pg_terminate_backend(%s)", (session,))
        return tx.queued_of(ACCOUNT)

    assert (store.write(work), runs) == (1, 2)
    store.close()


def test_a_server_that_was_away_is_found_again_without_a_restart(postgres_cluster: Cluster, url: str) -> None:
    store = PostgresStore(Server(url=url, wait_seconds=0.3))
    store.write(lambda tx: insert(tx, job()))
    postgres_cluster.stop()
    try:
        for _ in range(3):
            with pytest.raises(StorageUnavailable):
                store.write(lambda tx: tx.new_account("late", "late", NOW))
            with pytest.raises(StorageUnavailable):
                store.read(lambda reads: reads.counts())
    finally:
        postgres_cluster.start()
    assert store.read(lambda reads: reads.counts())["queued"] == 1
    assert store.write(lambda tx: tx.new_account("late", "late", NOW))
    store.close()


def test_all_connections_busy_is_said_in_time(url: str) -> None:
    store = PostgresStore(Server(url=url, connections=1, wait_seconds=0.2))
    go_on, inside = threading.Event(), threading.Event()
    long = store.later(lambda tx: (inside.set(), go_on.wait(30)))
    assert inside.wait(30)
    with pytest.raises(StorageUnavailable, match="busy"):
        store.write(lambda tx: None)
    go_on.set()
    long.result(30)
    assert store.read(lambda reads: reads.counts()) == {"queued": 0, "processing": 0}
    store.close()


def test_nothing_acknowledged_is_lost_when_every_process_is_killed(postgres_cluster: Cluster, url: str) -> None:
    with house_at(url) as house:
        accounts = [house.account() for _ in range(3)]
        told: list[tuple[str, str]] = []
        surprises: list[BaseException] = []
        enough = threading.Event()

        def customer(account: str) -> None:
            for _ in range(40):
                try:
                    told.append((account, house.desk.submit(account, order()).id))
                    for one in house.claim(f"worker of {account}"):
                        house.finish(one)
                except ImagendError as error:
                    if not isinstance(error, StorageUnavailable):
                        surprises.append(error)
                if len(told) >= 15:
                    enough.set()

        threads = [threading.Thread(target=customer, args=(account,)) for account in accounts]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        postgres_cluster.crash()
        postgres_cluster.start()
        for thread in threads:
            thread.join(60)
        assert surprises == []
        assert len(told) > 15
        for account, request_id in told:
            house.desk.look(account, request_id)
