"""The pieces of the desk's transactions: a job's move and its money, always together."""

from __future__ import annotations

from dataclasses import replace

from imagend.core.errors import (
    ExpiredRequest,
    IdempotencyMismatch,
    ImagendError,
    InsufficientCredits,
    QueueFull,
    StaleLease,
    UnknownRequest,
)
from imagend.core.job import Job, JobPolicy, Retry
from imagend.core.ledger import Entry
from imagend.core.outcome import Failure, Outcome, Success
from imagend.desk import allowance
from imagend.desk.notices import announce
from imagend.desk.order import Order, Seat, fair_turn, unserved
from imagend.store.sql import Closing, Reads, Tx

FULL_SECONDS = 5.0  # a full queue is worth another look after this
CANCELLED = Failure(code="cancelled", message="The request was cancelled")
DEADLINE_EXCEEDED = Failure(code="deadline_exceeded", message="The request did not finish before its deadline")


def submit(tx: Tx, job: Job, order: Order, policy: JobPolicy, seat: Seat, refusal: ImagendError | None = None) -> Job:
    """Accept and pay for `job`, or return the one that has its idempotency key; `refusal` is raised instead of taking a
    new one that needs a worker."""
    if order.idempotency_key is not None:
        twin = _twin(tx, job, order, order.idempotency_key)
        if twin is not None:
            return twin
    if refusal is not None and order.blocked is None:
        raise refusal
    tx.lock_account(job.account_id)  # from here on nobody else orders for it: counts and sums below are exact
    if tx.queued_of(job.account_id) >= policy.max_queued_per_account:
        raise _full(job, "Too many of your requests are waiting; try again later.")
    if not seat.admit(job.created_at, lambda: tx.counts()["queued"]):
        raise _full(job)
    allowance.check(tx, job, order.allowance)
    cost = job.cost_microcredits
    balance = tx.move_money(job.account_id, available=-cost, held=cost)
    if balance is None:
        raise InsufficientCredits
    # Answers about this job tell the balance as it was now: a later one would make them differ from each other.
    job = replace(job, options={**job.options, "available_microcredits": balance.available})
    own_tag, virtual_time, weight = tx.fair_tags(job.account_id)
    place, next_tag = fair_turn(own_tag, virtual_time, job.predicted_seconds, weight)
    tx.set_fair_tag(job.account_id, next_tag)  # a blocked job gives its turn back when it ends, as any other
    tx.new_job(job, place)
    if order.attempt is not None:
        tx.new_try(order.attempt.id, order.attempt.print, order.attempt.number, job.id, job.created_at)
    tx.count_order(job)
    tx.write_ledger(job.account_id, Entry.RESERVE, cost, job.created_at, request_id=job.id)
    return job if order.blocked is None else end(tx, job, order.blocked, job.created_at, policy)


def submitted(tx: Tx, job: Job) -> Job | None:
    """The job itself, if an earlier run of its `submit` was committed; one that is under way is waited for."""
    tx.lock_account(job.account_id)
    return tx.job(job.id)


def _full(job: Job, message: str | None = None) -> QueueFull:
    return QueueFull(message, retry_after_seconds=FULL_SECONDS, reset_at=job.created_at + FULL_SECONDS)


def _twin(tx: Tx, job: Job, order: Order, key: str) -> Job | None:
    """The first job with this key, if there was one. If it is forgotten that is said; it is never repeated."""
    kept = tx.keep_idempotency(job.account_id, key, order.fingerprint, job.id, job.created_at)
    if kept is None:
        return None
    if kept["fingerprint"] != order.fingerprint:
        raise IdempotencyMismatch
    try:
        return visible(tx, job.account_id, kept["request_id"], job.created_at)
    except UnknownRequest:
        raise ExpiredRequest(kept["request_id"]) from None


def visible(reads: Reads, account_id: str, request_id: str, now: float) -> Job:
    """The job if this account may see it now; unknown, expired and foreign ids are one answer."""
    job = reads.job(request_id)
    if job is None or job.account_id != account_id or (job.expires_at is not None and job.expires_at <= now):
        raise UnknownRequest(request_id)
    return job


def held(reads: Reads, job_id: str, token: str) -> Job:
    """The job of the attempt `token`. Raises StaleLease when the row has another token by now."""
    job = reads.job(job_id)
    if job is None or job.lease is None or job.lease.token != token:
        raise StaleLease
    return job


def final_cost(job: Job, outcome: Outcome) -> int:
    """Micro-credits to pay at last: per delivered picture, nothing for a failure."""
    if isinstance(outcome, Failure):
        return 0
    return job.cost_microcredits * len(outcome.images) // job.recipe.count


def end(
    tx: Tx, job: Job, outcome: Outcome, now: float, policy: JobPolicy, *, crashed: bool = False,
    closing: Closing | None = None,
) -> Job:  # fmt: skip
    """Make `job` final and settle its hold. Raises StaleLease if the row has moved since it was read."""
    expires_at = max(job.created_at, now) + policy.retention_seconds
    reserved, cost = job.cost_microcredits, final_cost(job, outcome)
    ended = tx.finish(job, outcome, now, expires_at, paid=cost, crashes=job.crashes + crashed, closing=closing)
    if ended is None:
        raise StaleLease
    moved = tx.move_money(job.account_id, available=reserved - cost, held=-reserved, spent=cost)
    assert moved is not None, f"account {job.account_id} is gone"
    if left := unserved(job, outcome, now):
        tx.charge_turn(job.account_id, -left)
    won = isinstance(outcome, Success)
    tx.count_end(job, cost, len(outcome.images) if isinstance(outcome, Success) else 0, won=won)
    kind, amount = (Entry.SETTLE, cost) if won else (Entry.RELEASE, reserved)
    tx.write_ledger(job.account_id, kind, amount, now, request_id=job.id)
    announce(tx, ended, cost)
    return ended


def retry_or_end(
    tx: Tx, job: Job, verdict: Retry | Failure, now: float, policy: JobPolicy, *, crashed: bool = False,
    released: bool = False, closing: Closing | None = None,
) -> Job:  # fmt: skip
    """Carry out what core/job.py decided about an attempt that brought no pictures. Raises StaleLease as `end`."""
    if isinstance(verdict, Failure):
        return end(tx, job, verdict, now, policy, crashed=crashed, closing=closing)
    waiting = tx.requeue(
        job,
        run_after=verdict.run_after,
        solo=verdict.solo,
        attempt=job.attempt - verdict.refund_attempt,
        crashes=job.crashes + crashed,
        releases=job.releases + released,
        closing=closing,
    )
    if waiting is None:
        raise StaleLease
    return waiting
