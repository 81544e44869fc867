"""The same check of the books on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from imagend.blobs.disk import DiskBlobs
from imagend.core.job import JobPolicy
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.levels import Levels
from imagend.desk.reconciler import Pace, Reconciler
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from tests.desk.house import COST, Clock, House, order
from tests.desk.test_reconciler import live
from tests.servers.postgres import Cluster


def test_postgres_is_checked_too(postgres_cluster: Cluster, tmp_path: Path) -> None:
    clock, bell = Clock(), Bell()
    store = PostgresStore(Server(url=postgres_cluster.new_database()))
    blobs = DiskBlobs(tmp_path / "blobs")
    try:
        desk = Desk(store, blobs, JobPolicy(), clock, bell)
        accounts = Accounts(store, b"pepper" * 6, clock)
        house = House(store=store, blobs=blobs, bell=bell, clock=clock, policy=JobPolicy(), desk=desk,
                      accounts=accounts)  # type: ignore[arg-type]  # fmt: skip
        small, large = Reconciler(store, clock, pace=Pace(rows=4, slice=20)), Reconciler(store, clock)
        for reconciler in (small, large, small, large):
            scene = live(house)
            clock.now += 301
            assert reconciler.run_once() == []
        store.write(lambda tx: tx.move_money(scene.victim, available=-1, spent=1))
        clock.now += 301
        found = large.run_once()
        assert found
        assert {(one.invariant, one.account_id) for one in found} == {("I7", scene.victim)}
        levels = {(one.name, *one.labels.values()): one.value for one in Levels(store, desk, clock).read()}
        assert levels["accounts_frozen",] == 1
        assert levels["ledger_violations", "I7"] == 2
        assert levels["credits_micro", "spent"] > COST
        assert levels["queue_jobs", "noop"] == 8
        assert desk.submit(scene.bystander, order()).id
    finally:
        store.close()
