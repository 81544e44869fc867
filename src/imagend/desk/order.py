"""What a customer orders, and what the queue makes of it: fair turn, room, choice of the next jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from imagend.core.outcome import Failure
from imagend.core.recipe import Recipe
from imagend.desk.allowance import Allowance

RECOUNT_SECONDS = 1.0
RECOUNT_FULL_SECONDS = 0.05


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A claimable job in the order of the queue."""

    id: str
    solo: bool
    run_after: float
    prio_key: float


def effort(recipe: Recipe) -> float:
    """Predicted work in megapixel-steps: what tenants share fairly (prices may be zero)."""
    return recipe.count * recipe.steps * recipe.width * recipe.height / 2**20


def fair_turn(own_tag: float, virtual_time: float, recipe: Recipe) -> tuple[float, float]:
    """(this job's place, the account's next tag): start-time fair queueing, Goyal, Vin and Cheng 1996, equation 1.

    An account that was idle starts at the virtual time: it gets no credit for the past and pays no debt. A thousand
    jobs of one account lie one effort apart, so another account's single job falls among the first of them.
    """
    start = max(own_tag, virtual_time)
    return start, start + effort(recipe)


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
    """An upper estimate of all waiting jobs: counting 50,000 rows at each submit would cost more than the submit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._estimate = 0
        self._counted_at = float("-inf")

    def admit(self, now: float, count: Callable[[], int]) -> bool:
        """Whether one more fits. Called by one thread at a time (the store's writer)."""
        full = self._estimate >= self._most
        if now - self._counted_at >= (RECOUNT_FULL_SECONDS if full else RECOUNT_SECONDS):
            self._estimate, self._counted_at = count(), now
        self._estimate += 1
        return self._estimate <= self._most
