"""Printing rows for people or as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

IDS = ("id", "account", "key", "request_id")  # are copied, so they stay in one piece
PIPED_WIDTH = 400  # characters of a line that no screen shows


def table(rows: list[dict[str, Any]], as_json: bool, empty: str = "nothing") -> None:
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        grid.add_column(name, no_wrap=name in IDS, overflow="fold")
    for row in rows:
        grid.add_row(*(str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(grid)
