"""Every setting of the server: one frozen value, read once, checked at birth.

Each field is the environment variable IMAGEND_<NAME> and the flag --<name>; a flag wins. Units are in
the names. This is the only file of the server that reads the environment. A worker on another machine has settings of
its own, IMAGEND_WORKER_<NAME>.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from imagend.core.addresses import Network
from imagend.core.bucket import Limit
from imagend.core.errors import BadSetting
from imagend.core.job import JobPolicy
from imagend.core.secret import Secret
from imagend.placement_settings import PlacementSettings
from imagend.settings_fields import address, check_bounds, gather, network, stays_here
from imagend.settings_fields import check_choice as _check_choice
from imagend.settings_fields import setting as _setting
from imagend.settings_fields import words as _words
from imagend.worker_settings import WORKER_PREFIX, WorkerSettings, load_worker_settings

PREFIX = "IMAGEND_"
#: Variables with our prefix that belong to the client.
CLIENT_VARIABLES = frozenset({"IMAGEND_API_KEY", "IMAGEND_BASE_URL"})

_ORIGIN = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+(?:/[A-Za-z0-9._~%-]+)*/?")

_LISTEN = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(PlacementSettings):
    """All of it. `about` texts feed the documents."""

    data_dir: Path = _setting(Path("~/.local/share/imagend"), "database, pictures, keys' pepper; a local disk")
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "TCP port; 0 takes a free one", low=0, high=65535)
    public_url: str = _setting("", "origin that clients reach this server at, e.g. https://images.example.com")
    trust_proxy: bool = _setting(False, "believe X-Forwarded-Proto, -Host and -Prefix")
    open_mode: bool = _setting(False, "accept requests without a key (localhost only)")
    first_key_credits: str = _setting("1000", "credits of the key made at the first start; 0 makes none")

    database_url: str = _setting(
        "", "postgresql://user@host/name for several gateways; without one, SQLite in data_dir"
    )
    database_connections: int = _setting(16, "connections to it that one gateway opens at most", low=2, high=500)
    database_wait_seconds: float = _setting(10.0, "a request waits this long for a database that is away", low=0.1)
    database_statement_seconds: float = _setting(5.0, "a statement that takes longer is broken off", low=0.1)
    database_lock_seconds: float = _setting(2.0, "so is one that waits longer for another's rows", low=0.05)
    database_idle_seconds: float = _setting(10.0, "so is a transaction in which nothing happens for so long", low=0.5)
    database_prepare: bool = _setting(True, "keep plans of statements; false behind PgBouncer older than 1.21")
    database_unsafe: bool = _setting(False, "accept a PostgreSQL that runs without fsync: a trial, nothing to lose")
    pictures_dir: str = _setting("", "folder of pictures on a disk that all gateways share; without one, in data_dir")
    object_store_url: str = _setting("", "s3://bucket/prefix for pictures; without one, files in data_dir")
    object_store_endpoint: str = _setting("", "http(s)://host[:port] of the object store; without one, Amazon's")
    object_store_region: str = _setting("us-east-1", "region that requests to the object store are signed for")
    object_store_path_style: bool = _setting(True, "https://host/bucket/key; false: https://bucket.host/key")
    object_store_credentials: str = _setting(
        "", "file with aws_access_key_id=... and aws_secret_access_key=...; without one, AWS_... of the environment"
    )
    object_store_timeout_seconds: float = _setting(
        10.0, "a request to the object store, repeated at most twice, is given up after this", low=0.1, high=300
    )
    object_store_uploads: str = _setting("direct", "workers put pictures into the object store: direct, or gateway")
    inline_result_bytes: int = _setting(
        8192, "pictures of at most this size lie in the database, not in a file; 0: none", low=0, high=65_536
    )
    picture_links: str = _setting("gateway", "who answers links to pictures: gateway, or store (the object store)")
    secrets_dir: str = _setting("", "folder of the pepper and the other secrets, the same for all gateways: data_dir")

    worker_listen: str = _setting("", "host:port where workers of other machines reach this server; none without it")
    worker_token_file: str = _setting("", "file with the secret that those workers show")
    worker_tls_certificate: str = _setting("", "PEM file, the server's certificate first: TLS on worker_listen")
    worker_tls_key: str = _setting("", "PEM file with the private key of worker_tls_certificate")
    worker_tls_clients_ca: str = _setting("", "PEM file: those workers must show a certificate of this authority")
    worker_network_trusted: bool = _setting(False, "worker_listen may leave this machine without TLS")
    workers: int = _setting(
        -1, "worker processes on this machine; 0 runs none; -1: 2, or 1 where models lie on a GPU", low=-1, high=256
    )
    worker_nice: int = _setting(
        5, "how far workers on this machine give way to the gateway, which needs little but at once", low=0, high=19
    )
    reserve_workers: int = _setting(
        -1, "more of them, for accounts that have nothing running, so that nobody's flood stands before others; "
        "-1: 1, or 0 where models lie on a GPU", low=-1, high=16,
    )  # fmt: skip
    worker_memory_bytes: int = _setting(
        0, "resident memory of one of them, which is killed when it takes more; 0: any", low=0
    )
    worker_drain_seconds: float = _setting(
        3.0, "when they are to stop, what ends in this time is ended; the rest is handed back", low=0
    )
    backend: str = _setting("", "serve every model with this backend instead of its card's")
    models_file: str = _setting(
        "", "TOML file: which open weights serve which models; without it, models.toml in data_dir if there is one"
    )
    prompt_cache_entries: int = _setting(256, "encoded prompts that one of our workers keeps for repetitions", low=0)
    prompt_cache_mib: int = _setting(
        256, "MiB that these may take, where the model is: usually on the GPU", low=0, high=65_536
    )
    hard_limit_seconds: float = _setting(300.0, "a worker that makes no progress for this long is killed", low=1)

    lease_seconds: float = _setting(30.0, "a silent worker's jobs are given to another after this", low=0.5)
    beat_seconds: float = _setting(5.0, "workers report this often", low=0.1)
    fence_seconds: float = _setting(20.0, "a worker that cannot report for this long stops itself", low=0.3)
    sweep_seconds: float = _setting(2.0, "lost leases and deadlines are looked for this often", low=0.05)
    max_attempts: int = _setting(3, "tries of one request", low=1, high=20)
    max_crashes: int = _setting(2, "worker losses after which a request is given up", low=1, high=20)
    quarantine_seconds: float = _setting(604_800.0, "such requests are kept this long for the operator", low=60)
    breaker_losses: int = _setting(5, "more worker losses of a model in breaker_window_seconds stop it", low=1)
    breaker_window_seconds: float = _setting(300.0, "worker losses are counted over this time", low=1)
    breaker_pause_seconds: float = _setting(
        60.0, "a stopped model takes no orders for this time; then one is tried", low=1
    )
    deadline_seconds: float = _setting(600.0, "a request that is not final by then fails", low=1)
    max_queued_per_account: int = _setting(1000, "waiting requests of one account; more get 429", low=1)
    max_queued: int = _setting(50_000, "waiting requests of all accounts; more get 429", low=1)

    result_retention_seconds: float = _setting(3600.0, "results stay this long after they are final", low=3600)
    file_retention_seconds: float = _setting(604_800.0, "picture files and their links stay this long", low=3600)

    history_retention_seconds: float = _setting(
        7_776_000.0, "requests can be listed this long, with their prompts; the ledger stays", low=604_800
    )

    web: bool = _setting(True, "serve the playground, the gallery and the operators' pages at /ui/")
    v1_timeout_seconds: float = _setting(60.0, "POST /v1 answers 504 after this", low=1, high=3600)
    v1_response: str = _setting("json", "body of POST /v1 when the client does not say: json or binary")
    google_default_sample_count: int = _setting(4, "pictures of a :predict call that does not say", low=1, high=4)
    openai_default_model: str = _setting("imagen-4", "model of OpenAI requests that name none")
    openai_retry_seconds: float = _setting(
        60.0, "a request that OpenAI's client repeats by itself this soon gets the first one's pictures", low=0
    )
    max_event_streams: int = _setting(1000, "event streams open at a time; more get 429", low=1)
    max_event_streams_per_account: int = _setting(100, "event streams of one account; more get 429", low=1)
    max_body_bytes: int = _setting(262_144, "largest request body", low=1024, high=10_485_760)
    max_upload_file_bytes: int = _setting(26_214_400, "largest uploaded file", low=1024)
    max_upload_pixels: int = _setting(64_000_000, "most pixels of an uploaded picture, as its header says", low=1)
    max_uploads: int = _setting(16, "uploads read at a time, all in memory; more get 429", low=1, high=1000)
    max_uploads_per_account: int = _setting(4, "uploads of one account read at a time; more get 429", low=1, high=1000)
    max_upload_body_bytes: int = _setting(50_331_648, "largest body of POST /upload-asset", low=1024, high=2**30)
    max_asset_bytes: int = _setting(
        1_073_741_824, "room for one account's uploads, of which each takes 16384 or more", low=0
    )
    rate_limit_per_minute: int = _setting(0, "POSTs per key and minute; 0 is no limit", low=0)
    retired_models: str = _setting("", "models that answer 410 from now on, comma-separated")
    model_aliases: str = _setting("", "more names of models, e.g. gpt-image-1=imagen-4,dall-e-3=imagen-4-ultra")
    failed_keys_per_minute: int = _setting(20, "POSTs with a wrong key per address; more get 429; 0: no limit", low=0)
    max_jobs_per_account: int = _setting(0, "requests of one account that are not final; more get 429; 0: any", low=0)
    busy_orders: int = _setting(
        32, "when taking an order takes too long, orders that may be under way at once; more get 429; 0: any", low=0
    )
    max_connections: int = _setting(4000, "open connections; further ones are cut", low=1)
    max_connections_per_address: int = _setting(100, "open connections of one address; with trust_proxy: any", low=1)
    may_skip_watermark: bool = _setting(False, "obey add_watermark: false whatever the key")
    provenance: str = _setting("c2pa+watermark", "what pictures carry: c2pa+watermark, c2pa, watermark or off")
    provenance_certificate: str = _setting("", "PEM file, signer's certificate first; without one, self-signed")
    provenance_key: str = _setting("", "PEM file with the private key of provenance_certificate")
    provenance_prompt: bool = _setting(False, "write prompts into the C2PA manifests too")
    allow_choices: str = _setting("", "restricted values to allow, comma-separated: ALLOW_ALL, BLOCK_NONE")
    safety_prompt: str = _setting("rules", "classifiers of prompts: rules, or module:factory?option=value")
    safety_picture: str = _setting("contents,skin", "classifiers of pictures: contents, skin, module:factory")
    safety_policy: str = _setting("", "TOML file in place of the bundled table of severities and levels")

    webhook_allow_http: bool = _setting(False, "webhooks may go to http:// URLs too")
    webhook_allow_networks: str = _setting("", "networks that webhooks may reach though not public, at any port: CIDRs")
    webhook_connect_seconds: float = _setting(3.0, "a webhook's receiver must take the connection in this", low=0.1)
    webhook_total_seconds: float = _setting(15.0, "a webhook's receiver must have answered by then", low=0.5, high=60)
    webhook_resolve_seconds: float = _setting(2.0, "a webhook's host name must resolve in this", low=0.1, high=30)
    webhook_in_flight: int = _setting(50, "webhook attempts at once", low=1, high=1000)
    webhook_in_flight_per_endpoint: int = _setting(2, "webhook attempts to one receiver at once", low=1, high=50)
    webhook_in_flight_per_account: int = _setting(10, "webhook attempts of one account at once", low=1, high=1000)
    webhooks_per_account: int = _setting(20, "webhook endpoints of one account", low=1, high=100)
    webhook_log_seconds: float = _setting(604_800.0, "webhook deliveries and their log stay this long", low=3600)

    reconcile_seconds: float = _setting(300.0, "the books are checked this often, by one gateway", low=1)

    auto_migrate: bool = _setting(
        False, "on PostgreSQL, bring an older schema up to date at start; without it, by `imagend migrate`"
    )
    ballast_bytes: int = _setting(
        67_108_864,
        "set aside in data_dir and let go when its disk is full, so that what is under way can end; 0: none",
        low=0,
    )
    deletion_share: float = _setting(
        0.2, "results that may be forgotten within a minute, of all; more waits deletion_patience_seconds; 1: any",
        low=0.01, high=1,
    )  # fmt: skip
    deletion_patience_seconds: float = _setting(3600.0, "a clock that is wrong has so long to be set right", low=0)
    otlp_endpoint: str = _setting("", "http(s)://host:port of an OpenTelemetry collector for traces; none without it")
    metrics_listen: str = _setting("", "host:port of GET /metrics and /health/* without a key; none without it")
    drain_seconds: float = _setting(
        0.0, "at SIGTERM /health/ready says 503 this long before the doors close, for load balancers", low=0, high=3600
    )

    log_level: str = _setting("info", "debug, info, warning or error")
    log_format: str = _setting("auto", "json, text, or auto: text on a terminal, JSON elsewhere")
    log_prompts: bool = _setting(False, "write prompts into the log, with the line of each order")

    def __post_init__(self) -> None:
        check_bounds(self)
        _check_choice("v1_response", self.v1_response, ("json", "binary"))
        _check_choice("pool", self.pool, ("subprocess", "ray"))
        _check_choice("log_format", self.log_format, ("auto", "json", "text"))
        _check_choice("log_level", self.log_level, ("debug", "info", "warning", "error"))
        _check_choice("provenance", self.provenance, ("c2pa+watermark", "c2pa", "watermark", "off"))
        _check_choice("object_store_uploads", self.object_store_uploads, ("direct", "gateway"))
        _check_choice("picture_links", self.picture_links, ("gateway", "store"))
        if bool(self.provenance_certificate) != bool(self.provenance_key):
            raise BadSetting("provenance_certificate and provenance_key must be set together")
        for word in self.enabled_choices:
            _check_choice("allow_choices", word, ("ALLOW_ALL", "BLOCK_NONE"))
        if not all(name and slug for name, slug in self.named_models.items()):
            raise BadSetting(f"model_aliases must be name=model, comma-separated, not {self.model_aliases!r}")
        for word in _words(self.webhook_allow_networks):
            network(word)
        if not self.beat_seconds < self.fence_seconds < self.lease_seconds:
            raise BadSetting("settings must keep beat_seconds < fence_seconds < lease_seconds")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise BadSetting(f"public_url must begin with http:// or https://, not {self.public_url!r}")
        if self.public_url and not _ORIGIN.fullmatch(self.public_url):
            raise BadSetting(f"public_url must be http(s)://host[:port][/path], not {self.public_url!r}")
        self._check_worker_door()
        if self.otlp_endpoint and not _ORIGIN.fullmatch(self.otlp_endpoint):
            raise BadSetting(f"otlp_endpoint must be http(s)://host[:port], not {self.otlp_endpoint!r}")
        if self.metrics_listen and not _LISTEN.fullmatch(self.metrics_listen):
            raise BadSetting(f"metrics_listen must be host:port, not {self.metrics_listen!r}")
        if self.open_mode and self.host not in ("127.0.0.1", "localhost", "::1"):
            raise BadSetting("open_mode is for localhost only; set host to 127.0.0.1 or create keys")

    def _check_worker_door(self) -> None:
        if bool(self.worker_listen) != bool(self.worker_token_file):
            raise BadSetting("worker_listen and worker_token_file must be set together")
        if self.worker_listen and not _LISTEN.fullmatch(self.worker_listen):
            raise BadSetting(f"worker_listen must be host:port, not {self.worker_listen!r}")
        if bool(self.worker_tls_certificate) != bool(self.worker_tls_key):
            raise BadSetting("worker_tls_certificate and worker_tls_key must be set together")
        if self.worker_tls_clients_ca and not self.worker_tls_certificate:
            raise BadSetting("worker_tls_clients_ca needs worker_tls_certificate")
        if not (self.worker_tls_certificate or self.worker_network_trusted or stays_here(self.worker_address)):
            raise BadSetting(
                f"worker_listen {self.worker_listen} can be reached from elsewhere: set worker_tls_certificate and "
                "worker_tls_key, or worker_network_trusted=true"
            )

    @property
    def needs_worker(self) -> bool:
        """Whether a server without a worker is not ready: not where they are fetched when there is work."""
        return self.scale_min_workers > 0 or (self.pool == "subprocess" and self.workers != 0)

    @property
    def worker_address(self) -> tuple[str, int] | None:
        """Where to listen for workers of other machines."""
        return address(self.worker_listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Where operators read metrics and health."""
        return address(self.metrics_listen)

    @property
    def enabled_choices(self) -> frozenset[str]:
        return frozenset(word.strip() for word in self.allow_choices.split(",") if word.strip())

    @property
    def named_models(self) -> dict[str, str]:
        """Alias -> model; either is "" where the text is malformed."""
        pairs = [pair.partition("=") for pair in self.model_aliases.split(",") if pair.strip()]
        return {name.strip(): model.strip() for name, _, model in pairs}

    @property
    def retired(self) -> list[str]:
        return _words(self.retired_models)

    @property
    def webhook_networks(self) -> tuple[Network, ...]:
        return tuple(network(word) for word in _words(self.webhook_allow_networks))

    @property
    def rate_limit(self) -> Limit | None:
        per_minute = self.rate_limit_per_minute
        return Limit(per_minute=per_minute, burst=max(1, per_minute // 6)) if per_minute else None

    @property
    def failed_keys(self) -> Limit | None:
        per_minute = self.failed_keys_per_minute
        return Limit(per_minute=per_minute, burst=per_minute) if per_minute else None

    @property
    def policy(self) -> JobPolicy:
        return JobPolicy(
            lease_seconds=self.lease_seconds,
            beat_seconds=self.beat_seconds,
            fence_seconds=self.fence_seconds,
            sweep_seconds=self.sweep_seconds,
            max_attempts=self.max_attempts,
            max_crashes=self.max_crashes,
            breaker_losses=self.breaker_losses,
            breaker_window_seconds=self.breaker_window_seconds,
            breaker_pause_seconds=self.breaker_pause_seconds,
            quarantine_seconds=self.quarantine_seconds,
            retention_seconds=self.result_retention_seconds,
            file_retention_seconds=self.file_retention_seconds,
            history_retention_seconds=self.history_retention_seconds,
            deadline_seconds=self.deadline_seconds,
            max_queued_per_account=self.max_queued_per_account,
            max_queued=self.max_queued,
        )


def load_settings(environ: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Settings from the environment and from flags that are not None. Raises BadSetting."""
    known = {spec.name: spec for spec in fields(Settings)}
    others = CLIENT_VARIABLES | {WORKER_PREFIX + spec.name.upper() for spec in fields(WorkerSettings)}
    parsed = gather(known, PREFIX, environ, flags, others)
    folder = Path(parsed.get("data_dir", known["data_dir"].default))
    url = Secret(parsed.get("database_url", ""))
    return Settings(**parsed | {"data_dir": folder.expanduser().resolve(), "database_url": url})


def current_settings(flags: Mapping[str, Any]) -> Settings:
    return load_settings(os.environ, flags)


def object_store_environment() -> dict[str, str]:
    """The access key in the variables that all S3 clients know; each is missing or not empty."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name.lower(): os.environ[name] for name in names if os.environ.get(name)}


def current_worker_settings(flags: Mapping[str, Any]) -> WorkerSettings:
    return load_worker_settings(os.environ, flags, {PREFIX + spec.name.upper() for spec in fields(Settings)})


def variable(name: str) -> str:
    """One that a file of the operator's names; "" if it is not set."""
    return os.environ.get(name, "")


def child_environment(kept: Collection[str] = (), dropped: Collection[str] = ()) -> dict[str, str]:
    """For worker processes: one thread per BLAS, none of our settings or secrets. kept, dropped: by name."""
    ours = {name for name in os.environ if name.startswith((PREFIX, "AWS_"))}
    unseen = (ours | set(dropped)) - set(kept)
    inherited = {name: value for name, value in os.environ.items() if name not in unseen}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return inherited | threads


def describe(kind: type[Settings | WorkerSettings] = Settings) -> list[tuple[str, str, str]]:
    """(variable, default, meaning) of every setting, for the documents."""
    prefix = PREFIX if kind is Settings else WORKER_PREFIX
    return [(prefix + spec.name.upper(), str(spec.default), spec.metadata["about"]) for spec in fields(kind)]
