"""The claimer: keeps the worker's lanes filled without ever making the engine wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from imagend.core.errors import ImagendError
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.link import GatewayUnreachable, Link

logger = logging.getLogger(__name__)

IDLE_POLL_SECONDS = 20.0  # nothing held: wait at the gateway for work
BUSY_POLL_SECONDS = 1.0  # some lanes free: short, for what may be asked for (more jobs, a solo job) soon changes
STOP_TRIES = 20
STOP_SECONDS = 2.0  # a claim under way is answered at once unless the gateway is dead
PAUSE_SECONDS = 1.0  # after the gateway could not be reached for long


class Claimer:
    """A thread that claims up to the free lanes. A solo job is asked for only when nothing is held, and has no mates.

    A worker under constant load sees no solo job until the desk, after a while, gives it nothing else.
    """

    def __init__(
        self,
        link: Link,
        book: LeaseBook,
        *,
        backends: tuple[str, ...],
        max_pictures: int,
        deliver: Callable[[Held], None],
        give_up: Callable[[Exception], None],
    ) -> None:
        """deliver: takes each job. give_up: hears why no more will ever come, e.g. a wrong token."""
        self._link = link
        self._book = book
        self._backends = backends
        self._max_pictures = max_pictures
        self._deliver = deliver
        self._give_up = give_up
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="claimer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Claim no more. Unless the gateway is dead, nothing is delivered after this has returned."""
        with self._book.changed:
            self._stopping = True
            self._book.changed.notify_all()
        for _ in range(STOP_TRIES):  # the claim may reach the gateway after the word that ends it
            self._leave()
            self._thread.join(STOP_SECONDS / STOP_TRIES)
            if not self._thread.is_alive():
                break

    def _leave(self) -> None:
        try:
            self._link.leave()
        except ImagendError as error:
            logger.warning("could not leave politely: %s", error.message)

    def _run(self) -> None:
        try:
            while (room := self._room()) is not None:
                self._try_to_claim(room)
        except Exception as error:
            self._give_up(error)

    def _try_to_claim(self, room: int) -> None:
        try:
            self._claim(room)
        except GatewayUnreachable as error:
            logger.warning("no work: %s", error.message)
            self._rest()

    def _claim(self, room: int) -> None:
        alone = room == self._max_pictures
        wait_seconds = IDLE_POLL_SECONDS if alone else BUSY_POLL_SECONDS
        answer = self._link.claim(self._backends, room, alone, wait_seconds)
        for job in answer.jobs:
            self._deliver(self._book.enter(job))

    def _room(self) -> int | None:
        """Wait until there is room for pictures. Returns how many (all of them: nothing is held), or None: stop."""
        with self._book.changed:
            self._book.changed.wait_for(lambda: self._stopping or self._may_claim())
            return None if self._stopping else self._max_pictures - self._book.pictures

    def _may_claim(self) -> bool:
        return not self._book.has_solo and self._book.pictures < self._max_pictures

    def _rest(self) -> None:
        with self._book.changed:
            self._book.changed.wait_for(lambda: self._stopping, PAUSE_SECONDS)
