"""Takes jobs back from workers that do not answer, and ends what is late.

A pass first asks which jobs look overdue and then treats each in a transaction of its own, which looks again: a row
that moved in between is left alone, a killed pass is finished by the next one, and two sweepers do no harm. Nothing
here believes that an old worker is dead: its lease token is simply no longer the row's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from imagend.core.job import Job, JobPolicy, Retry, after_crash, after_restart
from imagend.core.outcome import Failure
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk import moves
from imagend.desk.boots import earlier_runs
from imagend.desk.breakers import note_crash
from imagend.store.base import Store
from imagend.store.sql import Held, Tx

ROWS_PER_PASS = 500
DAY_SECONDS = 86_400.0
DEADLINE_GRACE_SECONDS = 5.0  # a running job may still be finishing


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Which jobs a sweep looks at (a question of store/sql.py) and what becomes of each."""

    question: str
    values: Mapping[str, float | str]
    verdict: Callable[[Job], Retry | Failure | None]  # None: leave it
    crashed: bool = False


class Sweeper:
    def __init__(
        self,
        store: Store,
        policy: JobPolicy,
        clock: Callable[[], float],
        tell: Callable[[Job], None],
        watch: Watch = UNWATCHED,
    ) -> None:
        """tell: called with every job that was moved, after the commit."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._tell = tell
        self._watch = watch

    def sweep(self) -> int:
        """Deadlines and lost leases; at most 500 jobs of each. Returns how many jobs it moved."""
        now = self._clock()

        def lost(job: Job) -> Retry | Failure | None:
            renewed = job.lease is not None and job.lease.until >= now
            return None if renewed else after_crash(job, self._policy, now)

        chores = (
            Chore(question="late_waiting", values={"before": now}, verdict=lambda _job: moves.DEADLINE_EXCEEDED),
            Chore(
                question="late_running",
                values={"before": now - DEADLINE_GRACE_SECONDS},
                verdict=lambda _job: moves.DEADLINE_EXCEEDED,
            ),
            Chore(question="leases_lost", values={"before": now}, verdict=lost, crashed=True),
        )
        return sum(self._do(chore, now) for chore in chores)

    def next_deadline_seconds(self) -> float:
        """Until the first waiting job is late; a day when none waits."""
        deadline_at = self._store.read(lambda reads: reads.next_deadline())
        return DAY_SECONDS if deadline_at is None else max(0.0, deadline_at - self._clock())

    def worker_lost(self, worker_id: str) -> int:
        """The pool saw this worker's process die: what it had is a crash at once. To be called before another
        process takes the same id. Returns how many jobs it had."""
        now = self._clock()
        return self._do_all(
            Chore(
                question="leases_of_worker",
                values={"worker_id": worker_id},
                verdict=lambda job: after_crash(job, self._policy, now),
                crashed=True,
            ),
            now,
        )

    def recover(self, boot: str) -> int:
        """At server start: what workers of this gateway's earlier runs had goes back to the queue. Their processes died
        with the run that they belonged to; if one lives on, its token is worthless now. Workers of other gateways and
        those that live elsewhere are left alone; see desk/boots.py. Returns how many jobs moved."""
        now = self._clock()
        return self._do_all(
            Chore(
                question="leases_of_earlier_runs",
                values=earlier_runs(boot),
                verdict=lambda job: after_restart(job, self._policy, now),
            ),
            now,
        )

    def recover_all(self) -> int:
        """After a restore: whoever had a job does not any more. Returns how many jobs moved."""
        now = self._clock()
        return self._do_all(
            Chore(
                question="leases_of_earlier_runs",
                values={"boot": "", "mine": "%", "others": ""},  # everybody's
                verdict=lambda job: after_restart(job, self._policy, now),
            ),
            now,
        )

    def _do_all(self, chore: Chore, now: float) -> int:
        total = 0
        while moved := self._do(chore, now):
            total += moved
        return total

    def _do(self, chore: Chore, now: float) -> int:
        """One pass. A row that cannot be moved does not keep the others; the first such error is raised at the end."""
        found = self._store.read(lambda reads: reads.held(chore.question, most=ROWS_PER_PASS, **chore.values))
        moves_made = [self._store.later(self._move(chore, held, now)) for held in found]
        moved, failed = 0, None
        for future in moves_made:
            job, error = _settled(future)
            failed = failed or error
            if job is not None:
                moved += 1
                self._count(chore)
                self._tell(job)
        if failed is not None:
            raise failed
        return moved

    def _count(self, chore: Chore) -> None:
        self._watch.count("jobs_taken_back_total", reason=chore.question)
        if chore.crashed:
            self._watch.count("worker_crashes_total")

    def _move(self, chore: Chore, held: Held, now: float) -> Callable[[Tx], Job | None]:
        def work(tx: Tx) -> Job | None:
            job = tx.job(held.id)
            if job is None or job.state.final or (job.lease.token if job.lease else None) != held.token:
                return None
            verdict = chore.verdict(job)
            if verdict is None:
                return None
            if chore.crashed:
                note_crash(tx, job, verdict, now, self._policy)
            return moves.retry_or_end(tx, job, verdict, now, self._policy, crashed=chore.crashed)

        return work


def _settled(future: Future[Job | None]) -> tuple[Job | None, BaseException | None]:
    error = future.exception()
    return (None, error) if error is not None else (future.result(), None)
