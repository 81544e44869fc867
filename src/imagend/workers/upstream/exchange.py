"""The executor whose pictures are made elsewhere: a thread per order, which mostly waits."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from imagend.core.errors import BackendFailure, ImagendError, UnknownModel
from imagend.engine.events import Broken, Event, Finished, Withheld
from imagend.engine.kinds import Work
from imagend.engine.timesheet import DoneBeside
from imagend.workers.leases import Held
from imagend.workers.link import Patience
from imagend.workers.upstream.body import Wording, parts, unsent
from imagend.workers.upstream.door import Door
from imagend.workers.upstream.errand import Errand, Stopped

STEP_SECONDS = 0.05  # a newcomer or a cancellation waits for this at the most
CLOSE_SECONDS = 3.0  # for what is being withdrawn
AWAY = Patience(total_seconds=45.0, first_pause_seconds=0.5, longest_pause_seconds=10.0)


class Exchange:
    """Called from one thread, save `_tell`. As many orders at a time as the worker holds jobs."""

    def __init__(
        self, door: Door, wordings: Mapping[str, Wording], clock: Callable[[], float] = time.monotonic,
        patience: Patience = AWAY,
    ) -> None:  # fmt: skip
        """wordings: by slug here. clock: monotonic seconds. patience: with a server that is away."""
        self._door = door
        self._wordings = wordings
        self._clock = clock
        self._patience = patience
        self._errands: dict[str, Errand] = {}  # by ticket
        self._threads: list[threading.Thread] = []
        self._told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._served: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        return not self._errands

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        return None

    @property
    def done_beside(self) -> Sequence[DoneBeside]:
        return ()

    def add(self, held: Held) -> None:
        """Raises UnknownModel for a model that is not forwarded there (any more)."""
        wording = self._wordings.get(held.recipe.model)
        if wording is None:
            raise UnknownModel(held.recipe.model)
        ordered = parts(wording, held.job_id, held.recipe)
        errand = Errand(self._door, held, ordered, self._told.put, self._clock, self._patience, unsent(wording))
        self._errands[held.token] = errand
        thread = threading.Thread(target=self._run, args=(held.token, errand), name="errand", daemon=True)
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()

    def watch(self, ticket: str, previews: int) -> bool:
        """Nobody draws previews there that we could judge and mark; none come."""
        return ticket in self._errands

    def cancel(self, ticket: str, *, over: bool) -> bool:
        errand = self._errands.pop(ticket, None)
        if errand is not None:
            errand.stop(unwanted=over)
        return errand is not None

    def returnable(self, ticket: str) -> bool:
        errand = self._errands.get(ticket)
        return errand is None or self._door.upstream.honours_keys or not errand.ordered

    def step(self) -> list[Event]:
        self._served = tuple(self._errands)
        if not self._errands:
            return []
        events: list[Event] = []
        try:
            events.append(self._told.get(timeout=STEP_SECONDS))
            while True:
                events.append(self._told.get_nowait())
        except queue.Empty:
            return [event for event in events if self._still_wanted(event)]

    def charge(self, seconds: float) -> dict[str, float]:
        """Orders that wait there together share the time, as rows of a batch do."""
        return {ticket: seconds / len(self._served) for ticket in self._served}

    def close(self) -> None:
        until = self._clock() + CLOSE_SECONDS
        for errand in self._errands.values():
            errand.stop(unwanted=False)
        for thread in self._threads:
            thread.join(max(0.0, until - self._clock()))
        self._door.close()

    def _still_wanted(self, event: Event) -> bool:
        if event.ticket not in self._errands:
            return False
        if isinstance(event, Broken) or (isinstance(event, Finished | Withheld) and event.left == 0):
            del self._errands[event.ticket]
        return True

    def _run(self, ticket: str, errand: Errand) -> None:
        try:
            errand.run()
        except Stopped:
            return
        except ImagendError as error:
            self._told.put(Broken(ticket=ticket, error=error))
        except Exception as error:
            failure = BackendFailure()
            failure.__cause__ = error
            self._told.put(Broken(ticket=ticket, error=failure))
