"""The part of docs/benchmarks.md about GPUs, from the records that were made on one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.gpu.tables import TABLES
from bench.report import DOCS, Table
from bench.report import GPU_HEADING as HEADING

COMMAND = "python -m bench.gpu"


def section(folder: Path = DOCS / "data") -> str:
    """What was measured, on what; and what was not. folder: of the records."""
    found = {name: record for name in TABLES if (record := _record(folder, name)) is not None}
    parts = [HEADING, _opening(found)]
    parts += [_table(name, record) for name, record in found.items()]
    missing = [name for name in TABLES if name not in found]
    if missing:
        parts.append(_list(missing))
    return "\n".join(parts)


def rewrite() -> None:
    """Put the section at the end of the page, in place of the old one."""
    file = DOCS / "benchmarks.md"
    before = file.read_text("utf-8").split(HEADING)[0].rstrip("\n")
    file.write_text(f"{before}\n\n{section()}")


def _record(folder: Path, name: str) -> dict[str, Any] | None:
    """A table's last run; None when it never ran on a GPU, or with small models only."""
    try:
        record: dict[str, Any] = json.loads((folder / f"bench-gpu-{name}.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return None if record["small"] or record["machine"]["device"] == "cpu" or not record["rows"] else record


def _opening(found: dict[str, dict[str, Any]]) -> str:
    how = (
        "Models of published size with random weights, built from `bench/gpu/configs`, each table against plain\n"
        "diffusers, or another way of ours, in the same run on the same card. `bench/gpu/README.md` says how to run\n"
        "them.\n"
    )
    if not found:
        none = "None of these tables has run yet: no GPU was at hand. Tests run each with tiny models on a CPU."
        return f"{how}\n{none}\n"
    return how


def _table(name: str, record: dict[str, Any]) -> str:
    table = Table(name=f"gpu-{name}", title=record["title"], about=record["about"], rows=record["rows"])
    on = ", ".join(f"{key} {value}" if key != "device" else str(value) for key, value in record["machine"].items())
    notes = "".join(f"- {note}\n" for note in record["notes"])
    return f"{table.markdown()}\n{notes}`{COMMAND} {name}` on {on}\n"


def _list(missing: list[str]) -> str:
    rows = [f"| {TABLES[name].title} | `{COMMAND} {name}` |" for name in missing]
    return "\n".join(["Not measured yet:\n", "| table | command |", "|---|---|", *rows]) + "\n"
