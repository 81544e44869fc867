"""Tables: printed, written as JSON, and kept in docs/benchmarks.md with the machine they were made on."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
GPU_HEADING = "## On a GPU\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    title: str
    about: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def markdown(self) -> str:
        heads = list(self.rows[0])
        lines = [f"### {self.title}", "", self.about, "", "| " + " | ".join(heads) + " |"]
        lines.append("|" + "---|" * len(heads))
        lines += ["| " + " | ".join(text(row[head]) for head in heads) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def save(self) -> None:
        folder = DOCS / "data"
        folder.mkdir(parents=True, exist_ok=True)
        record = {"title": self.title, "about": self.about, "machine": machine(), "rows": self.rows}
        (folder / f"bench-{self.name}.json").write_text(json.dumps(record, indent=1) + "\n")


def text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def machine() -> dict[str, Any]:
    return {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def load(name: str) -> Table | None:
    """A table's last run; None if it never ran."""
    try:
        record = json.loads((DOCS / "data" / f"bench-{name}.json").read_text())
    except FileNotFoundError:
        return None
    return Table(name=name, title=record["title"], about=record.get("about", ""), rows=record["rows"])


def write_page(names: list[str]) -> None:
    """Rewrite the page from the last run of every table."""
    made = machine()
    head = (
        "# Benchmarks\n\n"
        f"Last runs on {made['cores']} shared cores ({made['processor']}), Python {made['python']}:\n"
        "`make bench` for all tables, `python -m bench NAME` for one. These machines are shared and noisy: trust the\n"
        "ratios inside one table, not the absolute times.\n"
    )
    tables = [table for name in names if (table := load(name)) is not None]
    parts = [f"{table.markdown()}\n`python -m bench {table.name}`\n" for table in tables]
    page = DOCS / "benchmarks.md"
    _, heading, behind = page.read_text().partition(GPU_HEADING)  # that part is bench.gpu's
    page.write_text("\n".join([head, *parts, *([heading + behind] if heading else [])]))


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
