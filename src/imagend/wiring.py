"""The composition root: the only file that names concrete classes of every room."""

from __future__ import annotations

import os
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette

from imagend import __version__
from imagend.api.app import create_app
from imagend.api.callbacks import result_teller
from imagend.api.internal import create_internal_app
from imagend.api.services import Services
from imagend.blobs.disk import DiskBlobs
from imagend.blobs.signing import made_once, secret_file
from imagend.core.catalog import Catalog, load_catalog
from imagend.core.errors import BadSetting, UnknownModel
from imagend.core.ledger import MICRO, to_microcredits
from imagend.core.targets import TargetGate, TargetPolicy
from imagend.desk.accounts import Accounts, Key
from imagend.desk.assets import Assets
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.clock import steady_clock
from imagend.desk.desk import Desk
from imagend.desk.history import History
from imagend.desk.janitor import Janitor
from imagend.desk.outbox import Outbox
from imagend.desk.predictor import Predictor, read_costs
from imagend.desk.signing_keys import SigningKeys
from imagend.desk.vault import Vault
from imagend.desk.webhooks import Webhooks
from imagend.engine.backends import NAMES
from imagend.provenance.keys import Credentials, load_credentials, new_credentials
from imagend.provenance.options import LAYERS, SealOptions
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import check_names, prompt_guard
from imagend.settings import Settings, child_environment
from imagend.store.sqlite import SqliteStore
from imagend.webhooks.post import Patience, Poster
from imagend.webhooks.resolver import Resolver, is_own_address
from imagend.webhooks.sender import Sender, SenderLimits
from imagend.workers.pools import SubprocessPool

OPEN_ACCOUNT = "acct_open"
OPEN_CREDITS = 10**9 * MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All parts of one server, built but not running."""

    public_app: Starlette
    internal_app: Starlette
    socket: Path  # where workers reach the internal application
    pool: SubprocessPool
    janitor: Janitor
    sender: Sender
    store: SqliteStore
    first_key: str | None  # made at the first start, shown once

    def close(self) -> None:
        self.store.close()


def read_catalog(settings: Settings) -> Catalog:
    """The cards in the package. With `backend` set, all of them are served by that one."""
    folder = files("imagend") / "cards"
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    shared = texts.pop("shared.toml")
    ordered = dict(sorted(texts.items()))
    catalog = load_catalog(shared, ordered, settings.enabled_choices, settings.backend, settings.named_models)
    return catalog.without(settings.retired)


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts]:
    """Keys and credits for a command beside a running server, or before its first start."""
    folder = prepare_folder(settings.data_dir)
    store = SqliteStore(folder / "imagend.db", exclusive=False)
    try:
        yield Accounts(store, secret_file(folder / "pepper"), steady_clock())
    finally:
        store.close()


def audit_books(settings: Settings) -> list[str]:
    """What is wrong with the books, beside a running server or without one; see desk/audit.py."""
    store = SqliteStore(prepare_folder(settings.data_dir) / "imagend.db", exclusive=False)
    try:
        return audit(store)
    finally:
        store.close()


def build_gateway(settings: Settings, on_fatal: Callable[[BaseException], None], port: int) -> Gateway:
    """Open the data folder and put the rooms together. port: where it will listen. Raises BadSetting when something
    does not hold."""
    folder = prepare_folder(settings.data_dir)
    catalog = read_catalog(settings)
    default_model = _default_model(settings, catalog)
    _check_backend(settings.backend)
    seal = _tried_seal(settings)
    store = SqliteStore(folder / "imagend.db", on_fatal=on_fatal)
    clock, bell, boot = steady_clock(), Bell(), uuid.uuid4().hex
    blobs = DiskBlobs(folder / "blobs")
    desk = Desk(store, blobs, settings.policy, clock, bell, predictor=_predictor())
    accounts = Accounts(store, secret_file(folder / "pepper"), clock)
    keys = SigningKeys(store, Vault(secret_file(folder / "webhook-key")), clock)
    outbox = _outbox(settings, store, keys, clock)
    services = Services(
        desk=desk,
        accounts=accounts,
        catalog=catalog,
        safety=prompt_guard(safety_options(settings)),
        blobs=blobs,
        bell=bell,
        history=History(store),
        assets=Assets(blobs, clock, secrets.randbits, settings.max_asset_bytes),
        clock=clock,
        draw_seed=lambda: secrets.randbelow(2**31),
        webhooks=Webhooks(
            store, keys, _gate(settings, port), clock, bell, max_per_account=settings.webhooks_per_account
        ),
        link_secret=secret_file(folder / "link-secret"),
        link_seconds=settings.file_retention_seconds,
        version=__version__,
        open_key=_open_key(accounts, clock) if settings.open_mode else None,
        public_url=settings.public_url or None,
        trust_proxy=settings.trust_proxy,
        v1_timeout_seconds=settings.v1_timeout_seconds,
        v1_response=settings.v1_response,
        google_default_sample_count=settings.google_default_sample_count,
        openai_default_model=default_model,
        openai_retry_seconds=settings.openai_retry_seconds,
        deadline_seconds=settings.deadline_seconds,
        max_event_streams=settings.max_event_streams,
        max_event_streams_per_account=settings.max_event_streams_per_account,
        max_body_bytes=settings.max_body_bytes,
        max_uploads=settings.max_uploads,
        max_uploads_per_account=settings.max_uploads_per_account,
        max_upload_body_bytes=settings.max_upload_body_bytes,
        max_upload_file_bytes=settings.max_upload_file_bytes,
        rate_limit=settings.rate_limit,
        failed_keys=settings.failed_keys,
        max_jobs_per_account=settings.max_jobs_per_account or None,
        may_skip_watermark=settings.may_skip_watermark or not LAYERS[settings.provenance][1],
    )
    token = _fresh_token(folder / "worker-token")
    desk.recover(boot)
    return Gateway(
        public_app=create_app(services),
        internal_app=create_internal_app(desk, bell, clock, token, boot=boot, policy=settings.policy),
        socket=folder / "internal.sock",
        pool=_pool(settings, catalog, folder, desk, seal),
        janitor=Janitor(desk, clock, forget_too=(outbox.forget,)),
        sender=_sender(settings, outbox, _gate(settings, port), services),
        store=store,
        first_key=_first_key(accounts, settings.first_key_credits),
    )


def _gate(settings: Settings, port: int) -> TargetGate:
    """One for callers and one for the sender, so that slow names of one do not keep the other."""
    policy = TargetPolicy(
        allow_http=settings.webhook_allow_http, networks=settings.webhook_networks, own_ports=(port,)
    )  # fmt: skip
    return TargetGate(policy, Resolver(settings.webhook_resolve_seconds), is_own_address)


def _outbox(settings: Settings, store: SqliteStore, keys: SigningKeys, clock: Callable[[], float]) -> Outbox:
    return Outbox(
        store,
        keys,
        clock,
        lease_seconds=settings.webhook_total_seconds + settings.webhook_resolve_seconds + 5.0,
        per_target=settings.webhook_in_flight_per_endpoint,
        per_account=settings.webhook_in_flight_per_account,
        keep_seconds=settings.webhook_log_seconds,
    )


def _sender(settings: Settings, outbox: Outbox, gate: TargetGate, services: Services) -> Sender:
    patience = Patience(connect=settings.webhook_connect_seconds, total=settings.webhook_total_seconds)
    return Sender(
        outbox,
        gate,
        Poster(patience, time.monotonic).post,
        result_teller(services),
        services.bell,
        time.time,
        version=services.version,
        limits=SenderLimits(in_flight=settings.webhook_in_flight, total_seconds=settings.webhook_total_seconds),
    )


def _predictor() -> Predictor:
    return Predictor(read_costs((files("imagend") / "desk" / "costs.toml").read_text("utf-8")))


def _default_model(settings: Settings, catalog: Catalog) -> str:
    """Raises BadSetting."""
    try:
        return catalog.find(settings.openai_default_model).slug
    except UnknownModel:
        offered = ", ".join(card.slug for card in catalog)
        raise BadSetting(
            f"openai_default_model must be one of {offered}, not {settings.openai_default_model!r}"
        ) from None


def _check_backend(name: str) -> None:
    """As far as names tell: else every worker would start in vain. Raises BadSetting."""
    if name and ":" not in name and name not in NAMES:
        raise BadSetting(f"backend must be one of {', '.join(NAMES)} or module:factory, not {name!r}")


def safety_options(settings: Settings) -> SafetyOptions:
    """Raises BadSetting for classifiers that do not exist."""
    policy = Path(settings.safety_policy).expanduser() if settings.safety_policy else None
    options = SafetyOptions(policy=policy, prompt=settings.safety_prompt, picture=settings.safety_picture)
    check_names(options)
    return options


def seal_options(settings: Settings) -> SealOptions:
    """How pictures are marked and signed. Without the operator's key, one of our own is made at first use."""
    if settings.provenance == "off":
        return SealOptions()
    certificate, key = _key_files(settings)
    if not settings.provenance_certificate:
        made_once(prepare_folder(key.parent) / key.name, lambda: new_credentials(time.time()))
    return SealOptions(
        layers=settings.provenance, certificate=certificate, key=key, with_prompt=settings.provenance_prompt
    )


