"""F24: the power goes at any call of a data folder's life; then only what was synced is sure to be there."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path

from faults.report import Finding
from faults.storage.afterwards import Facts
from faults.storage.deaths import in_child, look_at, scratch
from faults.storage.images import Disk
from faults.storage.life import live
from faults.storage.taps import Call, Taps

NOTES = "calls"
Recorded = list[tuple[Call, int]]
"""Calls in their order, and how many facts had been promised before each."""


def record(folder: Path) -> tuple[Recorded, Facts]:
    """An undisturbed life, in a process of its own."""

    def work(say: Callable[[str], None]) -> None:
        calls: Recorded = []
        said: list[str] = []

        def tap(call: Call, do: Callable[[bytes], None]) -> None:
            do(call.data)
            calls.append((call, len(said)))

        def tell(line: str) -> None:
            said.append(line)
            say(line)

        Taps(folder, tap)
        live(folder, tell)
        (folder / NOTES).write_bytes(pickle.dumps(calls))

    status, lines = in_child(work)
    assert status == 0, f"an undisturbed life failed with status {status}"
    calls: Recorded = pickle.loads((folder / NOTES).read_bytes())
    return calls, [line.split() for line in lines]


def run(count: int, seed: int, folder: Path) -> Finding:
    """`count` cuts, spread over the whole life; every other one keeps nothing that was not synced."""
    with scratch(folder) as home:
        calls, facts = record(home)
    return cut(calls, facts, count, seed, folder)


def cut(calls: Recorded, facts: Facts, count: int, seed: int, folder: Path) -> Finding:
    """`run` on calls that are known. Tests leave some out, to see whether that is noticed."""
    chosen = {number * len(calls) // count for number in range(count)} if count < len(calls) else set(range(len(calls)))
    disk, dice, violations, cuts = Disk(), random.Random(seed), list[str](), 0
    repeats = max(1, count // len(calls))
    for number, (call, _) in enumerate(calls):
        disk.feed(call)
        said = calls[number + 1][1] if number + 1 < len(calls) else len(facts)
        for again in range(repeats if number in chosen else 0):
            cuts += 1
            luck = None if (number + again) % 2 else random.Random(dice.random())
            with scratch(folder) as place:
                disk.image(place, luck)
                wrong = look_at(place, facts[:said])
            violations += [f"cut after call {number} ({call.kind} {call.path}), seed {seed}: {line}" for line in wrong]
    return Finding(fault_ids=("F24", "C8"), title="Power cuts", repetitions=cuts, acknowledged=len(facts),
                   violations=violations, notes={"calls": len(calls), "seed": seed})  # fmt: skip
