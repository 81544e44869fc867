"""The claimer: keeps the worker's lanes filled without ever making the engine wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from imagend.core import wire
from imagend.core.errors import ImagendError
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.link import GatewayUnreachable, Link

logger = logging.getLogger(__name__)

IDLE_POLL_SECONDS = 20.0  # nothing held: wait at the gateway for work
BUSY_POLL_SECONDS = 1.0  # some lanes free: short, for what may be asked for (more jobs, a solo job) soon changes
STOP_TRIES = 20
STOP_SECONDS = 2.0  # a claim under way is answered at once unless the gateway is dead
PAUSE_SECONDS = 1.0  # after the gateway could not be reached for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """Whose jobs a claimer asks for, and while how many pictures are held."""

    whose: wire.Whose = "anyone"
    from_pictures: int = 0
    below_pictures: int

    def asks(self, book: LeaseBook) -> bool:
        return not book.has_solo and self.from_pictures <= book.pictures < self.below_pictures

    def most_jobs(self, pictures: int) -> int:
        """Newcomers come one at a time, so that each goes to the worker that is best for it."""
        return self.below_pictures - pictures if self.whose == "anyone" else 1


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
        appetite: Appetite,
        deliver: Callable[[Held], None],
        give_up: Callable[[Exception], None],
    ) -> None:
        """deliver: takes each job. give_up: hears why no more will ever come, e.g. a wrong token."""
        self._link = link
        self._book = book
        self._backends = backends
        self._appetite = appetite
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
            while (pictures := self._hungry()) is not None:
                self._try_to_claim(pictures)
        except Exception as error:
            self._give_up(error)

    def _try_to_claim(self, pictures: int) -> None:
        try:
            self._claim(pictures)
        except GatewayUnreachable as error:
            logger.warning("no work: %s", error.message)
            self._rest()

    def _claim(self, pictures: int) -> None:
        alone = not pictures
        wait_seconds = IDLE_POLL_SECONDS if alone else BUSY_POLL_SECONDS
        room = self._appetite.most_jobs(pictures)
        with self._book.claiming() as number:
            stock = self._book.stock()
            answer = self._link.claim(
                self._backends, room, alone, wait_seconds, self._appetite.whose, number=number, stock=stock
            )
            for job in answer.jobs:
                self._deliver(self._book.enter(job))

    def _hungry(self) -> int | None:
        """Wait until something is to be asked for. Returns how many pictures are held, or None: stop."""
        with self._book.changed:
            self._book.changed.wait_for(lambda: self._stopping or self._appetite.asks(self._book))
            return None if self._stopping else self._book.pictures

    def _rest(self) -> None:
        with self._book.changed:
            self._book.changed.wait_for(lambda: self._stopping, PAUSE_SECONDS)
