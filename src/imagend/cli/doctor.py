"""`imagend doctor`: looks at this machine and this installation, and says what to do about what is wrong."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from imagend.cli.keys import AsJson, DataDir
from imagend.core.errors import ImagendError

MARKS = {"ok": "ok    ", "advice": "advice", "wrong": "WRONG "}


def doctor(
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option(help="TCP port that the server shall have [IMAGEND_PORT].")] = None,
    as_json: AsJson = False,
) -> None:
    """Check machine, GPU, folders, database, pictures' store, port, models. Exit status 1 if one of them is wrong."""
    from imagend.cli.findings import Finding, examine
    from imagend.settings import current_settings

    flags = {"data_dir": None if data_dir is None else str(data_dir), "port": port}
    try:
        found = examine(current_settings(flags))
    except ImagendError as error:
        found = [Finding(about="settings", state="wrong", says=error.message, do="see docs/settings.md")]
    if as_json:
        rows = [{"about": one.about, "state": one.state, "says": one.says, "do": one.do} for one in found]
        typer.echo(json.dumps(rows))
    else:
        for one in found:
            typer.echo(f"{MARKS[one.state]} {one.about:10} {one.says}" + (f"\n{'':18}-> {one.do}" if one.do else ""))
    if any(one.state == "wrong" for one in found):
        raise typer.Exit(1)
