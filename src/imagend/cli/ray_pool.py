"""`imagend ray-pool`: keeps workers on a Ray cluster. `serve --pool ray` starts one."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

import typer

from imagend.core.errors import BadSetting


def ray_pool(
    address: Annotated[str, typer.Option(help="Gateways: http(s)://host:port, comma-separated; or a Unix socket.")],
    token_file: Annotated[Path, typer.Option(help="File with the gateways' worker token.")],
    ray_address: Annotated[str, typer.Option(help="auto, local or host:port.")] = "auto",
    ray_namespace: Annotated[str, typer.Option(help="Pools of one namespace keep the same workers.")] = "imagend",
    ray_num_gpus: Annotated[float, typer.Option(help="GPUs that one worker takes.")] = 0.0,
    ray_num_cpus: Annotated[float, typer.Option(help="CPUs that one worker takes.")] = 1.0,
    ray_resource: Annotated[list[str] | None, typer.Option(help="NAME=AMOUNT that one worker takes; repeat.")] = None,
    ray_label: Annotated[list[str] | None, typer.Option(help="NAME=VALUE that nodes must have; repeat.")] = None,
    ray_drain_seconds: Annotated[float, typer.Option(help="A worker that is sent home may finish so long.")] = 60.0,
    ray_orphan_seconds: Annotated[float, typer.Option(help="Workers without a pool go home after this.")] = 900.0,
    ca: Annotated[Path | None, typer.Option(help="PEM file on all nodes: authority of the gateways.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file on all nodes to show to the gateways.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="PEM file on all nodes with its private key.")] = None,
    worker_argument: Annotated[list[str] | None, typer.Option(help="One more argument of each worker; repeat.")] = None,
    worker_id: Annotated[str, typer.Option(help="Name of this pool.")] = "",
    parent_pid: Annotated[int | None, typer.Option(help="Die with this process.", hidden=True)] = None,
) -> None:
    """Keep workers on a Ray cluster, as many as the gateways wish. `serve --pool ray` starts this by itself."""
    from imagend.cli.logs import set_up_logging
    from imagend.workers.doors import ClientTls
    from imagend.workers.ray_fleet import Needs
    from imagend.workers.ray_main import RayPoolProcess, run_ray_pool

    set_up_logging("info")
    needs = Needs(
        num_gpus=ray_num_gpus, num_cpus=ray_num_cpus, resources=amounts(ray_resource or []),
        labels=labels(ray_label or []),
    )  # fmt: skip
    run_ray_pool(
        RayPoolProcess(
            address=address,
            token_file=token_file.expanduser(),
            name=worker_id or uuid.uuid4().hex[:8],
            parent_pid=parent_pid,
            ray_address=ray_address,
            namespace=ray_namespace,
            tls=ClientTls(authority=ca, certificate=certificate, private_key=private_key),
            needs=needs,
            drain_seconds=ray_drain_seconds,
            orphan_seconds=ray_orphan_seconds,
            worker_arguments=tuple(worker_argument or ()),
        )
    )


def amounts(words: list[str]) -> dict[str, float]:
    """{"disk": 2.0} of ["disk=2"]. Raises BadSetting."""
    try:
        return {name: float(amount) for name, amount in labels(words).items()}
    except ValueError as error:
        raise BadSetting(f"resource must be NAME=AMOUNT: {error}") from error


def labels(words: list[str]) -> dict[str, str]:
    """{"zone": "a"} of ["zone=a"]. Raises BadSetting."""
    pairs = [word.partition("=") for word in words]
    if not all(name and found for name, found, _ in pairs):
        raise BadSetting(f"resources and labels must be NAME=VALUE, not {', '.join(words)!r}")
    return {name: value for name, _, value in pairs}
