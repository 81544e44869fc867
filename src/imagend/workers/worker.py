"""The worker: claim, step the executor, finish. Other threads claim, beat and finish; this one only makes pictures.

    claimer  --inbox-->  worker (executor.add, executor.step)  --pictures-->  finisher (encode, upload, complete)
                 heart, listener: what the lease book lists is renewed; lost leases are obeyed between two steps
                 reporter: tells how far the jobs are

Rules: a job whose lease is lost is dropped without a word; a job leaves the book only when its last word is said;
a polite stop hands back what it cannot end in time, which costs no attempt.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from imagend.core.errors import BackendFailure, ImagendError
from imagend.core.outcome import Failure, Metrics
from imagend.core.wire import Step
from imagend.engine.backend import BackendSpec
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress, Withheld
from imagend.provenance.seal import UNSEALED, Seal
from imagend.safety.guard import PictureGuard
from imagend.workers.beating import Heart
from imagend.workers.claiming import Appetite, Claimer
from imagend.workers.executing import Executor
from imagend.workers.finishing import Finisher, Parcel, failure_of
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.link import Link
from imagend.workers.listening import Listener
from imagend.workers.reporting import Reporter

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5  # how long an idle worker sleeps between two signs of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Numbers of one worker."""

    max_pictures: int = 8  # held at once, in the engine and in finishing
    newcomers: int = 4  # pictures beyond that, of accounts that have nothing in this worker
    reserve: bool = False  # serve nobody but accounts that have nothing in any worker
    beat_seconds: float = 5.0
    fence_seconds: float = 20.0
    drain_seconds: float = 3.0  # after SIGTERM: what ends in this time is ended, the rest is handed back


