"""Copies of what many ask for: one thread makes a new one, the others take the one before it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

TOO_OLD = 3.0  # times as old as a fresh copy may be: then one waits for the new one


@dataclass(frozen=True, slots=True)
class _Copy(Generic[T]):
    value: T
    made_at: float


class Copies(Generic[T]):
    """By name. `make(name, now)` may block; two threads never make a copy of one name at the same time."""

    def __init__(self, make: Callable[[str, float], T], fresh_seconds: float) -> None:
        self._make = make
        self._fresh_seconds = fresh_seconds
        self._kept: dict[str, _Copy[T]] = {}
        # Re-entrant: where a whole system runs in one thread, others ask while this one waits for its database.
        self._makers: dict[str, threading.RLock] = {}

    def fresh(self, name: str, now: float) -> bool:
        """Whether `get` would answer without making one."""
        return self._younger(name, now, self._fresh_seconds) is not None

    def get(self, name: str, now: float) -> T:
        """At most `fresh_seconds` old, or three times that while another thread makes a new one."""
        if young := self._younger(name, now, self._fresh_seconds):
            return young.value
        old = self._younger(name, now, TOO_OLD * self._fresh_seconds)
        maker = self._makers.setdefault(name, threading.RLock())
        if old is not None and not maker.acquire(blocking=False):
            return old.value
        if old is None:
            maker.acquire()
        try:
            return self._make_unless_made(name, now)
        finally:
            maker.release()

    def _make_unless_made(self, name: str, now: float) -> T:
        young = self._younger(name, now, self._fresh_seconds)  # by whom we have waited for
        if young is None:
            young = self._kept[name] = _Copy(self._make(name, now), now)
        return young.value

    def _younger(self, name: str, now: float, seconds: float) -> _Copy[T] | None:
        kept = self._kept.get(name)
        return kept if kept is not None and 0 <= now - kept.made_at < seconds else None
