"""The law of jobs: states, transitions and what each does to the money.

              submit            claim               complete
        (new) ------> QUEUED ----------> PROCESSING ----------> COMPLETED --+
                        |  ^                |   |                           | forget
                        |  +---- release ---+   +---- fail ---> FAILED -----+--------> (gone: 404)
                        |   (retry, lost lease, drain)            ^
                        +------------- fail ----------------------+
                            (cancelled, deadline_exceeded)

The store executes each move as one compare-and-set on (state, lease token); it never decides.
Cancel is no state: the job fails at once with code `cancelled`, and the token of a running attempt is worthless.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from imagend.core.outcome import Failure, Outcome
from imagend.core.recipe import Recipe


class State(enum.StrEnum):
    QUEUED = "QUEUED"  # accepted and paid for, waiting for a worker
    PROCESSING = "PROCESSING"  # leased to a worker; the sweeper takes it back when the lease ends
    COMPLETED = "COMPLETED"  # final: pictures stored, hold captured
    FAILED = "FAILED"  # final: reason stored, hold released

    @property
    def final(self) -> bool:
        return self in (State.COMPLETED, State.FAILED)


class Money(enum.StrEnum):
    """What a transition does to the account, in the same database transaction."""

    NONE = "none"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    name: str
    sources: frozenset[State]  # empty: the row is made
    target: State | None  # None: the row goes
    money: Money
    fenced: bool  # asks for the attempt's lease token when PROCESSING


def _law(name: str, sources: tuple[State, ...], target: State | None, money: Money, fenced: bool) -> Transition:
    return Transition(name=name, sources=frozenset(sources), target=target, money=money, fenced=fenced)


_Q, _P, _C, _F = State.QUEUED, State.PROCESSING, State.COMPLETED, State.FAILED

#: The only place where states are named together.
TRANSITIONS: dict[str, Transition] = {
    law.name: law
    for law in (
        _law("submit", (), _Q, Money.HOLD, False),
        _law("claim", (_Q,), _P, Money.NONE, False),
        _law("renew", (_P,), _P, Money.NONE, True),
        _law("complete", (_P,), _C, Money.CAPTURE, True),
        _law("release", (_P,), _Q, Money.NONE, True),
        _law("fail", (_Q, _P), _F, Money.RELEASE, True),
        _law("forget", (_C, _F), None, Money.NONE, False),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPolicy:
    """Numbers of the law; settings fill them in."""

    lease_seconds: float = 30.0
    beat_seconds: float = 5.0
    fence_seconds: float = 20.0  # a worker without a successful beat for this long stops itself
    sweep_seconds: float = 2.0
    max_attempts: int = 3
    max_crashes: int = 2  # worker losses after which a job is poison
    breaker_losses: int = 5  # worker losses of one model within the window that are still borne
    breaker_window_seconds: float = 300.0
    breaker_pause_seconds: float = 60.0  # then one job is tried
    quarantine_seconds: float = 604_800.0  # what was given up as poison is kept so long for the operator
    max_releases: int = 10  # polite hand-backs
    retention_seconds: float = 3600.0
    file_retention_seconds: float = 604_800.0  # pictures outlive the job's record
    history_retention_seconds: float = 7_776_000.0  # then nobody can list the request any more
    deadline_seconds: float = 600.0  # from submit to a final state
    max_queued_per_account: int = 1000
    max_queued: int = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    token: str  # 128 random bits in hex: the fencing token of one attempt
    worker_id: str
    until: float  # epoch seconds
    weight: float = 1.0  # of the account in this worker; told with the claim, not kept
    claim_id: str | None = None  # which claim brought it
    claim_number: int | None = None  # of that claim in its worker, if it numbers them


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One customer's order, as the row has it. All `_at` are epoch seconds."""

    id: str  # request_id, a UUID
    account_id: str
    recipe: Recipe
    state: State
    cost_microcredits: int  # frozen at submit: price x count
    created_at: float
    run_after: float
    deadline_at: float
    attempt: int = 0  # counted at claim, so that a crash costs one
    crashes: int = 0
    releases: int = 0
    solo: bool = False  # suspected poison: no batch-mates
    started_at: float | None = None  # first claim
    finished_at: float | None = None
    expires_at: float | None = None  # result forgotten then; set when final
    lease: Lease | None = None
    outcome: Outcome | None = None
    predicted_seconds: float = 0.0  # compute time that the account's turn was charged with at submit
    options: dict[str, Any] = field(default_factory=dict)  # words for the answer, e.g. ignored parameters
    key_id: str | None = None  # the API key that ordered it; None before keys were noted
    lost_workers: tuple[str, ...] = ()  # workers that were lost with it

    @property
    def tries(self) -> int:
        """How often it was claimed: grows with every claim, also after a hand-back that refunded its attempt."""
        return self.attempt + self.releases

    @property
    def shown_state(self) -> State:
        """What clients see: states only move forward, so a retry still shows PROCESSING."""
        if self.state is State.QUEUED and self.started_at is not None:
            return State.PROCESSING
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Go back to the queue and run not before this moment."""

    run_after: float
    solo: bool
    refund_attempt: bool = False  # a polite stop costs no attempt


def after_crash(job: Job, policy: JobPolicy, now: float) -> Retry | Failure:
    """A worker died (or froze) with the job: retry alone, or give up as poison."""
    crashes = job.crashes + 1
    if crashes >= policy.max_crashes or job.attempt >= policy.max_attempts:
        return _worker_lost(f"attempt {job.attempt}, {crashes} worker losses")
    return Retry(run_after=now, solo=True)


def after_restart(job: Job, policy: JobPolicy, now: float) -> Retry | Failure:
    """The server itself died and its workers with it. Most likely not the job's doing, so it is no crash and no
    suspicion; the attempt counts, so that a job which takes the whole machine down ends at last."""
    if job.attempt >= policy.max_attempts:
        return _worker_lost(f"the server died during each of {job.attempt} attempts")
    return Retry(run_after=now, solo=job.solo)


def after_release(job: Job, policy: JobPolicy, now: float) -> Retry | Failure:
    """A worker handed the job back (drain). Free until `max_releases`; from then on each costs its attempt."""
    polite = job.releases < policy.max_releases
    if not polite and job.attempt >= policy.max_attempts:
        return _worker_lost(f"handed back {job.releases + 1} times")
    return Retry(run_after=now, solo=job.solo, refund_attempt=polite)


def _worker_lost(detail: str) -> Failure:
    return Failure(code="worker_lost", message="The worker was lost while running this request", detail=detail)


def after_error(job: Job, failure: Failure, policy: JobPolicy, now: float, jitter: float) -> Retry | Failure:
    """The model raised something retryable. jitter: uniform in [-1, 1], spreads the back-off by 20 %."""
    pause = min(60.0, 2.0**job.attempt) * (1 + 0.2 * jitter)
    if job.attempt >= policy.max_attempts or now + pause >= job.deadline_at:
        return failure
    return Retry(run_after=now + pause, solo=job.solo)
