"""Workers: the pool on this machine, and the door for those elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

from imagend.core.catalog import Catalog
from imagend.core.errors import BadSetting
from imagend.desk.desk import Desk
from imagend.provenance.options import SealOptions
from imagend.settings import Settings, child_environment
from imagend.wiring.folder import fresh_token
from imagend.wiring.pictures import safety_options
from imagend.workers.pools import SubprocessPool

MIN_TOKEN_LENGTH = 32  # characters of the secret that workers elsewhere show


def open_pool(settings: Settings, catalog: Catalog, folder: Path, desk: Desk, seal: SealOptions) -> SubprocessPool:
    command = [sys.executable, "-m", "imagend", "worker"]
    command += ["--address", str(folder / "internal.sock"), "--token-file", str(folder / "worker-token")]
    for backend in sorted({card.backend for card in catalog}):
        command += ["--backend", backend]
    command += ["--safety-picture", settings.safety_picture]
    if settings.safety_policy:
        command += ["--safety-policy", str(safety_options(settings).policy)]
    for name in ("beat_seconds", "fence_seconds", "hard_limit_seconds"):
        command += [f"--{name.replace('_', '-')}", str(getattr(settings, name))]
    command += ["--provenance", seal.layers, *(["--prompt-in-manifest"] if seal.with_prompt else [])]
    if seal.certificate and seal.key:
        command += ["--certificate", str(seal.certificate), "--private-key", str(seal.key)]

    def on_lost(worker_id: str) -> None:
        desk.worker_lost(worker_id)

    reserve = settings.reserve_workers if settings.workers else 0
    return SubprocessPool(command, settings.workers, on_lost, child_environment(), reserve=reserve)


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
