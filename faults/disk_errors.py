"""F23: the n-th sync, and the n-th write, fails with EIO. The process must not go on as if it could be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from faults.report import Finding
from faults.storage.afterwards import Facts
from faults.storage.deaths import FATAL_STATUS, Failing, all_calls, life_with, look_at, scratch
from faults.storage.taps import Call

LOG = "imagend.db-wal"  # what commits are written to
Which = Callable[[Call], bool]


def syncs(call: Call) -> bool:
    return call.kind in ("sync", "sync_folder")


def writes(call: Call) -> bool:
    return call.kind == "write"


def run(count: int, seed: int, folder: Path) -> Finding:
    """`count` of each kind, evenly spread; all of them if there are no more."""
    violations: list[str] = []
    acknowledged = made = fatal = 0
    with scratch(folder) as place:
        calls = all_calls(place)
    for which in (syncs, writes):
        total = sum(map(which, calls))
        for number in sorted({1 + (seed + step * total // min(count, total)) % total for step in range(count)}):
            with scratch(folder) as place:
                status, facts = life_with(place, lambda say: Failing(number, which, say))  # noqa: B023
                wrong = [*_judge(status, facts), *look_at(place, [fact for fact in facts if fact[0] != "EIO"])]
            made += 1
            fatal += status >> 8 == FATAL_STATUS
            acknowledged += len(facts)
            violations += [f"EIO at {which.__name__} number {number}: {line}" for line in wrong]
    return Finding(fault_ids=("F23",), title="EIO from the disk", repetitions=made, acknowledged=acknowledged,
                   violations=violations, notes={"exits": fatal, "seed": seed})  # fmt: skip


def _judge(status: int, facts: Facts) -> Iterator[str]:
    failed = next((number for number, fact in enumerate(facts) if fact[0] == "EIO"), None)
    if failed is None:
        yield "the disk was never asked so often"
        return
    if facts[failed][2:] != [LOG] or ["open"] not in facts[:failed]:
        return  # a blob, which is tried again; or before the start or at the very end, when nothing is promised
    if ["closing"] in facts[:failed]:
        return
    if facts[failed + 1 :]:
        yield f"promised {facts[failed + 1 :]} after the log could not be written"
    if status >> 8 != FATAL_STATUS:
        yield f"the process went on after that, and ended with status {status >> 8}"
