"""Settings of the server that say where its workers run and how many there should be."""

from __future__ import annotations

from dataclasses import dataclass

from imagend.settings_fields import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementSettings:
    """Part of Settings, which checks them."""

    upstreams_file: str = setting(
        "", "TOML file of models that other servers make, and where their keys are; see upstream.md"
    )
    pool: str = setting("subprocess", "where this server's workers run: subprocess (on this machine) or ray")
    ray_address: str = setting("auto", "the Ray cluster: auto, host:port, or local for one inside this machine")
    ray_namespace: str = setting("imagend", "Ray namespace; servers that share workers share it")
    ray_gateway: str = setting(
        "", "where workers on Ray reach the gateways, comma-separated http(s)://host:port: worker_listen"
    )
    ray_num_gpus: float = setting(0.0, "GPUs that one worker on Ray takes; parts of one are allowed", low=0)
    ray_num_cpus: float = setting(1.0, "CPUs that one worker on Ray takes", low=0)
    ray_resources: str = setting("", "more Ray resources that one worker takes: name=amount, comma-separated")
    ray_labels: str = setting("", "labels of the Ray nodes that may have workers: name=value, comma-separated")
    ray_ca: str = setting("", "PEM file on every Ray node: authority of worker_tls_certificate")
    ray_certificate: str = setting("", "PEM file on every Ray node, shown where worker_tls_clients_ca is set")
    ray_private_key: str = setting("", "PEM file on every Ray node with the private key of ray_certificate")
    ray_drain_seconds: float = setting(60.0, "a worker on Ray that is sent home may finish for this long", low=0)
    ray_orphan_seconds: float = setting(
        900.0, "a worker on Ray goes home when no server of its namespace has asked for it for this long", low=1
    )
    scale_target_wait_seconds: float = setting(
        30.0, "so many workers are wanted that what waits is done in this time", low=0.1
    )
    scale_slots: float = setting(1.0, "predicted seconds of work that one worker gets done in a second", low=0.01)
    scale_doubling_seconds: float = setting(30.0, "at most twice as many workers are wanted within this time", low=0)
    scale_idle_seconds: float = setting(300.0, "fewer workers are wanted when fewer were enough for this long", low=0)
    scale_min_workers: int = setting(0, "workers of each backend that are always wanted", low=0)
    scale_max_workers: int = setting(8, "workers of each backend that are wanted at most", low=0)
    scale_token_file: str = setting("", "file with a secret that may read GET /internal/scale and nothing else")
