"""Putting the rooms of one server together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette

from imagend.api.app import create_app
from imagend.api.internal import create_internal_app
from imagend.api.probes import create_operator_app
from imagend.blobs.observed import ObservedBlobs
from imagend.blobs.signing import secret_file
from imagend.core.errors import BadSetting
from imagend.core.ledger import to_microcredits
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.boots import boot_of
from imagend.desk.deletions import Deletions
from imagend.desk.desk import Desk
from imagend.desk.janitor import Janitor
from imagend.desk.levels import Levels
from imagend.desk.predictor import Predictor, read_costs
from imagend.desk.readiness import Readiness
from imagend.desk.reconciler import Reconciler
from imagend.desk.signing_keys import SigningKeys
from imagend.desk.vault import Vault
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.telemetry.metrics import Metrics
from imagend.webhooks.sender import Sender
from imagend.wiring.ballasts import Ballasts
from imagend.wiring.books import open_store
from imagend.wiring.crew import open_pool, worker_tokens
from imagend.wiring.folder import gateway_name, prepare_folder, secrets_folder
from imagend.wiring.hooks import open_outbox, open_sender
from imagend.wiring.levels import all_levels
from imagend.wiring.models import check_backend, read_catalog
from imagend.wiring.neighbours import check_secrets, open_janitor, open_neighbours
from imagend.wiring.objects import open_blobs
from imagend.wiring.pictures import tried_seal
from imagend.wiring.scaling import open_scale_route
from imagend.wiring.services import services_of
from imagend.wiring.terms import open_signer, terms_of
from imagend.wiring.weights import Crew, check_weights, crew_of, models_of
from imagend.workers.pools import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All parts of one server, built but not running."""

    public_app: Starlette
    internal_app: Starlette
    operator_app: Starlette  # metrics and health, without keys
    socket: Path  # where workers on this machine reach the internal application
    pool: Pool
    janitor: Janitor
    sender: Sender
    store: Store
    readiness: Readiness
    reconciler: Reconciler
    crew: Crew
    first_key: str | None  # made at the first start, shown once
    closing: ExitStack  # of what ties it to other gateways

    def close(self) -> None:
        self.closing.close()
        self.store.close()


def build_gateway(settings: Settings, on_fatal: Callable[[BaseException], None], port: int) -> Gateway:
    """Open the data folder and put the rooms together. port: where it will listen. Raises BadSetting when something
    does not hold."""
    folder, secrets = prepare_folder(settings.data_dir), secrets_folder(settings)
    models = models_of(settings)
    catalog = read_catalog(settings, models)
    check_weights(settings, models, catalog)
    check_backend(settings.backend)
    seal = tried_seal(settings)
    name = gateway_name(folder)
    boot = boot_of(name, uuid.uuid4().hex)
    metrics = Metrics()
    ballast = Ballasts(settings, metrics)
    blobs = ObservedBlobs(open_blobs(settings), metrics, ballast.pictures_full)
    store = open_store(settings, on_fatal, metrics, ballast.database_full)
    check_secrets(settings, store, seal)
    closing = ExitStack()
    neighbours = closing.enter_context(open_neighbours(settings, name))
    clock, hints, bell = neighbours.clock, neighbours.hints, Bell(neighbours.hints)
    desk = Desk(
        store, blobs, settings.policy, clock, bell, predictor=_predictor(), gateway=name, watch=metrics, hints=hints,
        direct_uploads=bool(settings.object_store_url) and settings.object_store_uploads == "direct",
        inline_bytes=settings.inline_result_bytes, full=lambda: ballast.full,
        deletions=Deletions(settings.deletion_share, settings.deletion_patience_seconds, metrics),
    )  # fmt: skip
    accounts = Accounts(store, secret_file(secrets / "pepper"), clock, watch=metrics, hints=hints)
    keys = SigningKeys(store, Vault(secret_file(secrets / "webhook-key")), clock)
    outbox = open_outbox(settings, store, keys, clock, metrics)
    services = services_of(settings, catalog, store, desk, accounts, keys, blobs, bell, clock, port, metrics)
    tokens = worker_tokens(settings, folder)
    scale = open_scale_route(settings, catalog, store, desk, clock, tokens)
    desk.recover(boot)
    terms = terms_of(settings, catalog, seal)
    public_app, pool = create_app(services), open_pool(settings, folder, desk, seal, terms.backends, models)
    metrics.read_levels_from(
        all_levels(Levels(store, desk, clock), services.readiness, pool, public_app.state.open_streams, ballast)
    )
    return Gateway(
        public_app=public_app,
        internal_app=create_internal_app(
            desk,
            bell,
            clock,
            tokens,
            boot=boot,
            policy=settings.policy,
            more_routes=[scale],
            watch=metrics,
            tracer=services.tracer,
            terms=terms,
            sign=open_signer(seal),
        ),
        operator_app=create_operator_app(metrics.text, services.readiness),
        socket=folder / "internal.sock",
        pool=pool,
        janitor=open_janitor(settings, neighbours, store, desk, outbox, name, ballast.look),
        sender=open_sender(settings, outbox, services, port),
        store=store,
        readiness=services.readiness,
        reconciler=Reconciler(
            store,
            clock,
            gateway=name,
            turn_seconds=settings.reconcile_seconds / 2,
            watch=metrics,
            frozen=accounts.forget_keys,
        ),
        crew=crew_of(settings, models, terms.backends),
        first_key=_first_key(accounts, settings.first_key_credits) if neighbours.lets_begin(store, name) else None,
        closing=closing,
    )


def _predictor() -> Predictor:
    return Predictor(read_costs((files("imagend") / "desk" / "costs.toml").read_text("utf-8")))


def _first_key(accounts: Accounts, credits_: str) -> str | None:
    try:
        amount = to_microcredits(credits_)
    except ValueError as error:
        raise BadSetting(f"first_key_credits: {error}") from error
    if amount <= 0 or accounts.list():
        return None
    return accounts.create_key("first", amount)[0]
