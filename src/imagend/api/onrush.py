"""More orders than can be written down: those beyond a few at once hear so at once, instead of all waiting longer.

As CoDel does for packets (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012), a line is bad only
when it stays: a hundred orders that come together are all taken, one after the other. When none has been taken within
TARGET_SECONDS for INTERVAL_SECONDS, only so many may be under way at a time that the last of them need not wait long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagend.core.errors import RateLimited

TARGET_SECONDS = 0.05
INTERVAL_SECONDS = 0.1
BUSY = "The server cannot take more orders at this moment; try again in a second"


class Onrush:
    """Lives on the event loop."""

    def __init__(self, most_when_busy: int, clock: Callable[[], float]) -> None:
        """clock: seconds that only grow. most_when_busy: orders on their way to the disk; 0 for any number."""
        self._most = most_when_busy
        self._clock = clock
        self._inside = 0
        self._calm_at = clock()

    def check(self) -> None:
        """Raises RateLimited when there are too many before this one, for too long already."""
        busy = self._inside and self._clock() - self._calm_at > INTERVAL_SECONDS
        if busy and 0 < self._most <= self._inside:
            raise RateLimited(BUSY)

    @contextmanager
    def order(self) -> Iterator[None]:
        """While an order is on its way."""
        began_at = self._clock()
        if not self._inside:
            self._calm_at = began_at
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            now = self._clock()
            if now - began_at <= TARGET_SECONDS:
                self._calm_at = now
