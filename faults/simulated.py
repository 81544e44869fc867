"""The simulation by name: `count` seeds from `seed` on, each a life of a whole system with its faults.

Every violation names its seed; `python -m faults.simulated SEED` tells that life, event by event.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from faults.report import Finding
from faults.simulation.disks import Database
from faults.simulation.scenario import simulate

FAULT_IDS = ("F1", "F2", "F3", "F6", "F7", "F18", "F19", "F20", "F21", "F27", "F34", "F36", "F37", "F38")


def run(count: int, seed: int, folder: Path) -> Finding:
    """Writes the stories of seeds that went wrong. `repetitions` are seeds; `notes`: how many faults were in them, and
    messages that were sent twice."""
    database = Database()
    violations: list[str] = []
    acknowledged = events = 0
    made: Counter[str] = Counter()
    try:
        for number in range(seed, seed + count):
            result = simulate(number, database)
            acknowledged += result.acknowledged
            made.update(result.faults)
            events += len(result.trace)
            if result.violations:
                (folder / f"seed-{number}.txt").write_text(result.story(), "utf-8")
            violations += [f"seed {number}: {line}" for line in result.violations]
    finally:
        database.close()
    times = {"F18": made["partition"] + made["swizzle"], "F21": made["twice"], "F27": count}  # clocks differ in each
    notes = {"faults": dict(made), "events": events, "first_seed": seed, "times": times}
    return Finding(fault_ids=FAULT_IDS, title="A whole system in virtual time", repetitions=count,
                   acknowledged=acknowledged, violations=violations, notes=notes)  # fmt: skip


def main() -> None:
    print(simulate(int(sys.argv[1]), Database()).story())


if __name__ == "__main__":
    main()
