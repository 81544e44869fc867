"""The heartbeat: renews all leases, hears cancels, and stops the work of a worker that is cut off."""

from __future__ import annotations

import itertools
import logging
import math
import threading
from collections.abc import Callable

from imagend.core.errors import ImagendError
from imagend.workers.leases import LeaseBook
from imagend.workers.link import Link

logger = logging.getLogger(__name__)

ALIVE_SECONDS = 5.0
STOP_SECONDS = 1.0  # a beat under way may hang in a dead gateway; the thread is a daemon


class Heart:
    """A thread that beats every `beat_seconds`, on time or not at all.

    `alive()` is called at least every five seconds, also without a gateway: for whoever watches the process.
    """

    def __init__(
        self,
        link: Link,
        book: LeaseBook,
        clock: Callable[[], float],
        beat_seconds: float,
        alive: Callable[[], None],
    ) -> None:
        self._link = link
        self._book = book
        self._clock = clock
        self._beat_seconds = beat_seconds
        self._alive = alive
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        rounds = math.ceil(self._beat_seconds / ALIVE_SECONDS)
        for number in itertools.count(1):
            if self._stopped.wait(self._beat_seconds / rounds):
                return
            self._alive()
            if number % rounds == 0:
                self._try_to_beat()

    def _try_to_beat(self) -> None:
        try:
            self.beat()
        except Exception:
            logger.exception("heartbeat failed")

    def beat(self) -> None:
        """One beat now. With no lease too: the gateway may believe that there are some."""
        settled, leases = self._book.stock()
        sent_at = self._clock()
        try:
            if lost := self._book.hear(leases, self._link.beat(leases, settled), sent_at):
                logger.warning("%d leases lost: the gateway took them back, the work is dropped", lost)
        except ImagendError as error:
            logger.warning("heartbeat failed: %s", error.message)
        if lost := self._book.fence():
            logger.error("%d leases given up: no heartbeat got through in time", lost)
