"""Writes docs/settings.md from the settings themselves: `python -m tools.settings_page`."""

from __future__ import annotations

from pathlib import Path

from imagend.settings import Settings, describe
from imagend.worker_settings import WorkerSettings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """# Settings

Every setting is an environment variable; `imagend serve --set name=value` means the same and wins. The most used ones
have flags of their own (`imagend serve --help`). Units are in the names. A wrong or unknown setting stops the server
with one line that says which and why.

| variable | default | meaning |
|---|---|---|
"""


WORKER_HEAD = """
## `imagend worker`

Of a worker on another machine (docs/workers.md); its flags mean the same and win.

| variable | default | meaning |
|---|---|---|
"""


def page() -> str:
    return HEAD + _rows(Settings) + WORKER_HEAD + _rows(WorkerSettings)


def _rows(kind: type[Settings | WorkerSettings]) -> str:
    rows = (
        f"| `{variable}` | {f'`{default}`' if default else ''} | {about} |\n"
        for variable, default, about in describe(kind)
    )
    return "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
