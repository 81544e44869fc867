"""The desk without HTTP: submits that are on disk when they return, by one caller and by many who share an fsync."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.report import DOCS, Table, percentile
from bench.server import together
from imagend.blobs.disk import DiskBlobs
from imagend.core.job import JobPolicy
from imagend.core.recipe import Recipe
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.order import Order
from imagend.store.sqlite import SqliteStore

SECONDS = 1.0
ROUNDS = 5  # interleaved, because the disk has its moods
ACCOUNTS = 50
RECIPE = Recipe(
    model="imagen-4-fast", backend="noop", prompt="a red fox", negative_prompt="", width=1024, height=1024,
    steps=12, guidance_scale=2.0, scheduler="DDIM", seed=7,
)  # fmt: skip
ORDER = Order(recipe=RECIPE, cost_microcredits=20_000)


def durable_submits() -> Table:
    waits: dict[int, list[float]] = {1: [], 8: [], 32: []}
    rates: dict[int, list[float]] = {callers: [] for callers in waits}
    for _ in range(ROUNDS):
        for callers in waits:
            found, elapsed = _round(callers)
            waits[callers] += found
            rates[callers].append(len(found) / elapsed)
    return Table(
        name="submits",
        title="Durable submits at the desk",
        about=(
            "Job, hold, ledger row and fair turn in one transaction, fsync before the answer, 50 accounts, no HTTP. "
            "One caller waits for every fsync; many share them."
        ),
        rows=[
            {
                "callers": callers,
                "submits/s (median of rounds)": percentile(rates[callers], 0.5),
                "median ms": 1000 * percentile(waits[callers], 0.5),
                "p99 ms": 1000 * percentile(waits[callers], 0.99),
                "against one caller": percentile(rates[callers], 0.5) / percentile(rates[1], 0.5),
            }
            for callers in waits
        ],
    )


def _round(callers: int) -> tuple[list[float], float]:
    """(seconds each submit took, seconds of the round)."""
    waits: list[list[float]] = [[] for _ in range(callers)]
    with _desk() as (desk, accounts):
        end = time.perf_counter() + SECONDS

        def caller(index: int) -> None:
            while (begin := time.perf_counter()) < end:
                desk.submit(accounts[index % ACCOUNTS], ORDER)
                waits[index].append(time.perf_counter() - begin)

        elapsed = together(callers, caller)
    return [wait for one in waits for wait in one], elapsed


@contextmanager
def _desk() -> Iterator[tuple[Desk, list[str]]]:
    """A desk on the disk that holds the repository; its books are audited at the end."""
    with tempfile.TemporaryDirectory(dir=DOCS.parent) as name:
        folder = Path(name)
        store = SqliteStore(folder / "imagend.db")
        policy = dataclasses.replace(JobPolicy(), max_queued_per_account=10**9, max_queued=10**9)
        accounts = Accounts(store, bytes(32), time.time)
        ids = [accounts.create_key("bench", 10**12)[1].account_id for _ in range(ACCOUNTS)]
        try:
            yield Desk(store, DiskBlobs(folder / "blobs"), policy, time.time, Bell()), ids
            assert audit(store) == []
        finally:
            store.close()
