"""The database's time in a gateway: asked now and then, carried on by the machine's monotonic clock in between.

Of several gateways none can be trusted to have the right time, and they need not: leases, deadlines and retention are
judged by one clock, the database's. What the machine takes for the time of day is never looked at.

Each question gives an interval (Cristian 1989): the answer was right at some moment between asking and hearing, so the
offset lies within half the round trip of the middle. An answer that took long tells little; it is used only if it
contradicts what is believed. Corrections to the past are spread out: this clock is never set back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from imagend.core.errors import StorageUnavailable

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 10.0
QUESTIONS = 3  # per refreshing: the quickest answer counts
FIRST_QUESTIONS = 8
DRIFT = 2e-4  # how much the machine's monotonic clock may go wrong in a second
SLOW = 0.5  # speed of the clock while it waits for the database's to catch up
SET_BACK_SECONDS = 60.0  # a database whose clock was set back by more is not followed


class SharedClock:
    """Call it for epoch seconds. Safe from any thread; never goes back."""

    def __init__(self, ask: Callable[[], float], monotonic: Callable[[], float] = time.monotonic) -> None:
        """ask: the database's time, epoch seconds; blocks. Raises StorageUnavailable when it cannot be asked."""
        self._ask = ask
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._ahead = 0.0  # what is still to be given back, in seconds
        self._offset, self._doubt, self._known_at = self._best(FIRST_QUESTIONS)
        self._last_read_at = self._known_at
        self._last = float("-inf")

    def __call__(self) -> float:
        with self._lock:
            self._last = max(self._last, self._settle() + self._offset + self._ahead)
            return self._last

    @property
    def doubt_seconds(self) -> float:
        """How wrong it may be now."""
        with self._lock:
            return self._doubt_at(self._monotonic())

    def refresh(self) -> None:
        """Ask again if the last good answer is older than REFRESH_SECONDS. A database that is away is no error: the
        machine's monotonic clock goes on."""
        if self._monotonic() - self._known_at < REFRESH_SECONDS:
            return
        try:
            offset, doubt, at = self._best(QUESTIONS)
        except StorageUnavailable as error:
            logger.warning("%s; the time goes on by itself", error.message)
            return
        with self._lock:
            self._judge(offset, doubt, at)

    def _judge(self, offset: float, doubt: float, at: float) -> None:
        change, believed = offset - self._offset, self._doubt_at(at)
        if doubt > believed and abs(change) <= doubt + believed:
            return  # agrees, and tells less than is known
        if change < -SET_BACK_SECONDS:
            logger.error("the database's clock was set back by %.0f s; not followed: restart all gateways", -change)
            self._known_at = at
            return
        if abs(change) > max(1.0, doubt + believed):
            logger.warning("the database's clock is %+.3f s from what it was", change)
        self._settle()
        self._ahead = max(0.0, self._ahead - change)
        self._offset, self._doubt, self._known_at = offset, doubt, at

    def _settle(self) -> float:
        """Give back what was due since the last time. Returns the monotonic clock."""
        here = self._monotonic()
        self._ahead = max(0.0, self._ahead - SLOW * max(0.0, here - self._last_read_at))
        self._last_read_at = here
        return here

    def _doubt_at(self, at: float) -> float:
        return self._doubt + DRIFT * max(0.0, at - self._known_at)

    def _best(self, questions: int) -> tuple[float, float, float]:
        """(offset to the monotonic clock, half the round trip, when) of the quickest answer."""
        return min((self._question() for _ in range(questions)), key=lambda answer: answer[1])

    def _question(self) -> tuple[float, float, float]:
        asked_at = self._monotonic()
        answer = self._ask()
        heard_at = self._monotonic()
        return answer - (asked_at + heard_at) / 2, (heard_at - asked_at) / 2, heard_at
