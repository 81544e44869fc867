"""Workers on a Ray cluster: the process beside the gateway that keeps them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.settings import Settings, child_environment
from imagend.weights.models_file import ModelsFile
from imagend.wiring.upstreams import key_variables
from imagend.workers.pools import PoolPace, SubprocessPool

STOP_SECONDS = 15.0  # a cluster inside this machine is taken down in order


def open_ray_pool(settings: Settings, folder: Path, models: ModelsFile | None = None) -> SubprocessPool:
    """A pool of one process, which is started again with back-off when it or the cluster fails. models: of this
    gateway; workers read a file at the same path. Raises BadSetting."""
    if importlib.util.find_spec("ray") is None:
        raise BadSetting("pool ray needs the package ray: pip install 'imagend[ray]'")
    command = [sys.executable, "-m", "imagend", "ray-pool"]
    command += ["--address", _address(settings, folder), "--token-file", str(_token_file(settings, folder))]
    for name in ("address", "namespace", "num_gpus", "num_cpus", "drain_seconds", "orphan_seconds"):
        command += [f"--ray-{name.replace('_', '-')}", str(getattr(settings, f"ray_{name}"))]
    for flag, text in (("--ray-resource", settings.ray_resources), ("--ray-label", settings.ray_labels)):
        for word in text.split(","):
            command += [flag, word.strip()] if word.strip() else []
    for name in ("ca", "certificate", "private_key"):
        if file := getattr(settings, f"ray_{name}"):
            command += [f"--{name.replace('_', '-')}", file]
    for name in ("prompt_cache_entries", "prompt_cache_mib"):
        command += ["--worker-argument", f"--{name.replace('_', '-')}={getattr(settings, name)}"]
    if models is not None:
        command += ["--worker-argument", f"--models-file={models.path}"]
    pace = PoolPace(stop_seconds=STOP_SECONDS)
    return SubprocessPool(command, 1, _nothing_lost, child_environment(dropped=key_variables(settings)), pace)


def _address(settings: Settings, folder: Path) -> str:
    if settings.ray_gateway:
        return settings.ray_gateway
    if settings.worker_address is not None:
        host, port = settings.worker_address
        if host in ("0.0.0.0", "::"):  # noqa: S104  (refused here)
            raise BadSetting(f"ray_gateway must name the host of worker_listen {settings.worker_listen}")
        scheme = "https" if settings.worker_tls_certificate else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    if settings.ray_address == "local":
        return str(folder / "internal.sock")
    raise BadSetting("pool ray needs worker_listen and worker_token_file: workers of other machines come through there")


def _token_file(settings: Settings, folder: Path) -> Path:
    return Path(settings.worker_token_file).expanduser() if settings.worker_token_file else folder / "worker-token"


def _nothing_lost(_: str) -> None:
    """The pool's process holds no leases; its workers go on without it."""
