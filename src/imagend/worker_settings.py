"""Every setting of `imagend worker`, as settings.py has those of the server."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from imagend.core.errors import BadSetting
from imagend.settings_fields import check_bounds, check_choice, gather, setting, words

WORKER_PREFIX = "IMAGEND_WORKER_"
_GATEWAY = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Of `imagend worker`, on whatever machine. What concerns pictures it hears from the gateway."""

    gateway: str = setting("", "https://host:port of the gateway; several, comma-separated, stand in for each other")
    token_file: str = setting("", "file with the secret of the gateway's worker_token_file")
    backends: str = setting("", "models to load, comma-separated: names or module:factory; the gateway's without it")
    models_file: str = setting("", "TOML file of this machine: folders of the weights that backends weights:... name")
    processes: int = setting(1, "worker processes, each with its models", low=1, high=256)
    slots: int = setting(8, "pictures that one process works on at a time", low=1, high=1024)
    prompt_cache_entries: int = setting(256, "encoded prompts that one process keeps for repetitions", low=0)
    prompt_cache_mib: int = setting(
        256, "MiB that these may take, where the model is: usually on the GPU", low=0, high=65_536
    )
    reserve: bool = setting(False, "serve only accounts that have nothing in any worker")
    drain_seconds: float = setting(
        8.0, "after SIGTERM, what ends in this time is ended; the rest is handed back", low=0
    )
    memory_bytes: int = setting(0, "resident memory of one process, which is killed when it takes more; 0: any", low=0)
    ca: str = setting("", "PEM file: authority of the gateway's certificate; the system's without it")
    certificate: str = setting("", "PEM file to show to a gateway with worker_tls_clients_ca")
    private_key: str = setting("", "PEM file with the private key of certificate")
    signing_certificate: str = setting("", "PEM file: sign manifests here; without it the gateway signs them")
    signing_key: str = setting("", "PEM file with the private key of signing_certificate")
    log_level: str = setting("info", "debug, info, warning or error")

    def __post_init__(self) -> None:
        check_bounds(self)
        check_choice("log_level", self.log_level, ("debug", "info", "warning", "error"))
        for name in ("gateway", "token_file"):
            if not getattr(self, name):
                raise BadSetting(f"{name} is missing: give --{name.replace('_', '-')} or {WORKER_PREFIX}{name.upper()}")
        for address in words(self.gateway):
            if not _GATEWAY.fullmatch(address):
                raise BadSetting(f"gateway must be http(s)://host:port, not {address!r}")
        if bool(self.certificate) != bool(self.private_key):
            raise BadSetting("certificate and private_key must be set together")
        if bool(self.signing_certificate) != bool(self.signing_key):
            raise BadSetting("signing_certificate and signing_key must be set together")

    @property
    def named_backends(self) -> list[str]:
        return words(self.backends)


def load_worker_settings(
    environ: Mapping[str, str], flags: Mapping[str, Any], others: Collection[str] = ()
) -> WorkerSettings:
    """From the environment and from flags that are not None. others: variables with our prefix that belong to a server.
    Raises BadSetting."""
    known = {spec.name: spec for spec in fields(WorkerSettings)}
    return WorkerSettings(**gather(known, WORKER_PREFIX, environ, flags, others))
