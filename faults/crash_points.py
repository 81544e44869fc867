"""The process is killed at any call by which it changes its data folder, from the first migration to the last delete.

Before a call, or in the middle of a write. After each death the folder is opened again: what was promised must be
there, nothing half-done, and everything must be able to go on to its end.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from faults.report import Finding
from faults.storage.deaths import Dying, all_calls, life_with, look_at, scratch

FAULT_IDS = ("F1", "F39", "C1", "C2", "C3", "C7", "C8", "C10", "C11", "C12", "C15", "C16", "C17", "C23")


def points(folder: Path) -> list[tuple[int, str, str]]:
    """(number of the call, moment, what it is) for every place where the process can die."""
    found = []
    for number, call in enumerate(all_calls(folder), 1):
        words = f"{call.kind} {call.path}"
        found.append((number, "before", words))
        if len(call.data) > 1:
            found.append((number, "torn", words))
    return found


def run(count: int, seed: int, folder: Path) -> Finding:
    """`count` of the points, evenly spread; all of them if there are no more. `seed` says where the spread begins."""
    with scratch(folder) as place:
        known = points(place)
    count = min(count, len(known))
    chosen = sorted({(seed + number * len(known) // count) % len(known) for number in range(count)})
    violations: list[str] = []
    acknowledged = migrating = 0
    for choice in chosen:
        number, moment, words = known[choice]
        with scratch(folder) as place:
            _, facts = life_with(place, partial(_dying, number, moment))
            acknowledged += len(facts)
            migrating += ["open"] not in facts
            wrong = look_at(place, facts)
        violations += [f"killed {moment} call {number} ({words}): {line}" for line in wrong]
    return Finding(fault_ids=FAULT_IDS, title="Killed at every call that changes the data folder",
                   repetitions=len(chosen), acknowledged=acknowledged, violations=violations,
                   notes={"points": len(known), "seed": seed, "times": {"F39": migrating}})  # fmt: skip


def _dying(number: int, moment: str, _: object) -> Dying:
    return Dying(number, moment)
