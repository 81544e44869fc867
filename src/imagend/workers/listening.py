"""The listener: hears at once what the heartbeat would tell within seconds, and who wants to see previews."""

from __future__ import annotations

import logging
import threading

from imagend.core.errors import ImagendError
from imagend.workers.leases import LeaseBook
from imagend.workers.link import Link

logger = logging.getLogger(__name__)

POLL_SECONDS = 20.0
PAUSE_SECONDS = 1.0  # after the gateway could not be reached
STOP_SECONDS = 1.0  # a poll under way may hang in a dead gateway; the thread is a daemon


class Listener:
    """A thread that always has one question open at the gateway."""

    def __init__(self, link: Link, book: LeaseBook) -> None:
        self._link = link
        self._book = book
        self._heard = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        try:
            self._link.leave()
        except ImagendError as error:
            logger.debug("the last poll ends by itself: %s", error.message)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.listen(POLL_SECONDS)
            except Exception as error:  # the heartbeat stands in for us
                logger.debug("no news: %r", error)
                self._stopped.wait(PAUSE_SECONDS)

    def listen(self, wait_seconds: float) -> None:
        """Hear what there is to hear, once."""
        notices = self._link.news(self._heard, wait_seconds)
        self._heard = notices.number
        if lost := self._book.obey(notices.leases):
            logger.info("%d leases lost: the work is not wanted any more", lost)
