"""Faults made on purpose, from the command line; see docs/reliability.md.

python -m faults record --acknowledged 100000 --faults 500
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from faults import record


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("record", help="so many acknowledged requests under so many faults, summed over parts")
    run.add_argument("--acknowledged", type=int, default=100_000)
    run.add_argument("--faults", type=int, default=500)
    run.add_argument("--per-second", type=float, default=160.0, help="orders begun, at the most")
    run.add_argument("--file", type=Path, default=record.RECORD)
    for command in (run,):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--folder", type=Path, help="where data, logs and histories go; temporary without it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        return _record(chosen, chosen.folder or Path(name))


def _record(chosen: argparse.Namespace, folder: Path) -> int:
    found = record.record(
        chosen.acknowledged, chosen.faults, seed=chosen.seed, folder=folder, per_second=chosen.per_second,
        file=chosen.file,
    )  # fmt: skip
    broken = sum(len(part["violations"]) for part in found["parts"])
    print(f"{record.total(found['parts'], 'acknowledged')} acknowledged, {broken} violations, in {chosen.file}")
    return min(1, broken)


if __name__ == "__main__":
    sys.exit(main())
