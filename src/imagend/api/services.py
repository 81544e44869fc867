"""What the HTTP room needs from the rest of the house, handed in once by the wiring."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from imagend.blobs.base import PictureSource
from imagend.core.bucket import Limit
from imagend.core.catalog import Catalog
from imagend.core.trace import UNTRACED, Tracer
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.accounts import Accounts, Key
from imagend.desk.assets import Assets
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.history import History
from imagend.desk.rates import Rates
from imagend.desk.readiness import Readiness
from imagend.desk.webhooks import Webhooks
from imagend.safety.guard import PromptGuard


def random_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    desk: Desk
    accounts: Accounts
    catalog: Catalog
    safety: PromptGuard
    blobs: PictureSource
    bell: Bell
    history: History
    assets: Assets
    clock: Callable[[], float]  # epoch seconds
    draw_seed: Callable[[], int]  # 0..2**31-1
    webhooks: Webhooks
    readiness: Readiness
    link_secret: bytes  # signs links to pictures
    version: str
    store_links: bool = False  # links to pictures lead to the object store
    link_seconds: float = 604_800.0  # pictures can be fetched this long after their job is final
    make_id: Callable[[], str] = random_id  # x-request-id of answers that belong to no job
    open_key: Key | None = None  # open mode: who callers without a valid key are
    public_url: str | None = None  # origin and prefix that clients reach; no trailing slash needed
    trust_proxy: bool = False  # believe X-Forwarded-Proto, -Host and -Prefix
    allowed_hosts: tuple[str, ...] = ()  # without public_url: only these appear in links; () for any
    v1_timeout_seconds: float = 60.0
    v1_response: str = "json"  # "json" | "binary": what v1 answers when the request does not say
    google_default_sample_count: int = 4  # pictures of a :predict call that does not say, 1..4
    openai_default_model: str = "imagen-4"  # slug for OpenAI bodies that name none
    openai_retry_seconds: float = 60.0  # a request that a client's library repeats this soon gets the first one's job
    max_body_bytes: int = 256 * 1024
    max_upload_body_bytes: int = 48 * 2**20  # of POST /upload-asset
    max_upload_file_bytes: int = 25 * 2**20
    rate_limit: Limit | None = None  # per key, POST only
    rates: Rates | None = None  # where keys' buckets are; None: in memory
    failed_keys: Limit | None = None  # POSTs with a wrong key, per address
    max_jobs_per_account: int | None = None  # jobs that are not final, of accounts without a word of their own
    busy_orders: int = 0  # under way at once while the server is too slow for what comes; 0: any number
    may_skip_watermark: bool = False  # every key may, not only those that say so
    poll_seconds: float = 0.25  # a waiter looks this often even if no bell rings
    deadline_seconds: float = 600.0  # the longest that a caller may ask for
    max_event_streams: int = 1000
    max_event_streams_per_account: int = 100
    max_uploads: int = 16  # read at a time
    max_uploads_per_account: int = 4
    max_waiters: int = 1000  # synchronous calls in flight
    max_waiters_per_account: int = 200
    watch: Watch = UNWATCHED
    log_prompts: bool = False
    tracer: Tracer = UNTRACED
    metrics: Callable[[], bytes] = bytes  # everything in Prometheus' text format; may block
    page_files: Mapping[str, bytes] = field(default_factory=dict)  # of the web pages; none: there are no pages
    picture_origins: tuple[str, ...] = ()  # where links to pictures lead besides here
