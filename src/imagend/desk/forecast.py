"""How long a waiting job will wait: the compute predicted ahead of it, over the workers that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from imagend.core.errors import QueueFull
from imagend.core.job import Job, State
from imagend.desk.crew import Crew
from imagend.store.base import Store
from imagend.store.sql import Reads

LINE_MOST = 5000  # jobs further back get the answer of the last one that was counted
FRESH_SECONDS = 1.0
WAIT_SHARE = 0.8  # of a job's time until its deadline that it may be expected to wait; predictions miss
LONGEST_RETRY_SECONDS = 60.0
TOO_LATE = "The queue is too long for this request's deadline; try again later."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One backend's queue at one moment."""

    made_at: float
    ahead: dict[str, float]  # job id -> predicted seconds of the jobs before it
    places: dict[str, int]  # job id -> jobs before it
    total: float
    waiting: dict[str, float]  # account id -> predicted seconds of its jobs in the line
    in_hand: dict[str, float]  # account id -> predicted seconds of its jobs that workers have
    crew: frozenset[str]  # workers that any gateway has heard of lately


class Forecast:
    """Answers from a copy of the queue that is at most a second old, so that a thousand pollers cost one query."""

    def __init__(self, store: Store, crew: Crew, clock: Callable[[], float]) -> None:
        self._store = store
        self._crew = crew
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._before: dict[str, _Line] = {}  # for orders that are not in the queue yet; polls want to see their own

    def wait_seconds(self, job: Job) -> float:
        """Seconds until a worker is free for this job; 0 if it does not wait (any more).

        Ahead of it: the waiting jobs that have their turn first, and half (that is what is left on the average) of
        what workers have in hand of the same account; another account's jobs in hand make room for a newcomer.
        """
        if job.state is not State.QUEUED:
            return 0.0
        now = self._clock()
        line = self._line(job.recipe.backend, now, self._lines)
        seconds = line.ahead.get(job.id, line.total) + line.in_hand.get(job.account_id, 0.0) / 2
        workers = line.crew | self._crew.near(job.recipe.backend, now)
        return max(seconds / max(1, len(workers)), job.run_after - now, 0.0)

    def refusal(self, job: Job) -> QueueFull | None:
        """What would wait until its deadline has nearly come is refused at once: workers would begin it in vain, and
        while more comes than they can do they would begin nothing else."""
        excess = self.turn_seconds(job) - WAIT_SHARE * (job.deadline_at - job.created_at)
        if excess <= 0:
            return None
        seconds = min(max(excess, 1.0), LONGEST_RETRY_SECONDS)
        return QueueFull(TOO_LATE, retry_after_seconds=seconds, reset_at=job.created_at + seconds)

    def turn_seconds(self, job: Job) -> float:
        """Seconds until a worker is free for a new job like this one; 0 while nobody has heard of a worker.

        Accounts are served in turn: before this job come its account's own, and of each other account as much. What a
        flood of another account has beyond that does not stand before it.
        """
        now = self._clock()
        line = self._line(job.recipe.backend, now, self._before)
        workers = line.crew | self._crew.near(job.recipe.backend, now)
        own = line.waiting.get(job.account_id, 0.0)
        return sum(min(own, seconds) for seconds in line.waiting.values()) / len(workers) if workers else 0.0

    def place(self, job: Job) -> int:
        """How many waiting jobs of the same backend have their turn before this one; LINE_MOST stands for more."""
        places = self._line(job.recipe.backend, self._clock(), self._lines).places
        return places.get(job.id, len(places))

    def _line(self, backend: str, now: float, kept: dict[str, _Line]) -> _Line:
        line = kept.get(backend)
        if line is None or not 0 <= now - line.made_at < FRESH_SECONDS:
            line = kept[backend] = self._store.read(lambda reads: self._copy(reads, backend, now))
        return line

    def _copy(self, reads: Reads, backend: str, now: float) -> _Line:
        total, ahead = 0.0, {}
        waiting: dict[str, float] = defaultdict(float)
        for job_id, account_id, seconds in reads.waiting_line(backend, LINE_MOST):
            ahead[job_id] = total
            total += seconds
            waiting[account_id] += seconds
        places = {job_id: number for number, job_id in enumerate(ahead)}
        crew = self._crew.everywhere(reads, backend, now)
        return _Line(
            made_at=now, ahead=ahead, places=places, total=total, waiting=waiting, in_hand=reads.in_hand(backend),
            crew=crew,
        )  # fmt: skip
