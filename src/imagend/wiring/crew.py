"""Workers: the pool on this machine, and the door for those elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.desk.desk import Desk
from imagend.provenance.options import SealOptions
from imagend.settings import Settings, child_environment
from imagend.weights.models_file import ModelsFile
from imagend.wiring.cluster import open_ray_pool
from imagend.wiring.folder import fresh_token
from imagend.wiring.upstreams import key_variables, open_forwarders
from imagend.wiring.weights import crew_of
from imagend.workers.crews import Pools
from imagend.workers.pools import Pool, PoolPace, SubprocessPool

STOP_SECONDS = 5.0  # beyond the drain: hand back, end threads
MIN_TOKEN_LENGTH = 32  # characters of the secret that workers elsewhere show


def open_pool(
    settings: Settings, folder: Path, desk: Desk, seal: SealOptions, backends: tuple[str, ...],
    models: ModelsFile | None = None,
) -> Pool:  # fmt: skip
    """Workers with these models, and one process per server that models are forwarded to. Raises BadSetting."""
    pools: list[Pool] = [*open_forwarders(settings, folder, desk, _signing(seal))]
    if backends:
        pools.append(_open_models(settings, folder, desk, seal, backends, models))
    return pools[0] if len(pools) == 1 else Pools(pools)


def _open_models(
    settings: Settings, folder: Path, desk: Desk, seal: SealOptions, backends: tuple[str, ...],
    models: ModelsFile | None,
) -> Pool:  # fmt: skip
    """What else they are to do the workers hear from the gateway itself; see terms.py."""
    if settings.pool == "ray":
        return open_ray_pool(settings, folder, models)
    crew = crew_of(settings, models, backends)
    command = [sys.executable, "-m", "imagend", "worker-process"]
    command += ["--address", str(folder / "internal.sock"), "--token-file", str(folder / "worker-token")]
    command += ["--drain-seconds", str(settings.worker_drain_seconds), "--nice", str(settings.worker_nice)]
    command += ["--prompt-cache-entries", str(settings.prompt_cache_entries)]
    command += ["--prompt-cache-mib", str(settings.prompt_cache_mib)]
    if models is not None:
        command += ["--models-file", str(models.path), "--processes", str(crew.processes)]
    command += _signing(seal)

    def on_lost(worker_id: str) -> None:
        desk.worker_lost(worker_id)

    return SubprocessPool(
        command, crew.workers, on_lost, child_environment(dropped=key_variables(settings)), crew_pace(settings),
        reserve=crew.reserve, on_unready=lambda worker_id: desk.start_failed(worker_id, backends),
    )  # fmt: skip


def _signing(seal: SealOptions) -> list[str]:
    if seal.certificate is None or seal.key is None:
        return []
    return ["--signing-certificate", str(seal.certificate), "--signing-key", str(seal.key)]


def crew_pace(settings: Settings) -> PoolPace:
    stop_seconds = settings.worker_drain_seconds + STOP_SECONDS
    return PoolPace(stop_seconds=stop_seconds, memory_bytes=settings.worker_memory_bytes)


def worker_tokens(settings: Settings, folder: Path) -> tuple[str, ...]:
    """What workers may show: ours a new one at every start, those elsewhere the operator's. Raises BadSetting."""
    own = fresh_token(folder / "worker-token")
    if not settings.worker_listen:
        return (own,)
    return own, token_in("worker_token_file", settings.worker_token_file)


def token_in(setting: str, file: str) -> str:
    """The operator's secret in a file that a setting names. Raises BadSetting."""
    try:
        token = Path(file).expanduser().read_text("utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{setting} cannot be read: {error}") from error
    if len(token) < MIN_TOKEN_LENGTH:
        raise BadSetting(f"{setting} must hold at least {MIN_TOKEN_LENGTH} characters")
    return token
