"""Requests that a client's library sends again by itself, without an idempotency key.

Such a library counts its tries. A try after the first, from the same key and with the same body, gets the job of the
try before it: the answer may have been lost, but it was made and paid. Tries are rows, written with the job that they
made, so it does not matter which gateway the next one comes to, or whether the first one's has died.
"""

from __future__ import annotations

from collections.abc import Callable

from imagend.core.errors import UnknownRequest
from imagend.core.job import Job, State
from imagend.desk import moves
from imagend.desk.order import Attempt
from imagend.store.base import Store
from imagend.store.sql import Tx


class Repeats:
    """Safe from any thread; every verb is one transaction. A try is taken over at most once, so that identical requests
    that run side by side keep their own jobs when they are repeated."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def join(self, account_id: str, attempt: Attempt, seconds: float) -> Job | None:
        """The job of an earlier try that was made at most `seconds` ago, unless it is forgotten or has failed."""
        now = self._clock()

        def work(tx: Tx) -> Job | None:
            request_id = tx.take_over_try(attempt.print, attempt.number, now - seconds)
            if request_id is None:
                return None
            try:
                job = moves.visible(tx, account_id, request_id, now)
            except UnknownRequest:
                return None
            if job.state is State.FAILED:
                return None
            tx.new_try(attempt.id, attempt.print, attempt.number, job.id, now)
            return job

        return self._store.write(work) if attempt.number else None

    def leave(self, attempt: Attempt) -> bool:
        """Its caller has gone. Whether its job is nobody else's; then no later try joins it."""
        return self._store.write(lambda tx: tx.claim_try(attempt.id))

    def stay(self, attempt: Attempt) -> None:
        """The job was ready in the same moment, and paid: a later try may have it."""
        self._store.write(lambda tx: tx.free_try(attempt.id))
