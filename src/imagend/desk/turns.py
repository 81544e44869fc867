"""Chores that one gateway at a time does for all: a row says whose turn it is, and until when.

Nothing rests on it. Two gateways that both believe it is theirs do the same work twice and harm nothing; when one dies
another takes over when its turn ends.
"""

from __future__ import annotations

from collections.abc import Callable

from imagend.store.base import Store

FORGET_EVERY_SECONDS = 30.0
WORKER_SECONDS = 600.0  # a worker that was silent for so long is no longer shown
RATE_SECONDS = 86_400.0  # a bucket that nobody touched for so long is full
PREVIEW_SECONDS = 300.0


class Turns:
    """Safe from any thread."""

    def __init__(self, store: Store, gateway: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock

    def take(self, chore: str, seconds: float) -> bool:
        """Whether it is this gateway's, which has it for so long from now on."""
        now = self._clock()
        return self._store.write(lambda tx: tx.take_chore(chore, self._gateway, now, now + seconds))


class SharedRows:
    """What gateways share for minutes is forgotten then."""

    def __init__(self, store: Store, clock: Callable[[], float], try_seconds: float) -> None:
        """try_seconds: how long tries of repeated requests are of use."""
        self._store = store
        self._clock = clock
        self._try_seconds = try_seconds
        self._due_at = clock()

    def forget(self) -> None:
        """Every half minute; other calls do nothing."""
        now = self._clock()
        if now < self._due_at:
            return
        self._due_at = now + FORGET_EVERY_SECONDS
        self._store.write(
            lambda tx: tx.forget_shared(
                workers=now - WORKER_SECONDS,
                rates=now - RATE_SECONDS,
                tries=now - self._try_seconds,
                previews=now - PREVIEW_SECONDS,
            )
        )