class Worker:
    """One executor and its jobs. `run` returns after `stop`; both signal handlers and other threads may call `stop`."""

    def __init__(
        self,
        link: Link,
        executor: Executor,
        specs: Mapping[str, BackendSpec],
        clock: Callable[[], float],
        pace: Pace,
        guard: PictureGuard,
        *,
        moved: Callable[[], None] = lambda: None,
        alive: Callable[[], None] = lambda: None,
        seal: Seal = UNSEALED,
    ) -> None:
        """clock: monotonic seconds. moved: called whenever the engine's thread gets on. alive: at each beat."""
        self._link = link
        self._executor = executor
        self._specs = specs
        self._clock = clock
        self._pace = pace
        self._moved = moved
        self._inbox: queue.SimpleQueue[Held | None] = queue.SimpleQueue()
        self._stopping = False
        self._hurried = False
        self._fatal: Exception | None = None
        self._parcels: dict[str, Parcel] = {}  # by ticket, which is the lease token
        self._book = LeaseBook(clock, pace.fence_seconds)
        self._heart = Heart(link, self._book, clock, pace.beat_seconds, alive)
        self._listener = Listener(link, self._book)
        self._reporter = Reporter(link, guard, seal=seal)
        self._finisher = Finisher(link, self._book, clock, guard, self._reporter.flush, seal=seal)
        self._claimers = [
            Claimer(
                link,
                self._book,
                backends=tuple(specs),
                appetite=appetite,
                deliver=self._inbox.put,
                give_up=self._give_up_work,
            )
            for appetite in _appetites(pace)
        ]

    def run(self) -> None:
        for thread in (self._heart, self._listener, self._reporter):
            thread.start()
        for claimer in self._claimers:
            claimer.start()
        while not self._stopping:
            self._admit()
            self._work()
        self._drain()
        if self._fatal:
            raise self._fatal

    def stop(self) -> None:
        """Ask `run` to drain and return; asked again, it hands back at once what it holds. Safe in a signal handler:
        SimpleQueue.put is reentrant."""
        self._hurried = self._stopping
        self._stopping = True
        self._inbox.put(None)

    def _give_up_work(self, error: Exception) -> None:
        self._fatal = error
        self.stop()

    def _admit(self) -> None:
        """Hand what was claimed to the engine; sleep only when the engine is idle too."""
        if self._executor.idle:
            self._next(IDLE_SECONDS)
        while not self._inbox.empty():
            self._next(0.0)

    def _next(self, seconds: float) -> None:
        try:
            held = self._inbox.get(block=seconds > 0, timeout=seconds or None)
        except queue.Empty:
            return
        if held is None:
            return
        if self._stopping:
            self._finisher.release(held)
        else:
            self._start(held)

    def _start(self, held: Held) -> None:
        try:
            self._executor.add(held)
        except Exception as error:
            self._break(held, error, Metrics())
        else:
            spec = self._specs[held.recipe.backend]
            self._parcels[held.token] = Parcel(held=held, spec=spec, admitted_at=self._clock(), previews=held.previews)

    def _work(self) -> None:
        """One round: obey what was heard, then one step."""
        self._moved()
        self._obey()
        before = self._clock()
        events = self._executor.step()
        taken = self._clock() - before
        self._note_step(taken)
        for ticket, seconds in self._executor.charge(taken).items():
            self._parcels[ticket].compute_seconds += seconds
        for event in events:
            self._handle(event)

    def _note_step(self, seconds: float) -> None:
        if (last := self._executor.last_step) is not None:
            backend, work, lanes = last
            most = self._specs[backend].lanes_per_tick if work == "denoise" else lanes
            self._reporter.note_step(
                Step(
                    backend=backend,
                    work=work,
                    seconds=seconds,
                    lanes=lanes,
                    most_lanes=most,
                )
            )
        for done in self._executor.done_beside:
            self._reporter.note_step(
                Step(
                    backend=done.backend,
                    work=done.work,
                    seconds=done.seconds,
                    lanes=done.lanes,
                    most_lanes=done.lanes,
                )
            )

    def _obey(self) -> None:
        if lost := self._book.fence():  # here too: the heart may be waiting for a gateway that does not answer
            logger.error("%d leases given up: no heartbeat got through in time", lost)
        now = self._clock()
        for ticket, parcel in list(self._parcels.items()):
            held = parcel.held
            if not self._book.holds(held):
                self._forget(ticket)
            elif now >= held.deadline_at:
                self._give_up(ticket, "deadline_exceeded", "The request did not finish before its deadline")
            elif held.previews != parcel.previews:
                parcel.previews = held.previews
                self._executor.watch(ticket, held.previews)

    def _forget(self, ticket: str, *, over: bool = False) -> Parcel:
        """over: nobody goes on with the job."""
        parcel = self._parcels.pop(ticket)
        self._executor.cancel(ticket, over=over or parcel.held.over)
        self._reporter.forget(parcel.held)
        return parcel

    def _give_up(self, ticket: str, code: str, message: str) -> None:
        parcel = self._forget(ticket, over=True)
        failure = Failure(code=code, message=message, metrics=self._metrics(parcel))
        self._finisher.fail(parcel.held, failure, retryable=False)

    def _handle(self, event: Event) -> None:
        match event:
            case Progress():
                if parcel := self._parcels.get(event.ticket):
                    parcel.evaluations = event.done
                    self._reporter.note(parcel.held, event)
            case Finished():
                self._finisher.store(self._parcels[event.ticket], event)
                if event.left == 0:
                    del self._parcels[event.ticket]
            case Withheld():
                self._finisher.withhold(self._parcels[event.ticket], event)
                if event.left == 0:
                    del self._parcels[event.ticket]
            case Broken():
                parcel = self._parcels.pop(event.ticket)
                self._break(parcel.held, event.error, self._metrics(parcel))
            case PreviewFailed():
                logger.warning("preview failed: %r", event.error)

    def _break(self, held: Held, error: Exception, metrics: Metrics) -> None:
        logger.error("job %s broke", held.job_id, exc_info=error)
        if not isinstance(error, ImagendError):
            cause, error = error, BackendFailure()
            error.__cause__ = cause
        self._finisher.fail(held, failure_of(error, metrics), retryable=error.retryable)

    def _metrics(self, parcel: Parcel) -> Metrics:
        return parcel.metrics(self._clock())

    def _drain(self) -> None:
        """Claim no more, end what ends soon, hand back the rest; leases are renewed until the last word is said."""
        until = self._clock() + self._pace.drain_seconds
        hurry = threading.Timer(self._pace.drain_seconds, self._link.hurry)
        hurry.daemon = True
        hurry.start()
        for claimer in self._claimers:
            claimer.stop()
        while not self._inbox.empty():
            self._next(0.0)
        self._hand_back([ticket for ticket, parcel in self._parcels.items() if not parcel.evaluations])
        while self._parcels and self._clock() < until and not self._hurried:
            self._work()
        self._hand_back(list(self._parcels))
        self._executor.close()
        self._finisher.close()
        hurry.cancel()
        for thread in (self._reporter, self._listener, self._heart):
            thread.stop()

    def _hand_back(self, tickets: list[str]) -> None:
        for ticket in tickets:
            if self._executor.returnable(ticket):
                self._finisher.release(self._forget(ticket).held)
            else:
                self._give_up(ticket, "worker_lost", "The server was stopped while running this request")


def _appetites(pace: Pace) -> tuple[Appetite, ...]:
    most = pace.max_pictures + pace.newcomers
    if pace.reserve:
        return (Appetite(whose="idle", below_pictures=most),)
    usual = Appetite(below_pictures=pace.max_pictures)
    return usual, Appetite(whose="absent", from_pictures=pace.max_pictures, below_pictures=most)
