"""What `imagend worker` runs: a parent that keeps worker processes for a gateway."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

import typer

from imagend.cli.logs import set_up_logging
from imagend.settings import child_environment, current_worker_settings
from imagend.worker_settings import WorkerSettings
from imagend.workers.doors import ClientTls
from imagend.workers.link import Link
from imagend.workers.main import read_token
from imagend.workers.pools import PoolPace, SubprocessPool
from imagend.workers.supervisor import Supervisor

STOP_SECONDS = 5.0  # beyond the drain: hand back, end threads


def run(flags: dict[str, Any]) -> None:
    """Work until SIGTERM or SIGINT. Raises BadSetting, and GatewayRefused for a wrong token."""
    settings = current_worker_settings(flags)
    set_up_logging(settings.log_level)
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    link = Link(settings.gateway, read_token(_path(settings.token_file)), name, tls=_tls(settings))
    pool = SubprocessPool(
        _command(settings),
        settings.processes,
        link.lost,
        child_environment(),
        PoolPace(stop_seconds=settings.drain_seconds + STOP_SECONDS, memory_bytes=settings.memory_bytes),
        name=name,
        on_killed=link.lost,
        on_unready=lambda worker_id: link.lost(worker_id, tuple(settings.named_backends) or link.terms.backends),
    )
    Supervisor(link, pool, typer.echo).run()


def _command(settings: WorkerSettings) -> list[str]:
    command = [sys.executable, "-m", "imagend", "worker-process", "--address", settings.gateway]
    for backend in settings.named_backends:
        command += ["--backend", backend]
    for name in ("slots", "processes", "prompt_cache_entries", "prompt_cache_mib", "drain_seconds", "log_level"):
        command += [_flag(name), str(getattr(settings, name))]
    for name in ("token_file", "models_file", "ca", "certificate", "private_key", "signing_certificate", "signing_key"):
        if getattr(settings, name):
            command += [_flag(name), str(_path(getattr(settings, name)))]
    return command + ["--reserve"] * settings.reserve


def _tls(settings: WorkerSettings) -> ClientTls:
    files = {"authority": settings.ca, "certificate": settings.certificate, "private_key": settings.private_key}
    return ClientTls(**{name: _path(file) for name, file in files.items() if file})


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()
