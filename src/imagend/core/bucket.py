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
    after, _, wait_seconds = take_block(bucket, limit, now, 1)
    return after, wait_seconds


def take_block(bucket: Bucket, limit: Limit, now: float, most: int) -> tuple[Bucket, int, float]:
    """Take as many tokens as there are, at most `most`. Returns the new bucket, how many were taken, and the seconds to
    wait for the first one if none was."""
    rate = limit.per_minute / 60.0
    elapsed = max(0.0, now - bucket.updated_at)
    tokens = min(float(limit.burst), bucket.tokens + elapsed * rate)
    taken = min(most, int(tokens))
    wait_seconds = 0.0 if taken else (1.0 - tokens) / rate
    return Bucket(tokens=tokens - taken, updated_at=max(now, bucket.updated_at)), taken, wait_seconds
