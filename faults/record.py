"""The recorded run: parts, one seed each, until so many requests were acknowledged under so many faults; resumable.

Every finished part is a line of the JSON file, so a run that was stopped goes on where it was, and parts of several
machines may be put together. The page (tools/reliability_page.py) is made from the file.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.report import machine
from faults.campaign import Part, Plan, run_part
from faults.load import Pace
from faults.nemesis_shared import SHARED

DATA = Path(__file__).parents[1] / "docs" / "data"
#: Where parts run: one machine with SQLite; two gateways on PostgreSQL, with a worker each and one elsewhere.
TOPOLOGIES: Mapping[str, Mapping[str, Any]] = {
    "embedded": {},
    "shared": {"postgres": True, "gateways": 2, "remote_workers": 1, "actors": SHARED, "changes": {"workers": 1}},
}
PART_ACKNOWLEDGED, PART_FAULTS = 10_000, 50
VERSIONS = ("apsw", "uvicorn", "starlette", "msgspec", "uvloop", "httptools")


def file_of(topology: str) -> Path:
    return DATA / f"faults-{topology}.json"


def plan_of(seed: int, acknowledged: int, faults: int, per_second: float, topology: str = "embedded") -> Plan:
    where = TOPOLOGIES[topology]
    return Plan(seed=seed, acknowledged=acknowledged, faults=faults, pace=Pace(per_second=per_second), **where)


def record(
    acknowledged: int, faults: int, *, seed: int, folder: Path, file: Path, per_second: float = 160.0,
    topology: str = "embedded",
) -> dict[str, Any]:  # fmt: skip
    """Add parts to the file until its sums reach both numbers. Blocks."""
    found = _load(file)
    while (left := acknowledged - total(found["parts"], "acknowledged")) > 0 or _faults_left(found, faults) > 0:
        taken = [part["seed"] for part in found["parts"]]
        plan = plan_of(
            max([seed - 1, *taken]) + 1, max(1, min(PART_ACKNOWLEDGED, left)),
            max(1, min(PART_FAULTS, _faults_left(found, faults))), per_second, topology,
        )  # fmt: skip
        part = run_part(plan, folder / f"part-{plan.seed}")
        keep(found, part, file)
        print(line(part), flush=True)
        if not part.violations:
            shutil.rmtree(folder / f"part-{plan.seed}")
    return found


def keep(found: dict[str, Any], part: Part, file: Path) -> None:
    found["parts"].append({"at": round(time.time()), **asdict(part)})
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**found, "parts": []}, indent=1)
    rows = ",\n".join("  " + json.dumps(row) for row in found["parts"])
    file.write_text(text.replace('"parts": []', f'"parts": [\n{rows}\n ]') + "\n")


def keep_row(name: str, row: str, values: dict[str, Any]) -> None:
    """Put one row into docs/data/faults-NAME.json, in place of an older one."""
    file = DATA / f"faults-{name}.json"
    rows = json.loads(file.read_text())["rows"] if file.exists() else {}
    rows[row] = values | {"at": round(time.time())}
    file.write_text(json.dumps({"machine": machine(), "versions": _versions(), "rows": rows}, indent=1) + "\n")


def _versions() -> dict[str, str]:
    return {name: version(name) for name in VERSIONS}


def _load(file: Path) -> dict[str, Any]:
    if file.exists():
        loaded: dict[str, Any] = json.loads(file.read_text())
        return loaded
    command = " ".join(["python", "-m", "faults", *sys.argv[1:]])
    return {"command": command, "machine": machine(), "versions": _versions(), "parts": []}


def _faults_left(found: dict[str, Any], faults: int) -> int:
    return faults - sum(sum(part["faults"].values()) for part in found["parts"])


def total(parts: Iterable[dict[str, Any]], name: str) -> int:
    return int(sum(part[name] for part in parts))


def line(part: Part) -> str:
    rate = part.acknowledged / part.seconds
    return (
        f"seed {part.seed}: {part.acknowledged} acknowledged in {part.seconds:.0f} s ({rate:.0f}/s), "
        f"{sum(part.faults.values())} faults, {len(part.violations)} violations"
        + "".join(f"\n  {sentence}" for sentence in part.violations[:10])
    )
