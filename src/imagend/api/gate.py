"""Who is calling, may they, how fast, and how much at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from imagend.api.answers import utc
from imagend.api.errors import RESET, TooFast
from imagend.api.services import Services
from imagend.core import bucket
from imagend.core.errors import Forbidden, Unauthenticated
from imagend.desk.accounts import Key
from imagend.desk.allowance import Allowance
from imagend.desk.rates import NearRates

MISSING = "Missing Authorization or x-api-key in header"
_MAX_KEY_LENGTH = 512  # characters
_MAX_ADDRESSES = 10_000  # whose failures are remembered


def secret_of(headers: Mapping[str, str], native: str) -> str:
    """The key that the caller sent; the dialect's own header wins over the others.

    headers: case-insensitive. Raises Unauthenticated when no credential, or one of another kind, arrived.
    """
    for name in dict.fromkeys((native, "x-api-key", "x-goog-api-key", "authorization")):
        value = headers.get(name)
        if value is None:
            continue
        if name == "authorization":
            scheme, _, value = value.strip().partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthenticated
        if not 0 < len(value.strip()) <= _MAX_KEY_LENGTH:
            raise Unauthenticated
        return value.strip()
    raise Unauthenticated(MISSING)


class Gate:
    """Lives on the event loop; only `admit` may block and is called in a thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._accounts = services.accounts
        self._clock = services.clock
        self._rates = services.rates or NearRates(services.clock)
        self._failures: dict[str, bucket.Bucket] = {}  # by address

    def recall(self, headers: Mapping[str, str], native: str, scope: str) -> Key | None:
        """As `admit`, without blocking: None when only the database knows."""
        return self._ask(self._accounts.recall, headers, native, scope)

    def admit(self, headers: Mapping[str, str], native: str, scope: str) -> Key:
        """Raises Unauthenticated with one of the two constant messages, and Forbidden for a key without this scope
        and for a disabled account."""
        key = self._ask(self._accounts.authenticate, headers, native, scope)
        assert key is not None
        return key

    def _ask(self, ask: Callable[[str], Key | None], headers: Mapping[str, str], native: str, scope: str) -> Key | None:
        try:
            key = ask(secret_of(headers, native))
        except Unauthenticated:
            if self._services.open_key is None:
                raise
            key = self._services.open_key
        return None if key is None else _permitted(key, scope)

    def count_failure(self, request: Request, refusal: Unauthenticated) -> None:
        """A POST came with a wrong key. Raises TooFast when that happens too often from one address. A right key is
        never kept out, and looking at results is never limited."""
        limit, address = self._services.failed_keys, _address(request, self._services.trust_proxy)
        if limit is None or address is None or request.method != "POST" or refusal.message == MISSING:
            return
        now = self._clock()
        if len(self._failures) >= _MAX_ADDRESSES:
            self._failures.clear()
        before = self._failures.get(address) or bucket.full(limit, now)
        self._failures[address], wait_seconds = bucket.take(before, limit, now)
        if wait_seconds:
            raise TooFast(retry_after_seconds=wait_seconds, headers={"x-rate-limit-remaining": "0"}) from refusal

    async def take(self, key: Key) -> dict[str, str]:
        """Count one POST against the key. Returns the headers that tell how much is left; raises TooFast."""
        limit = key.rate(self._services.rate_limit)
        if limit is None:
            return {}
        taken = self._rates.recall(key.id, limit)
        if taken is None:
            taken = await run_in_threadpool(self._rates.take, key.id, limit)
        wait_seconds = taken.wait_seconds
        missing = 1.0 if wait_seconds else limit.burst
        full_at = self._clock() + max(0.0, missing - taken.tokens) * 60.0 / limit.per_minute
        headers = {
            "x-rate-limit-limit": str(limit.per_minute),
            "x-rate-limit-remaining": str(int(taken.tokens)),
            RESET: utc(full_at),
        }
        if wait_seconds:
            raise TooFast(retry_after_seconds=wait_seconds, headers=headers)
        return headers

    def allowance(self, key: Key) -> Allowance:
        """How much the key and its account may have at once and in a day."""
        per_account = key.account.max_jobs or self._services.max_jobs_per_account or None
        return Allowance(
            key_jobs=key.max_jobs,
            account_jobs=per_account,
            key_day_microcredits=key.daily_cap_microcredits,
            account_day_microcredits=key.account.daily_cap_microcredits,
        )


def permit(key: Key, slug: str) -> None:
    """Raises Forbidden when the key is bound to other models."""
    if key.models is not None and slug not in key.models:
        raise Forbidden


def _permitted(key: Key, scope: str) -> Key:
    if key.account.disabled_at is not None:
        raise Forbidden("This account is disabled")
    if scope not in key.scopes:
        raise Forbidden(f"This API key lacks the scope {scope}")
    return key


def _address(request: Request, trust_proxy: bool) -> str | None:
    """Where the request comes from; behind a trusted proxy, whom that proxy named last. None: a Unix socket."""
    named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() if trust_proxy else ""
    return named or (request.client.host if request.client else None)
