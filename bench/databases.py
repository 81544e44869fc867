"""The same desk on both databases: submits, and claims with completions, by one caller and by many."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.report import Table, percentile
from bench.server import together
from bench.store import ORDER
from imagend.blobs.disk import DiskBlobs
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import ImageRef, Success
from imagend.desk import moves
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.store.base import Store
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.sql import Closing, Tx
from imagend.store.sqlite import SqliteStore
from tests.servers.postgres import Cluster

SECONDS = 1.5
ROUNDS = 3  # interleaved, because the disk has its moods
CALLERS = (1, 8, 32)
ACCOUNTS = 50
POLICY = dataclasses.replace(JobPolicy(), max_queued_per_account=10**9, max_queued=10**9)
PICTURE = ImageRef(key="r/h/j/1-0-x.jpeg", media_type="image/jpeg", width=1, height=1, seed=7, sha256="x", size=3)
WON = Success(images=(PICTURE,))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A desk, its store, and the accounts that order."""

    store: Store
    desk: Desk
    accounts: list[str]

    def submit(self, caller: int) -> Job:
        return self.desk.submit(self.accounts[caller % ACCOUNTS], ORDER)

    def claim(self, caller: int) -> Job | None:
        jobs = self.desk.claim(f"w{caller}", "boot", ("noop",), 1)
        return jobs[0] if jobs else None

    def complete(self, job: Job) -> None:
        """As the desk's `complete` does, but without pictures to check."""
        assert job.lease is not None
        token = job.lease.token

        def work(tx: Tx) -> Job:
            held = moves.held(tx, job.id, token)
            return moves.end(tx, held, WON, time.time(), POLICY, closing=Closing(token=token, verb="complete"))

        self.store.write(work)


@contextmanager
def stores() -> Iterator[dict[str, Callable[[], Store]]]:
    """Fresh databases on the same disk, fsync on. Every call makes one more."""
    with tempfile.TemporaryDirectory() as name, Cluster.running(on_disk=True) as cluster:
        numbers = iter(range(1000))
        yield {
            "SQLite": lambda: SqliteStore(Path(name) / f"{next(numbers)}.db"),
            f"PostgreSQL {cluster.version}": lambda: PostgresStore(
                Server(url=cluster.new_database(), connections=40, statement_seconds=60)
            ),
        }


def counter(store: Store, folder: Path) -> Counter:
    accounts = [f"acct-{number}" for number in range(ACCOUNTS)]

    def work(tx: Tx) -> None:
        for name in accounts:
            tx.new_account(name, name, time.time())
            tx.move_money(name, available=10**15, granted=10**15)

    store.write(work)
    return Counter(store=store, desk=Desk(store, DiskBlobs(folder), POLICY, time.time, Bell()), accounts=accounts)


def by_callers() -> Table:
    rates: dict[tuple[str, int], list[tuple[float, float]]] = {}
    with stores() as fresh, tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for name, make in fresh.items():
                for callers in CALLERS:
                    store = make()
                    rates.setdefault((name, callers), []).append(_round(counter(store, Path(folder)), callers))
                    store.close()
    first = next(iter(fresh))
    return Table(
        name="store",
        title="The desk on SQLite and on PostgreSQL",
        about=(
            "No HTTP, 50 accounts, fsync at every commit, both on the same disk, the server on the same two cores. "
            "A claim takes one job; its completion pays it. SQLite's callers share an fsync and one thread; "
            "PostgreSQL's have a connection each."
        ),
        rows=[
            {
                "database": name,
                "callers": callers,
                "submits/s": percentile([one for one, _ in found], 0.5),
                "claims with completion/s": percentile([two for _, two in found], 0.5),
                "submits against SQLite": percentile([one for one, _ in found], 0.5)
                / percentile([one for one, _ in rates[first, callers]], 0.5),
            }
            for (name, callers), found in sorted(rates.items(), key=lambda item: (item[0][1], item[0][0] != first))
        ],
    )


def _round(desk: Counter, callers: int) -> tuple[float, float]:
    """(submits a second, claims with completion a second)."""
    done = [[0, 0] for _ in range(callers)]
    end = time.perf_counter() + SECONDS

    def submitter(index: int) -> None:
        while time.perf_counter() < end:
            desk.submit(index)
            done[index][0] += 1

    elapsed = together(callers, submitter)
    until = time.perf_counter() + SECONDS

    def worker(index: int) -> None:
        while time.perf_counter() < until:
            job = desk.claim(index)
            if job is None:
                break
            desk.complete(job)
            done[index][1] += 1

    worked = together(callers, worker)
    return sum(one for one, _ in done) / elapsed, sum(two for _, two in done) / worked
