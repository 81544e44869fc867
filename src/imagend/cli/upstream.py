"""The process that carries jobs to another server; `serve` starts these itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def upstream_process(
    file: Annotated[Path, typer.Option(help="The server's upstreams_file.")],
    name: Annotated[str, typer.Option(help="Which of its tables.")],
    address: Annotated[str, typer.Option(help="The gateway's Unix socket, or http(s)://host:port; or several.")],
    token_file: Annotated[Path, typer.Option(help="File with the worker token.")],
    worker_id: Annotated[str, typer.Option(help="Name of this worker.")],
    parent_pid: Annotated[int | None, typer.Option(help="Die with this process.")] = None,
    drain_seconds: float = 3.0,
    signing_certificate: Path | None = None,
    signing_key: Path | None = None,
    log_level: str = "info",
) -> None:
    """One process for one other server; `serve` starts these itself."""
    from imagend.cli.logs import set_up_logging
    from imagend.core.errors import BadSetting
    from imagend.settings import current_settings
    from imagend.wiring.models import read_catalog
    from imagend.wiring.upstreams import key_of, read_file, wordings
    from imagend.workers.main import WorkerOptions
    from imagend.workers.upstream.main import Forwarding, run_forwarder

    set_up_logging(log_level)
    found = next((one for one in read_file(file) if one.name == name), None)
    if found is None:
        raise BadSetting(f"upstreams_file has no table [{name}]")
    options = WorkerOptions(
        address=address,
        token_file=token_file,
        worker_id=worker_id,
        parent_pid=parent_pid,
        slots=found.at_once,
        newcomers=0,
        drain_seconds=drain_seconds,
        signing_certificate=signing_certificate,
        signing_key=signing_key,
    )
    settings = current_settings({"data_dir": str(token_file.parent)})  # the server's, whose own are not passed on
    asked = wordings(found, read_catalog(settings))
    run_forwarder(options, Forwarding(upstream=found, key=key_of(found), wordings=asked))
