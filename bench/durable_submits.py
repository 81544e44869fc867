"""Durable submits a second: one caller that waits for each fsync, and 32 that share them.

python bench/durable_submits.py [--folder DIR] [--seconds S]
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import threading
import time
from pathlib import Path

from imagend.blobs.disk import DiskBlobs
from imagend.core.job import JobPolicy
from imagend.core.recipe import Recipe
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.order import Order
from imagend.store.sqlite import SqliteStore

RECIPE = Recipe(
    model="imagen-4-fast", backend="noop", prompt="a red fox", negative_prompt="", width=1024, height=1024,
    steps=12, guidance_scale=2.0, scheduler="DDIM", seed=7,
)  # fmt: skip
ORDER = Order(recipe=RECIPE, cost_microcredits=20_000)


def measure(folder: Path, callers: int, accounts_each: int, seconds: float) -> tuple[float, float]:
    """(acknowledged submits a second, worst of the medians of all callers in milliseconds)."""
    store = SqliteStore(folder / f"{callers}.db")
    policy = dataclasses.replace(JobPolicy(), max_queued_per_account=10**9, max_queued=10**9)
    desk = Desk(store, DiskBlobs(folder / "blobs"), policy, time.time, Bell())
    accounts = Accounts(store, b"p" * 32, time.time)
    names = [accounts.create_key("bench", 10**12)[1].account_id for _ in range(accounts_each)]
    waits: list[list[float]] = [[] for _ in range(callers)]
    end = time.monotonic() + seconds

    def caller(index: int) -> None:
        while (begin := time.monotonic()) < end:
            desk.submit(names[index % len(names)], ORDER)
            waits[index].append(time.monotonic() - begin)

    threads = [threading.Thread(target=caller, args=(index,)) for index in range(callers)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begin
    findings = audit(store)
    store.close()
    assert not findings, findings
    return sum(map(len, waits)) / elapsed, 1000 * max(sorted(wait)[len(wait) // 2] for wait in waits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", help="where the database lies (its disk is what is measured)")
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    rates = {}
    for callers in (1, 8, 32):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rates[callers], median = measure(Path(folder), callers, 50, options.seconds)
        print(f"{callers:3d} callers: {rates[callers]:8.0f} durable submits/s, median {median:6.2f} ms")
    print(f"32 callers against 1: {rates[32] / rates[1]:.1f}x")


if __name__ == "__main__":
    main()
