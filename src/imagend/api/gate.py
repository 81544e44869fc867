"""Who is calling, may they, and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from imagend.api.errors import TooFast
from imagend.api.services import Services
from imagend.core import bucket
from imagend.core.errors import Forbidden, Unauthenticated
from imagend.desk.accounts import Key

MISSING = "Missing Authorization or x-api-key in header"
_MAX_KEY_LENGTH = 512  # characters


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
        self._accounts = services.accounts
        self._open_key = services.open_key
        self._limit = services.rate_limit
        self._clock = services.clock
        self._buckets: dict[str, bucket.Bucket] = {}

    def admit(self, headers: Mapping[str, str], native: str = "x-api-key") -> Key:
        """Raises Unauthenticated with one of the two constant messages."""
        try:
            return self._accounts.authenticate(secret_of(headers, native))
        except Unauthenticated:
            if self._open_key is None:
                raise
            return self._open_key

    def take(self, key: Key) -> dict[str, str]:
        """Count one POST against the key. Returns the headers that tell how much is left; raises TooFast."""
        if self._limit is None:
            return {}
        now = self._clock()
        before = self._buckets.get(key.id) or bucket.full(self._limit, now)
        after, wait_seconds = bucket.take(before, self._limit, now)
        self._buckets[key.id] = after
        missing = 1.0 if wait_seconds else self._limit.burst
        full_at = now + max(0.0, missing - after.tokens) * 60.0 / self._limit.per_minute
        headers = {
            "x-rate-limit-remaining": str(int(after.tokens)),
            "x-rate-limit-reset-at-utc": _utc(full_at),
        }
        if wait_seconds:
            raise TooFast(retry_after_seconds=wait_seconds, headers=headers)
        return headers


def permit(key: Key, slug: str) -> None:
    """Raises Forbidden when the key is bound to other models."""
    if key.models is not None and slug not in key.models:
        raise Forbidden


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
