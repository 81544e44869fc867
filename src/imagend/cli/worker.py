"""`imagend worker`: workers for a gateway, usually of another machine; and the process that it and `serve` start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def worker(
    gateway: Annotated[str | None, typer.Option(help="https://host:port; several: comma-separated.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with the gateway's worker token.")] = None,
    backend: Annotated[list[str] | None, typer.Option(help="Model to load; repeat. Default: the gateway's.")] = None,
    models_file: Annotated[Path | None, typer.Option(help="TOML file: weights of this machine.")] = None,
    processes: Annotated[int | None, typer.Option(help="Worker processes, each with its models.")] = None,
    slots: Annotated[int | None, typer.Option(help="Pictures that a process works on at a time.")] = None,
    prompt_cache_entries: Annotated[int | None, typer.Option(help="Encoded prompts that a process keeps.")] = None,
    prompt_cache_mib: Annotated[int | None, typer.Option(help="MiB that these may take.")] = None,
    reserve: Annotated[bool | None, typer.Option(help="Serve only accounts with nothing in any worker.")] = None,
    drain_seconds: Annotated[float | None, typer.Option(help="What ends in this time after SIGTERM is ended.")] = None,
    memory_bytes: Annotated[int | None, typer.Option(help="A process that takes more is killed.")] = None,
    ca: Annotated[Path | None, typer.Option(help="PEM file: authority of the gateway's certificate.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file to show to the gateway.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="PEM file with its private key.")] = None,
    signing_certificate: Annotated[Path | None, typer.Option(help="PEM file: sign pictures here.")] = None,
    signing_key: Annotated[Path | None, typer.Option(help="PEM file with its private key.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Work for a gateway, usually of another machine. Each option is also IMAGEND_WORKER_...; see docs/workers.md."""
    from imagend.cli.crew import run

    run({
        "gateway": gateway, "token_file": _text(token_file), "backends": ",".join(backend) if backend else None,
        "models_file": _text(models_file), "processes": processes, "slots": slots, "reserve": reserve,
        "prompt_cache_entries": prompt_cache_entries, "prompt_cache_mib": prompt_cache_mib,
        "drain_seconds": drain_seconds,
        "memory_bytes": memory_bytes, "ca": _text(ca),
        "certificate": _text(certificate), "private_key": _text(private_key),
        "signing_certificate": _text(signing_certificate), "signing_key": _text(signing_key), "log_level": log_level,
    })  # fmt: skip


def worker_process(
    address: Annotated[str, typer.Option(help="The gateway's Unix socket, or http(s)://host:port; or several.")],
    token_file: Annotated[Path, typer.Option(help="File with the worker token.")],
    worker_id: Annotated[str, typer.Option(help="Name of this worker.")],
    backend: Annotated[list[str] | None, typer.Option(help="Backend to load: a name, or module:factory.")] = None,
    parent_pid: Annotated[int | None, typer.Option(help="Die with this process.")] = None,
    models_file: Annotated[Path | None, typer.Option(help="TOML file: weights of this machine.")] = None,
    processes: Annotated[int, typer.Option(help="How many share its devices.")] = 1,
    slots: int = 8,
    prompt_cache_entries: int = 256,
    prompt_cache_mib: int = 256,
    drain_seconds: float = 3.0,
    ca: Path | None = None,
    certificate: Path | None = None,
    private_key: Path | None = None,
    signing_certificate: Path | None = None,
    signing_key: Path | None = None,
    reserve: bool = False,
    nice: int = 0,
    log_level: str = "info",
) -> None:
    """One worker process; `serve` and `worker` start these themselves."""
    from imagend.cli.logs import set_up_logging
    from imagend.workers.doors import ClientTls
    from imagend.workers.guards import give_way
    from imagend.workers.main import WorkerOptions, run_worker

    set_up_logging(log_level)
    give_way(nice)
    run_worker(
        WorkerOptions(
            address=address,
            token_file=token_file,
            worker_id=worker_id,
            backends=tuple(backend or ()),
            parent_pid=parent_pid,
            models_file=models_file,
            processes=processes,
            slots=slots,
            prompt_cache_entries=prompt_cache_entries,
            prompt_cache_mib=prompt_cache_mib,
            reserve=reserve,
            drain_seconds=drain_seconds,
            tls=ClientTls(authority=ca, certificate=certificate, private_key=private_key),
            signing_certificate=signing_certificate,
            signing_key=signing_key,
        )
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
