"""Puts what was recorded into docs/reliability.md: `python -m tools.reliability_page`.

The page is written by hand, but for the blocks between `<!-- NAME -->` and `<!-- end -->`: those are drawn from
docs/data/faults-*.json.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.reliability_rows import ROWS, Row

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
DATA = ROOT / "docs" / "data"
TOPOLOGIES = {
    "embedded": "one machine: SQLite, local disk, 2 worker processes",
    "shared": "PostgreSQL, 2 gateways with a worker process each, 1 worker elsewhere over TCP",
}


def page(text: str) -> str:
    """The page with its blocks drawn again."""
    for name, draw in BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        drawn = draw()
        text = pattern.sub(lambda found, drawn=drawn: f"{found[1]}{drawn}\n{found[2]}", text)  # type: ignore[misc]
    return text


def _load(name: str) -> dict[str, Any]:
    file = DATA / f"faults-{name}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def _parts(topology: str) -> list[dict[str, Any]]:
    return list(_load(topology).get("parts", ()))


def _all_parts() -> list[dict[str, Any]]:
    return [part for topology in TOPOLOGIES for part in _parts(topology)]


def _faults(parts: list[dict[str, Any]]) -> int:
    return sum(sum(part["faults"].values()) for part in parts)


def _kinds(parts: list[dict[str, Any]], *kinds: str) -> int:
    return sum(sentence.partition(":")[0] in kinds for part in parts for sentence in part["violations"])


def number() -> str:
    parts = _all_parts()
    if not parts:
        return "Nothing was recorded yet."
    acknowledged, every = sum(part["acknowledged"] for part in parts), sum(len(part["violations"]) for part in parts)
    lost, doubled = _kinds(parts, "lost", "unseen", "unpaid"), _kinds(parts, "doubled", "overpaid")
    crossed = _kinds(parts, "cross-tenant", "mismatched")
    return (
        f"**{acknowledged:,} acknowledged requests under {_faults(parts):,} injected faults: {lost} lost, "
        f"{doubled} double-billed, {crossed} cross-tenant**; {every} broken promises of any kind."
    )


def runs() -> str:
    lines = ["| where | seeds | acknowledged | faults | violations | minutes | acknowledged per second |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for topology, about in TOPOLOGIES.items():
        parts = _parts(topology)
        if parts:
            seconds, acknowledged = (sum(part[name] for part in parts) for name in ("seconds", "acknowledged"))
            seeds = sorted(part["seed"] for part in parts)
            broken = sum(len(part["violations"]) for part in parts)
            lines.append(
                f"| {about} | {seeds[0]} to {seeds[-1]} | {acknowledged:,} | {_faults(parts)} | {broken} "
                f"| {seconds / 60:.0f} | {acknowledged / seconds:.0f} |"
            )
    return "\n".join([*lines, "", _machine()])


def _machine() -> str:
    for name in (*TOPOLOGIES, "sets", "loads"):
        if found := _load(name):
            machine = found["machine"]
            versions = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
            return f"{machine['cores']} shared cores ({machine['processor']}), Python {machine['python']}, {versions}."
    return ""


def faults() -> str:
    lines = ["| id | fault | how | times | alone | broken promises | back after s: median, most | quick version |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*lines, *(_line(name, row) for name, row in ROWS.items())])


def _line(name: str, row: Row) -> str:
    parts = _all_parts()
    times = sum(part["faults"].get(actor, 0) for part in parts for actor in row.actors)
    seconds = [one for part in parts for actor in row.actors for one in part["recovery"].get(actor, ())]
    broken = len([sentence for part in parts for sentence in part["violations"]]) if times else 0
    alone = 0
    for found in _sets(name, row):
        counted = found["notes"].get("times", {}).get(name, found["repetitions"])
        broken += len(found["violations"])
        if found["notes"].get("alone"):
            alone += counted
        else:
            times += counted
            seconds += found["recovery_seconds"]
    back = f"{statistics.median(seconds):.1f}, {max(seconds):.1f}" if seconds else ""
    quick = " ".join(f"`{Path(path).stem}`" for path in row.quick)
    result = str(broken) if times or alone else ""
    return f"| {name} | {row.fault} | {row.how} | {_number(times)} | {_number(alone)} | {result} | {back} | {quick} |"


def _sets(name: str, row: Row) -> list[dict[str, Any]]:
    """What the sets of a row have found; of a set with several rows, its own."""
    rows = _load("sets").get("rows", {})
    return [rows[wanted] for one in row.sets for wanted in (one, f"{one} {name}") if wanted in rows]


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def loads() -> str:
    lines = ["| id | load | bar | reached | figures |", "|---|---|---|---|---|"]
    rows = _load("loads").get("rows", {})
    for name in sorted(rows, key=lambda name: int(name[1:])):
        row = rows[name]
        figures = ", ".join(f"{what} {_text(value)}" for what, value in row["figures"].items())
        lines.append(f"| {name} | {row['title']} | {row['bar']} | {'yes' if row['held'] else '**no**'} | {figures} |")
    return "\n".join(lines)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "/".join(f"{name}: {count}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


BLOCKS: dict[str, Callable[[], str]] = {"number": number, "runs": runs, "faults": faults, "loads": loads}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
