"""Token bucket: a pure function of (state, now)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    tokens: float
    updated_at: float  # seconds of any clock, as long as it is always the same one


def full(limit: Limit, now: float) -> Bucket:
    return Bucket(tokens=float(limit.burst), updated_at=now)


def take(bucket: Bucket, limit: Limit, now: float) -> tuple[Bucket, float]:
    """Take one token. Returns the new bucket and the seconds to wait (0.0: taken)."""
    rate = limit.per_minute / 60.0
    elapsed = max(0.0, now - bucket.updated_at)
    tokens = min(float(limit.burst), bucket.tokens + elapsed * rate)
    if tokens >= 1.0:
        return Bucket(tokens=tokens - 1.0, updated_at=now), 0.0
    return Bucket(tokens=tokens, updated_at=now), (1.0 - tokens) / rate
