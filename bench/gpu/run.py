"""One run of one table: rows as they come, kept in a file after each, and a note of everything that was left out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.gpu.meters import Meter, release
from bench.report import Table, text

Row = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Run:
    """What a table's function is given. folder: of the JSON file; None: nowhere."""

    name: str
    title: str
    about: str
    meter: Meter
    small: bool = False
    folder: Path | None = None
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: bool = False
    machine: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path | None:
        return None if self.folder is None else self.folder / f"bench-gpu-{self.name}.json"

    def attempt(self, what: str, do: Callable[[], None], *, needs: float = 0.0) -> None:
        """Do a part that adds rows. What fails, or has less than `needs` seconds left, is noted; the others go on."""
        if self.meter.left < needs:
            self.note(f"{what}: left out, only {self.meter.left:.0f} s were left")
        else:
            try:
                do()
            except Exception as error:
                traceback.print_exc()
                self.failed = True
                first = (str(error).splitlines() or [""])[0]
                self.note(f"{what}: failed, {type(error).__name__}: {first}")
        release(self.meter)
        self.save()

    def note(self, words: str) -> None:
        """Once, whoever says it."""
        if words not in self.notes:
            self.notes.append(words)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print("  ".join(f"{name}={text(value)}" for name, value in row.items()))
        self.save()

    def save(self) -> None:
        """Times on a CPU are never kept as a GPU's: the record says what it was made on, and whether it was small."""
        if self.file is None:
            return
        record = {
            "title": self.title, "about": self.about, "small": self.small, "machine": self.machine,
            "seconds": round(self.meter.seconds - self.meter.left, 1), "notes": self.notes, "rows": self.rows,
        }  # fmt: skip
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(record, indent=1) + "\n")

    def markdown(self) -> str:
        table = Table(name=f"gpu-{self.name}", title=self.title, about=self.about, rows=self.rows)
        return (table.markdown() if self.rows else "") + "".join(f"- {note}\n" for note in self.notes)
