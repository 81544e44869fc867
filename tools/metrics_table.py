"""Write the table of metrics into docs/operations.md: `python -m tools.metrics_table`."""

from __future__ import annotations

import re
from pathlib import Path

from imagend.telemetry.table import METRICS

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"


def table() -> str:
    lines = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for one in METRICS:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        lines.append(f"| `imagend_{one.name}` | {one.kind} | {labels} | {one.about} |")
    return "\n".join(lines)


def main() -> None:
    text = PAGE.read_text("utf-8")
    marked = f"<!-- metrics -->\n{table()}\n<!-- /metrics -->"
    PAGE.write_text(re.sub(r"<!-- metrics -->.*<!-- /metrics -->", marked, text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
