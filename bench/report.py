"""Tables: printed, written as JSON, and kept in docs/benchmarks.md with the machine they were made on."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"


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
        lines += ["| " + " | ".join(_text(row[head]) for head in heads) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def save(self) -> None:
        folder = DOCS / "data"
        folder.mkdir(parents=True, exist_ok=True)
        record = {"title": self.title, "machine": machine(), "rows": self.rows}
        (folder / f"bench-{self.name}.json").write_text(json.dumps(record, indent=1) + "\n")


def _text(value: Any) -> str:
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


def write_page(tables: list[Table], command: str) -> None:
    """Rewrite the page from the tables of this run."""
    made = machine()
    head = (
        "# Benchmarks\n\n"
        f"Last run: `{command}` on {made['cores']} shared cores ({made['processor']}), Python {made['python']}.\n"
        "These machines are shared and noisy: trust the ratios inside one table, not the absolute times.\n"
    )
    (DOCS / "benchmarks.md").write_text(head + "\n" + "\n".join(table.markdown() for table in tables))


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
