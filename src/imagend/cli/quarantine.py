"""`imagend quarantine`: requests that were given up because workers were lost with them."""

from __future__ import annotations

import json

import typer

from imagend.cli.keys import AsJson, DataDir

MOST = 1000


def quarantine(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List requests that cost workers and were given up, newest first; see docs/workers.md."""
    from imagend.cli.tables import table
    from imagend.desk.listing import quarantine_row
    from imagend.settings import current_settings
    from imagend.wiring.books import open_beside

    store = open_beside(current_settings({"data_dir": None if data_dir is None else str(data_dir)}))
    try:
        rows = [quarantine_row(row) for row in store.read(lambda reads: reads.quarantine("", MOST))]
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table([_short(row) for row in rows], False)


def _short(row: dict[str, object]) -> dict[str, object]:
    workers = row["workers_lost"]
    assert isinstance(workers, list)
    return {name: row[name] for name in ("given_up_at", "request_id", "model", "error")} | {
        "workers": " ".join(workers)
    }
