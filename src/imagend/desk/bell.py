"""Wakes waiters after a commit, in this process and as a hint at the other gateways. Every waiter polls as well."""

from __future__ import annotations

import threading
from collections.abc import Callable

from imagend.desk.hints import Hints, Rang

#: Rings when work arrived.
QUEUE = "queue"
#: Rings when a request is final: somebody may have to be told.
OUTBOX = "outbox"


class Bell:
    """Safe from any thread. Callbacks run in the ringing thread and must be quick (set an event, no more)."""

    def __init__(self, hints: Hints | None = None) -> None:
        """hints: to ring at other gateways too."""
        self._hints = hints
        if hints is not None:
            hints.subscribe(Rang, lambda rang: self._ring_here(rang.topic))
        self._guard = threading.Lock()
        self._callbacks: dict[str, dict[object, Callable[[], None]]] = {}

    def ring(self, topic: str) -> None:
        """`topic`: a request_id whose state changed, QUEUE, OUTBOX. A callback that raises does not stop the others."""
        self._ring_here(topic)
        if self._hints is not None:
            self._hints.publish(Rang(topic))

    def heard(self, topic: str) -> bool:
        """Whether anybody here waits for it."""
        return topic in self._callbacks

    def _ring_here(self, topic: str) -> None:
        with self._guard:
            waiting = list(self._callbacks.get(topic, {}).values())
        for callback in waiting:
            try:
                callback()
            except Exception:  # noqa: S112 - a waiter that is gone must not fail the committer
                continue

    def subscribe(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns the function that ends the subscription; calling it twice is fine."""
        ticket = object()
        with self._guard:
            self._callbacks.setdefault(topic, {})[ticket] = callback
        return lambda: self._forget(topic, ticket)

    def _forget(self, topic: str, ticket: object) -> None:
        with self._guard:
            waiting = self._callbacks.get(topic, {})
            waiting.pop(ticket, None)
            if not waiting:
                self._callbacks.pop(topic, None)
