"""The process of a pool on Ray, from options to exit."""

from __future__ import annotations

import logging
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.workers.doors import ClientTls
from imagend.workers.guards import ALIVE, READY, die_with_parent
from imagend.workers.headcount import Headcount
from imagend.workers.link import SHORT, Link
from imagend.workers.ray_fleet import ClusterUnreachable, Needs
from imagend.workers.ray_pool import RayPool, RayPoolOptions

logger = logging.getLogger(__name__)

WORKER = ("-m", "imagend", "worker-process")
UNREACHABLE = 69  # exit status: EX_UNAVAILABLE of sysexits.h


@dataclass(frozen=True, slots=True, kw_only=True)
class RayPoolProcess:
    """`address`: of the gateways, as Link takes it; workers on the cluster must reach it too."""

    address: str
    token_file: Path
    name: str
    parent_pid: int | None = None  # die when this process dies; stdin must be a pipe that it holds
    ray_address: str = "auto"
    namespace: str = "imagend"
    tls: ClientTls = field(default_factory=ClientTls)  # files of the same names on every node
    needs: Needs = field(default_factory=Needs)
    drain_seconds: float = 60.0
    orphan_seconds: float = 900.0
    worker_arguments: tuple[str, ...] = ()


def run_ray_pool(process: RayPoolProcess) -> None:
    """Until SIGTERM or SIGINT. Workers go on, except on a cluster that is this process's own."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if process.parent_pid is not None:
        die_with_parent(process.parent_pid, sys.stdin.fileno())
    pool = _pool(process)
    _stop_on_signals(pool)
    try:
        pool.run(ready=lambda: _begin(pool))
    except ClusterUnreachable as error:
        logger.error("the Ray cluster cannot be reached, its workers go on by themselves: %s", error)  # noqa: TRY400
        logging.shutdown()
        os._exit(UNREACHABLE)  # no goodbye: it would wait for the cluster


def _begin(pool: RayPool) -> None:
    """Ray has put its own handlers in place of ours."""
    _stop_on_signals(pool)
    _tell(READY)


def _stop_on_signals(pool: RayPool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: pool.stop())


def _pool(process: RayPoolProcess) -> RayPool:
    options = options_of(process)
    return RayPool(
        options,
        process.name,
        Headcount(process.address, options.token, process.tls).wishes,
        Link(process.address, options.token, process.name, patience=SHORT, tls=process.tls).lost,
        alive=lambda: _tell(ALIVE),
    )


def options_of(process: RayPoolProcess) -> RayPoolOptions:
    """Raises BadSetting for a token that cannot be read."""
    try:
        token = process.token_file.read_text("utf-8").strip()
    except OSError as error:
        raise BadSetting(f"token-file cannot be read: {error}") from error
    return RayPoolOptions(
        address=process.ray_address,
        namespace=process.namespace,
        needs=process.needs,
        arguments=(*WORKER, *_worker_flags(process), *process.worker_arguments),
        token=token,
        drain_seconds=process.drain_seconds,
        orphan_seconds=process.orphan_seconds,
    )


def _worker_flags(process: RayPoolProcess) -> tuple[str, ...]:
    """Where the gateways are, and how to know them."""
    files = {"--ca": process.tls.authority, "--certificate": process.tls.certificate}
    files["--private-key"] = process.tls.private_key
    named = [word for flag, file in files.items() if file is not None for word in (flag, str(file))]
    return ("--address", process.address, "--drain-seconds", str(process.drain_seconds), *named)


def _tell(line: str) -> None:
    """A line for the process that started this one. A parent that is gone is the lifeline's business."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        logger.debug("nobody listens on stdout")
