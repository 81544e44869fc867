"""One job from order to picture, and each way it can go wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagend.core.errors import (
    IdempotencyMismatch,
    InsufficientCredits,
    QueueFull,
    StaleLease,
    UnknownRequest,
)
from imagend.core.job import JobPolicy, State
from imagend.core.ledger import Balance
from imagend.core.outcome import Failure, Success, Verdict
from imagend.desk.audit import audit
from tests.desk.house import COST, House, house_in, order, token

BROKEN = Failure(code="backend_failed", message="The model failed")
HELD_BACK = Verdict(stage="image", category="sexual", support_code="63429089", index=1)


def test_submit_claim_complete(house: House) -> None:
    account = house.account(10 * COST)
    queued = house.desk.submit(account, order())
    assert queued.state is State.QUEUED
    assert house.accounts.balance(account) == Balance(available=9 * COST, held=COST, granted=10 * COST)

    [leased] = house.claim()
    assert (leased.id, leased.state, leased.attempt) == (queued.id, State.PROCESSING, 1)
    assert leased.lease is not None
    assert leased.lease.until == house.clock.now + house.policy.lease_seconds

    house.clock.now += 3
    success = house.success(leased)
    house.desk.complete(leased.id, token(leased), success)

    done = house.desk.look(account, queued.id)
    assert (done.state, done.outcome, done.finished_at) == (State.COMPLETED, success, house.clock.now)
    assert done.expires_at == house.clock.now + house.policy.retention_seconds
    assert house.accounts.balance(account) == Balance(available=9 * COST, spent=COST, granted=10 * COST)
    assert isinstance(done.outcome, Success)
    assert house.blobs.read(done.outcome.images[0].key) == b"7/0"


def test_only_delivered_pictures_are_paid(house: House) -> None:
    account = house.account(4 * COST)
    house.desk.submit(account, order(cost=4 * COST, count=4))
    [job] = house.claim()
    house.desk.complete(job.id, token(job), house.success(job, pictures=3))
    assert house.accounts.balance(account) == Balance(available=COST, spent=3 * COST, granted=4 * COST)


def test_failure_costs_nothing(house: House) -> None:
    account = house.account(COST)
    house.desk.submit(account, order())
    [job] = house.claim()
    failed = house.desk.fail(job.id, token(job), BROKEN, retryable=False)
    assert (failed.state, failed.outcome) == (State.FAILED, BROKEN)
    assert house.accounts.balance(account) == Balance(available=COST, granted=COST)


def test_no_credits_no_job(house: House) -> None:
    account = house.account(COST - 1)
    with pytest.raises(InsufficientCredits):
        house.desk.submit(account, order(key="k"))
    assert house.desk.counts() == {"queued": 0, "processing": 0}
    house.accounts.grant(account, 1, "found one")
    assert house.desk.submit(account, order(key="k")).state is State.QUEUED  # the refused key was not kept


def test_retryable_errors_pause_and_end_after_three_attempts(house: House) -> None:
    account = house.account()
    queued = house.desk.submit(account, order())
    for attempt in (1, 2):
        [job] = house.claim()
        waiting = house.desk.fail(job.id, token(job), BROKEN, retryable=True)
        pause = waiting.run_after - house.clock.now
        assert 0.8 * 2**attempt <= pause <= 1.2 * 2**attempt
        assert waiting.shown_state is State.PROCESSING  # for clients states only go forward
        assert house.claim() == []
        house.clock.now = waiting.run_after
    [job] = house.claim()
    house.desk.fail(job.id, token(job), BROKEN, retryable=True)
    assert house.desk.look(account, queued.id).outcome == BROKEN


def test_workers_last_words_are_repeatable_but_not_changeable(house: House) -> None:
    account = house.account()
    for _ in range(3):
        house.desk.submit(account, order())
    done, failed, released = house.claim(most=3)
    success = house.success(done)
    for _ in range(2):
        house.desk.complete(done.id, token(done), success)
        house.desk.fail(failed.id, token(failed), BROKEN, retryable=True)
        house.desk.release(released.id, token(released))
    with pytest.raises(StaleLease):
        house.desk.fail(done.id, token(done), BROKEN, retryable=False)
    with pytest.raises(StaleLease):
        house.desk.complete(done.id, token(done), Success(images=success.images, filtered=(HELD_BACK,)))
    with pytest.raises(StaleLease):
        house.desk.release(failed.id, token(failed))
    assert house.desk.look(account, released.id).attempt == 0


def test_foreign_and_unknown_ids_are_one_answer(house: House) -> None:
    mine, other = house.account(), house.account()
    job = house.desk.submit(mine, order())
    for verb in (house.desk.look, house.desk.abandon):
        for account, request_id in ((other, job.id), (mine, "no-such-id")):
            with pytest.raises(UnknownRequest, match=f"Request {request_id} not found"):
                verb(account, request_id)


def test_same_key_same_job_other_body_refused(house: House) -> None:
    account, other = house.account(2 * COST), house.account()
    first = house.desk.submit(account, order(key="k"))
    assert house.desk.submit(account, order(key="k")).id == first.id
    with pytest.raises(IdempotencyMismatch):
        house.desk.submit(account, order(key="k", fingerprint="another"))
    assert house.desk.submit(other, order(key="k")).id != first.id  # keys are each account's own
    assert house.accounts.balance(account).held == COST


def test_queue_limits(folder: Path) -> None:
    policy = JobPolicy(max_queued_per_account=3, max_queued=5)
    with house_in(folder, policy) as house:
        account, other, third = house.account(), house.account(), house.account()
        first = house.desk.submit(account, order(key="first"))
        for _ in range(2):
            house.desk.submit(account, order())
        with pytest.raises(QueueFull):
            house.desk.submit(account, order())
        assert house.desk.submit(account, order(key="first")).id == first.id  # a repeat needs no room
        for _ in range(2):
            house.desk.submit(other, order())
        with pytest.raises(QueueFull):
            house.desk.submit(third, order())
        house.claim(most=1)
        house.clock.now += 0.1
        assert house.desk.submit(third, order()).state is State.QUEUED


def test_a_forbidden_prompt_is_accepted_and_failed_at_once(house: House) -> None:
    account = house.account()
    before = house.accounts.balance(account)
    failure = Failure(code="content_blocked", message="Content blocked", verdicts=(HELD_BACK,))
    job = house.desk.submit(account, replace(order(), blocked=failure))
    assert job.outcome == failure
    assert house.desk.look(account, job.id) == job
    assert house.claim() == []
    assert house.accounts.balance(account) == before
    assert audit(house.store) == []


def test_forbidden_prompts_do_not_push_an_account_back_in_the_queue(house: House) -> None:
    account = house.account()
    failure = Failure(code="content_blocked", message="Content blocked")
    for _ in range(5):
        house.desk.submit(account, replace(order(), blocked=failure))
    first = house.desk.submit(account, order())
    house.clock.now += 1
    house.desk.submit(house.account(), order())
    assert house.claim(most=1)[0].id == first.id
