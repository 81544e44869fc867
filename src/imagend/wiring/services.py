"""What the HTTP room is handed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from imagend import __version__
from imagend.api.services import Services
from imagend.blobs.base import BlobStore
from imagend.blobs.signing import secret_file
from imagend.core.catalog import Catalog
from imagend.core.ledger import MICRO
from imagend.desk.accounts import Accounts, Key
from imagend.desk.assets import Assets
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.history import History
from imagend.desk.pictures import Pictures
from imagend.desk.rates import NearRates, SharedRates
from imagend.desk.readiness import Readiness
from imagend.desk.signing_keys import SigningKeys
from imagend.desk.webhooks import Webhooks
from imagend.provenance.options import LAYERS
from imagend.safety.plugins import prompt_guard
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.telemetry.metrics import Metrics
from imagend.telemetry.traces import open_tracer
from imagend.wiring.folder import secrets_folder
from imagend.wiring.hooks import open_gate
from imagend.wiring.models import default_model
from imagend.wiring.pages import page_files, picture_origins
from imagend.wiring.pictures import safety_options

OPEN_ACCOUNT = "acct_open"
OPEN_CREDITS = 10**9 * MICRO


def services_of(
    settings: Settings, catalog: Catalog, store: Store, desk: Desk, accounts: Accounts, keys: SigningKeys,
    blobs: BlobStore, bell: Bell, clock: Callable[[], float], port: int, metrics: Metrics,
) -> Services:  # fmt: skip
    """Raises BadSetting."""
    return Services(
        desk=desk,
        accounts=accounts,
        catalog=catalog,
        safety=prompt_guard(safety_options(settings)),
        blobs=Pictures(store, blobs),
        store_links=settings.picture_links == "store",
        bell=bell,
        history=History(store),
        assets=Assets(blobs, clock, secrets.randbits, settings.max_asset_bytes, settings.max_upload_pixels),
        clock=clock,
        draw_seed=lambda: secrets.randbelow(2**31),
        webhooks=Webhooks(
            store, keys, open_gate(settings, port), clock, bell, max_per_account=settings.webhooks_per_account
        ),
        link_secret=secret_file(secrets_folder(settings) / "link-secret"),
        link_seconds=settings.file_retention_seconds,
        version=__version__,
        watch=metrics,
        log_prompts=settings.log_prompts,
        tracer=open_tracer(settings.otlp_endpoint),
        readiness=Readiness(store, desk, blobs, clock, needs_worker=settings.needs_worker),
        metrics=metrics.text,
        page_files=page_files(settings),
        picture_origins=picture_origins(settings),
        open_key=_open_key(accounts, clock) if settings.open_mode else None,
        public_url=settings.public_url or None,
        trust_proxy=settings.trust_proxy,
        v1_timeout_seconds=settings.v1_timeout_seconds,
        v1_response=settings.v1_response,
        google_default_sample_count=settings.google_default_sample_count,
        openai_default_model=default_model(settings, catalog),
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
        rates=SharedRates(store, clock) if settings.database_url else NearRates(clock),
        failed_keys=settings.failed_keys,
        max_jobs_per_account=settings.max_jobs_per_account or None,
        busy_orders=settings.busy_orders,
        may_skip_watermark=settings.may_skip_watermark or not LAYERS[settings.provenance][1],
    )


def _open_key(accounts: Accounts, clock: Callable[[], float]) -> Key:
    accounts.ensure_account(OPEN_ACCOUNT, "open mode", OPEN_CREDITS)
    return Key(id="key_open", account_id=OPEN_ACCOUNT, name="open mode", models=None, created_at=clock())
