"""How long a waiting job will wait: the compute predicted ahead of it, over the workers that are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imagend.core.errors import QueueFull
from imagend.core.job import Job, State
from imagend.desk.copies import Copies
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

    ahead: dict[str, tuple[int, float]]  # job id -> the jobs before it: how many, and their predicted seconds
    total: float
    in_hand: dict[str, float]  # account id -> predicted seconds of its jobs that workers have
    crew: frozenset[str]  # workers that any gateway has heard of lately


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """What waits for one backend at one moment."""

    waiting: dict[str, float]  # account id -> predicted seconds of its jobs in the line
    crew: frozenset[str]


class Forecast:
    """Answers from copies of the queue that are about a second old, so that a thousand pollers cost one query."""

    def __init__(self, store: Store, crew: Crew, clock: Callable[[], float]) -> None:
        self._store = store
        self._crew = crew
        self._clock = clock
        self._lines = Copies(self._line, FRESH_SECONDS)
        self._demands = Copies(self._demand, FRESH_SECONDS)  # of their own: a poll wants to see what was just ordered

    def at_hand(self, job: Job) -> bool:
        """Whether `wait_seconds` and `place` will answer at once."""
        return job.state is not State.QUEUED or self._lines.fresh(job.recipe.backend, self._clock())

    def wait_seconds(self, job: Job) -> float:
        """Seconds until a worker is free for this job; 0 if it does not wait (any more).

        Ahead of it: the waiting jobs that have their turn first, and half (that is what is left on the average) of
        what workers have in hand of the same account; another account's jobs in hand make room for a newcomer.
        """
        if job.state is not State.QUEUED:
            return 0.0
        now = self._clock()
        line = self._lines.get(job.recipe.backend, now)
        _, seconds = line.ahead.get(job.id, (0, line.total))
        seconds += line.in_hand.get(job.account_id, 0.0) / 2
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
        demand = self._demands.get(job.recipe.backend, now)
        workers = demand.crew | self._crew.near(job.recipe.backend, now)
        own = demand.waiting.get(job.account_id, 0.0)
        return sum(min(own, seconds) for seconds in demand.waiting.values()) / len(workers) if workers else 0.0

    def place(self, job: Job) -> int:
        """How many waiting jobs of the same backend have their turn before this one; LINE_MOST stands for more."""
        ahead = self._lines.get(job.recipe.backend, self._clock()).ahead
        return ahead.get(job.id, (len(ahead), 0.0))[0]

    def _line(self, backend: str, now: float) -> _Line:
        def look(reads: Reads) -> _Line:
            total, ahead = 0.0, {}
            for number, (job_id, _, seconds) in enumerate(reads.waiting_line(backend, LINE_MOST)):
                ahead[job_id] = (number, total)
                total += seconds
            crew = self._crew.everywhere(reads, backend, now)
            return _Line(ahead=ahead, total=total, in_hand=reads.in_hand(backend), crew=crew)

        return self._store.read(look)

    def _demand(self, backend: str, now: float) -> _Demand:
        def look(reads: Reads) -> _Demand:
            crew = self._crew.everywhere(reads, backend, now)
            return _Demand(waiting=reads.waiting_demand(backend, LINE_MOST), crew=crew)

        return self._store.read(look)
