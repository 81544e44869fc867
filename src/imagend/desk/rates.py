"""How fast keys may order: token buckets, in memory for one gateway, rows of the database for several.

Shared buckets are taken from in blocks, so that most requests cost no transaction. What a gateway holds of a block
others cannot have, and it may be spent after the bucket has filled again: a key's rate is kept to within one block per
gateway. Blocks are a tenth of the burst and at most ten tokens, so small limits are exact.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from imagend.core.bucket import Bucket, Limit, full, take_block
from imagend.store.base import Store
from imagend.store.sql import Tx

BLOCK_TOKENS = 10
BLOCK_SECONDS = 5.0  # what is left of a block then is not spent any more
MAX_KEYS = 10_000  # with blocks in memory; further ones begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    tokens: float  # left
    wait_seconds: float = 0.0  # until there is one; 0: it was taken


class Rates(Protocol):
    """Safe from any thread."""

    def recall(self, key_id: str, limit: Limit) -> Taken | None:
        """As `take`, without waiting; None when only the database knows."""

    def take(self, key_id: str, limit: Limit) -> Taken:
        """One token of the key. May wait for the database; raises StorageUnavailable."""


class NearRates:
    """Of a gateway that is the only one. They begin anew with it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def take(self, key_id: str, limit: Limit) -> Taken:
        now = self._clock()
        with self._lock:
            before = self._buckets.get(key_id) or full(limit, now)
            self._buckets[key_id], _, wait_seconds = take_block(before, limit, now, 1)
            return Taken(tokens=self._buckets[key_id].tokens, wait_seconds=wait_seconds)

    recall = take


@dataclass(slots=True, kw_only=True)
class _Block:
    tokens: int  # taken from the bucket and not spent
    left: float  # in the bucket, as of `at`
    at: float
    closed_until: float = 0.0  # the bucket is empty till then


class SharedRates:
    """Of all gateways of a database."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._blocks: dict[str, _Block] = {}

    def recall(self, key_id: str, limit: Limit) -> Taken | None:
        now = self._clock()
        with self._lock:
            block = self._blocks.get(key_id)
            if block is None:
                return None
            if block.tokens and now - block.at < BLOCK_SECONDS:
                block.tokens -= 1
                return Taken(tokens=min(float(limit.burst), block.left + block.tokens))
            if now < block.closed_until:
                return Taken(tokens=block.left, wait_seconds=block.closed_until - now)
            return None

    def take(self, key_id: str, limit: Limit) -> Taken:
        now = self._clock()
        bucket, taken, wait_seconds = self._store.write(lambda tx: _from_bucket(tx, key_id, limit, now))
        with self._lock:
            if len(self._blocks) >= MAX_KEYS:
                self._blocks.clear()
            spare = max(0, taken - 1)
            self._blocks[key_id] = _Block(
                tokens=spare, left=bucket.tokens, at=now, closed_until=now + wait_seconds if wait_seconds else 0.0
            )
        return Taken(tokens=bucket.tokens + spare, wait_seconds=wait_seconds)


def block_of(limit: Limit) -> int:
    """How many tokens a gateway takes at a time."""
    return max(1, min(BLOCK_TOKENS, limit.burst // 10))


def _from_bucket(tx: Tx, key_id: str, limit: Limit, now: float) -> tuple[Bucket, int, float]:
    tokens, updated_at = tx.hold_rate_bucket(key_id, float(limit.burst), now)
    after, taken, wait_seconds = take_block(Bucket(tokens=tokens, updated_at=updated_at), limit, now, block_of(limit))
    tx.set_rate_bucket(key_id, after.tokens, after.updated_at)
    return after, taken, wait_seconds
