"""A model that loses too many workers is stopped for a while; then one job by itself shows whether all is well again.

The state is in the rows, so it holds for all gateways: no row is closed; younger than the pause is open; then half
open, until a trial is under way; a trial whose worker had the last word on it, whatever that was, closes it. Start-up
failures count too, as long as nobody else serves the model.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection

from imagend.core.errors import ModelUnavailable
from imagend.core.job import Job, JobPolicy, State
from imagend.core.outcome import Failure
from imagend.store.base import Store
from imagend.store.crew_rows import BreakerRow
from imagend.store.sql import Reads, Tx

FRESH_SECONDS = 1.0  # an order may be let in or turned away by what was true so long ago
TRIAL_SECONDS = 5.0  # what is turned away because of a trial may come again after this


class Circuit(enum.StrEnum):
    OPEN = "open"  # no claims, no orders
    HALF_OPEN = "half_open"  # one claim is wanted, of one job
    TRIAL = "trial"  # that job runs
    CLOSED = "closed"  # all is well


def judge(row: BreakerRow, now: float, pause_seconds: float) -> Circuit:
    if now < row.opened_at + pause_seconds:
        return Circuit.OPEN
    if row.trial_state == State.PROCESSING:
        return Circuit.TRIAL
    ended = row.trial_state in (State.COMPLETED, State.FAILED)
    return Circuit.CLOSED if ended and row.trial_closed_as in ("complete", "fail") else Circuit.HALF_OPEN


def circuits(reads: Reads, now: float, policy: JobPolicy) -> dict[str, Circuit]:
    """Of the models that are not simply well."""
    return {row.backend: judge(row, now, policy.breaker_pause_seconds) for row in reads.breakers()}


def note_crash(tx: Tx, job: Job, verdict: object, now: float, policy: JobPolicy) -> None:
    """A worker is lost with this job: remember that of both, stop the model if that was one too many, and keep for the
    operator a job that is given up."""
    assert job.lease is not None
    backend = job.recipe.backend
    tx.note_lost_worker(job.id, job.lease.token)
    tx.note_loss(backend, job.lease.worker_id, now)
    on_trial = any(row.trial_id == job.id for row in tx.breakers())
    if on_trial or _too_many(tx, backend, now, policy):
        tx.open_breaker(backend, now)
    if isinstance(verdict, Failure):
        tx.quarantine_job(job.id, verdict.detail, now)


def _too_many(reads: Reads, backend: str, now: float, policy: JobPolicy) -> bool:
    return reads.losses_since(backend, now - policy.breaker_window_seconds) > policy.breaker_losses


class Breakers:
    """Safe from any thread."""

    def __init__(self, store: Store, policy: JobPolicy, clock: Callable[[], float]) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._copy: tuple[float, dict[str, Circuit]] = (float("-inf"), {})

    def states(self) -> dict[str, Circuit]:
        """Of the models that are not simply well, at most a second old."""
        now = self._clock()
        read_at, known = self._copy
        if not 0 <= now - read_at < FRESH_SECONDS:
            known = self._store.read(lambda reads: circuits(reads, now, self._policy))
            self._copy = (now, known)
        return known

    def look_again(self) -> None:
        """This gateway has seen workers end: what it knew is too old."""
        self._copy = (float("-inf"), {})

    def refusal(self, backend: str) -> ModelUnavailable | None:
        """Why no order for this model is taken now. While a trial is wanted the first order is let in to be it."""
        state = self.states().get(backend, Circuit.CLOSED)
        if state is Circuit.CLOSED:
            return None
        if state is Circuit.HALF_OPEN and not self._store.read(lambda reads: reads.has_jobs(backend)):
            return None
        pause = self._policy.breaker_pause_seconds if state is Circuit.OPEN else TRIAL_SECONDS
        return ModelUnavailable(retry_after_seconds=pause)

    def start_failed(self, worker_id: str, backends: Collection[str]) -> None:
        """A worker ended before it was ready, and nobody serves these models."""
        now = self._clock()

        def work(tx: Tx) -> None:
            for backend in sorted(backends):
                tx.note_loss(backend, worker_id, now)
                if _too_many(tx, backend, now, self._policy):
                    tx.open_breaker(backend, now)

        self._store.write(work)

    def tidy(self) -> None:
        """Close what a trial has shown to be well; forget old losses and what the operator had time enough to see."""
        now = self._clock()

        def work(tx: Tx) -> None:
            for row in tx.breakers():
                if row.trial_id is not None and judge(row, now, self._policy.breaker_pause_seconds) is Circuit.CLOSED:
                    tx.close_breaker(row.backend, row.trial_id)
            tx.forget_losses(now - self._policy.breaker_window_seconds)
            tx.forget_quarantine(now - self._policy.quarantine_seconds)

        self._store.write(work)
