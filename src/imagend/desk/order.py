"""What a customer orders, and what the queue makes of it: fair turn, room, choice of the next jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from imagend.core.job import Job, State
from imagend.core.outcome import Failure, Outcome, Success
from imagend.core.recipe import Recipe
from imagend.desk.allowance import Allowance

RECOUNT_SECONDS = 1.0
RECOUNT_FULL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sending of a request whose sender may repeat it by itself."""

    id: str  # unguessable, new for each
    print: str  # the same for all sendings
    number: int  # 0 for the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated request on its way to becoming a job."""

    recipe: Recipe
    cost_microcredits: int  # price x count
    idempotency_key: str | None = None
    fingerprint: str = ""  # digest of route and validated body; compared when the key comes again
    deadline_seconds: float | None = None  # None: the policy's
    blocked: Failure | None = None  # the prompt is not allowed: accepted, and FAILED in the same transaction
    options: dict[str, Any] = field(default_factory=dict)
    key_id: str | None = None  # who orders
    allowance: Allowance = Allowance()
    attempt: Attempt | None = None  # None: its sender does not repeat it, or gave an idempotency key


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A claimable job in the order of the queue."""

    id: str
    account_id: str
    solo: bool
    run_after: float
    prio_key: float
    trial_of: str = ""  # backend that this job is to try
    trials: int = 0  # of that backend before this one


def fair_turn(own_tag: float, virtual_time: float, seconds: float, weight: float = 1.0) -> tuple[float, float]:
    """(this job's place, the account's next tag): start-time fair queueing, Goyal, Vin and Cheng 1996, equation 1.

    `seconds`: the job's predicted compute time. An account that was idle starts at the virtual time: it gets no credit
    for the past. A thousand jobs of one account lie one prediction apart, so another account's single job falls among
    the first of them; an account of weight 2 lies half as far apart.
    """
    start = max(own_tag, virtual_time)
    return start, start + seconds / weight


def unserved(job: Job, outcome: Outcome, now: float) -> float:
    """Seconds of the job's prediction that were not used, to be given back to its account's turn; negative when it
    took longer. Who ends a job before its worker could say what it cost pays for the time since it was started.
    """
    computed = outcome.metrics.compute_seconds
    if computed > 0 or isinstance(outcome, Success):
        return job.predicted_seconds - computed if computed > 0 else 0.0
    if job.state is State.QUEUED or job.started_at is None:
        return job.predicted_seconds
    return max(0.0, job.predicted_seconds - (now - job.started_at))


def choose(waiting: Sequence[Waiting], most: int, *, alone: bool, now: float, patience: float) -> list[Waiting]:
    """The jobs a worker gets: the first `most`, or one suspect by itself if the worker is otherwise idle (`alone`).

    A suspect that has waited longer than `patience` seconds holds back what stands behind it, so that busy workers
    run dry and one of them can take it; without that, a worker that is never idle would never see it.
    """
    chosen: list[Waiting] = []
    for job in waiting:
        if not job.solo:
            chosen.append(job)
        elif alone and not chosen:
            return [job]
        elif now - job.run_after > patience:
            break
    return chosen[:most]


class Room:
    """How many may wait at all. Safe from any thread. It keeps an upper estimate of all waiting jobs: counting 50,000
    rows at each submit would cost more than the submit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._door = threading.Lock()
        self._estimate = 0
        self._counted_at = float("-inf")

    def admit(self, now: float, count: Callable[[], int]) -> bool:
        """Whether one more fits; each call takes a place. `count` is asked for now and then, outside of any lock."""
        counted = count() if self._due(now) else None
        with self._door:
            self._estimate = (self._estimate if counted is None else counted) + 1
            return self._estimate <= self._most

    def _due(self, now: float) -> bool:
        """Whether it is time to count, and the caller is the one to do it."""
        with self._door:
            pause = RECOUNT_FULL_SECONDS if self._estimate >= self._most else RECOUNT_SECONDS
            if now - self._counted_at < pause:
                return False
            self._counted_at = now
            return True


class Seat:
    """One order's place in the room: asked for once, however often its transaction runs."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._answer: bool | None = None

    def admit(self, now: float, count: Callable[[], int]) -> bool:
        if self._answer is None:
            self._answer = self._room.admit(now, count)
        return self._answer
