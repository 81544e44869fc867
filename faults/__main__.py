"""Faults made on purpose; what they are and what was found is in docs/reliability.md."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from faults import record
from faults.campaign import run_part
from faults.loads import run_load
from faults.loads_of_queues import ALL_LOADS
from faults.report import Finding

#: Modules with `run(count, seed, folder) -> Finding`, or some of them, one for each row of the table; and how often
#: the long set repeats them.
SETS: dict[str, int] = {
    "cancels": 1000, "hangups": 500, "races": 40, "revoked": 20, "simulated": 2000, "crash_points": 2000,
    "power_cuts": 1000, "disk_errors": 50, "postgres_crashes": 20, "ray_faults": 24, "worker_rounds": 20,
    "repeated": 20, "ray_imports": 20,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    work: dict[str, Callable[[argparse.Namespace, Path], int]] = {
        "record": _record, "run": _run, "load": _load, "soak": _soak,
    }  # fmt: skip
    made = {name: commands.add_parser(name, help=function.__doc__) for name, function in work.items()}
    made["record"].add_argument("--acknowledged", type=int, default=100_000)
    made["record"].add_argument("--faults", type=int, default=500)
    for name in ("record", "soak"):
        made[name].add_argument("--per-second", type=float, default=160.0, help="orders begun, at the most")
        made[name].add_argument("--topology", choices=sorted(record.TOPOLOGIES), default="embedded")
        made[name].add_argument("--file", type=Path, help="JSON of the parts; default: docs/data/faults-TOPOLOGY.json")
    made["run"].add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(SETS)}; default: all")
    made["run"].add_argument("--count", type=int, help="repetitions; default: those of the long set")
    made["load"].add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(ALL_LOADS)}; default: all")
    for name in ("load", "soak"):
        made[name].add_argument("--minutes", type=float, help="of each load; of the whole soak")
    for command in made.values():
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--folder", type=Path, help="where data, logs and histories go; temporary without it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        return work[chosen.command](chosen, chosen.folder or Path(name))


def _record(chosen: argparse.Namespace, folder: Path) -> int:
    """so many acknowledged requests under so many faults, summed over parts; goes on where it was stopped"""
    found = record.record(
        chosen.acknowledged, chosen.faults, seed=chosen.seed, folder=folder, per_second=chosen.per_second,
        file=chosen.file or record.file_of(chosen.topology), topology=chosen.topology,
    )  # fmt: skip
    broken = sum(len(part["violations"]) for part in found["parts"])
    print(f"{record.total(found['parts'], 'acknowledged')} acknowledged, {broken} violations")
    return min(1, broken)


def _run(chosen: argparse.Namespace, folder: Path) -> int:
    """named sets of faults, with a verdict for each"""
    broken = 0
    for name in chosen.names or SETS:
        module = importlib.import_module(f"faults.{name}")
        (folder / name).mkdir(parents=True, exist_ok=True)
        found: Finding | Iterable[Finding] = module.run(chosen.count or SETS.get(name, 20), chosen.seed, folder / name)
        for row, finding in rows_of(name, found):
            record.keep_row("sets", row, {"seed": chosen.seed, **finding.to_json()})
            print(f"{row}: {finding.repetitions} repetitions, {len(finding.violations)} violations", flush=True)
            print(*(f"  {sentence}\n" for sentence in finding.violations[:10]), sep="", end="", flush=True)
            broken += not finding.held
    return min(1, broken)


def rows_of(name: str, found: Finding | Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """What is kept of a set, by name: `cancels`, or `repeated F16`, `repeated F18` ... where it is of several rows,
    each as soon as it is known."""
    if isinstance(found, Finding):
        yield name, found
    else:
        yield from ((" ".join([name, *finding.fault_ids]), finding) for finding in found)


def _load(chosen: argparse.Namespace, folder: Path) -> int:
    """loads to hold, with their bars; exit status 0 also where a bar is missed"""
    for name in chosen.names or ALL_LOADS:
        loaded = run_load(name, ALL_LOADS[name], folder / name, chosen.minutes)
        row = {"title": loaded.title, "bar": loaded.bar, "held": loaded.held, "figures": loaded.figures}
        record.keep_row("loads", name, row)
        print(f"{name} {'held' if loaded.held else 'MISSED'}: {json.dumps(loaded.figures)}", flush=True)
    return 0


def _soak(chosen: argparse.Namespace, folder: Path) -> int:
    """parts without end, or for so many minutes; ends at the first broken promise and keeps its history"""
    import time

    until = time.monotonic() + 60 * (chosen.minutes or float("inf"))
    seed = chosen.seed
    while time.monotonic() < until:
        plan = record.plan_of(seed, record.PART_ACKNOWLEDGED, record.PART_FAULTS, chosen.per_second, chosen.topology)
        part = run_part(plan, folder / f"part-{seed}")
        print(record.line(part), flush=True)
        if part.violations:
            kept = Path(f"faults-seed-{seed}.jsonl")
            (folder / f"part-{seed}" / "history.jsonl").rename(kept)
            print(f"history in {kept}")
            return 1
        seed += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