def _tried_seal(settings: Settings) -> SealOptions:
    """Says before the first picture what is wrong with key and certificates. Raises BadSetting."""
    from imagend.provenance.seal import open_seal  # loads the C2PA library, which other commands do not need

    options = seal_options(settings)
    open_seal(options)
    return options


def known_credentials(settings: Settings) -> Credentials | None:
    """This server's key, if there is one: what its pictures are recognized by. Raises BadSetting."""
    certificate, key = _key_files(settings)
    return load_credentials(certificate, key) if settings.provenance_certificate or key.exists() else None


def _key_files(settings: Settings) -> tuple[Path, Path]:
    """Certificates and private key: the operator's, or our own in one file."""
    own = settings.data_dir / "provenance.pem"
    if not settings.provenance_certificate:
        return own, own
    certificate, key = Path(settings.provenance_certificate), Path(settings.provenance_key)
    return certificate.expanduser().resolve(), key.expanduser().resolve()


def prepare_folder(folder: Path) -> Path:
    """Make the data folder, readable by its owner only. Raises BadSetting."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSetting(f"data_dir {folder} cannot be made: {error.strerror}") from error
    return folder


def _fresh_token(path: Path) -> str:
    """Workers of an earlier run are shut out; ours read the file."""
    token = secrets.token_hex(32)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return token


def _pool(settings: Settings, catalog: Catalog, folder: Path, desk: Desk, seal: SealOptions) -> SubprocessPool:
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


def _first_key(accounts: Accounts, credits_: str) -> str | None:
    try:
        amount = to_microcredits(credits_)
    except ValueError as error:
        raise BadSetting(f"first_key_credits: {error}") from error
    if amount <= 0 or accounts.list():
        return None
    return accounts.create_key("first", amount)[0]


def _open_key(accounts: Accounts, clock: Callable[[], float]) -> Key:
    accounts.ensure_account(OPEN_ACCOUNT, "open mode", OPEN_CREDITS)
    return Key(id="key_open", account_id=OPEN_ACCOUNT, name="open mode", models=None, created_at=clock())
