"""Lost workers, restarts, deadlines, cancels: who gets a job back, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pytest

from imagend.core.errors import StaleLease
from imagend.core.job import Job, JobPolicy, State
from imagend.core.outcome import Failure
from imagend.desk.boots import ELSEWHERE
from imagend.desk.sweeper import Sweeper
from imagend.store.base import Store
from imagend.store.sql import Reads
from tests.desk.house import COST, House, fast_folder, house_in, order, token

T = TypeVar("T")


def code_of(job: Job) -> str:
    assert isinstance(job.outcome, Failure)
    return job.outcome.code


def test_silent_worker_loses_the_lease_and_its_late_result_is_refused(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order())
    [old] = house.claim("w1")
    house.clock.now += house.policy.lease_seconds - 1
    assert house.desk.sweep() == 0
    house.clock.now += 1.5
    assert house.desk.sweep() == 1
    [new] = house.claim("w2")
    assert (new.attempt, new.crashes, new.solo) == (2, 1, True)
    with pytest.raises(StaleLease):
        house.desk.upload(old.id, token(old), 0, "jpeg", b"late")
    with pytest.raises(StaleLease):
        house.desk.fail(old.id, token(old), Failure(code="backend_failed", message="late"), retryable=False)
    assert not house.desk.renew("w1", {old.id: token(old)})[old.id].held
    house.finish(new)
    assert house.accounts.balance(account).spent == COST


def test_late_heartbeat_counts_if_nobody_took_the_job(house: House) -> None:
    house.desk.submit(house.account(), order())
    [job] = house.claim("w1")
    house.clock.now += house.policy.lease_seconds + 5
    renewal = house.desk.renew("w1", {job.id: token(job)})[job.id]
    assert renewal.held
    assert renewal.deadline_at == job.deadline_at
    assert house.desk.sweep() == 0
    assert not house.desk.renew("w2", {job.id: token(job)})[job.id].held  # a token is one worker's


def test_second_worker_loss_is_poison(house: House) -> None:
    account = house.account(COST)
    job = house.desk.submit(account, order())
    house.claim("w1")
    assert house.desk.worker_lost("w1") == 1
    house.claim("w2")
    assert house.desk.worker_lost("w2") == 1
    failed = house.desk.look(account, job.id)
    assert (failed.state, code_of(failed), failed.crashes) == (State.FAILED, "worker_lost", 2)
    assert house.accounts.balance(account).available == COST


def test_server_death_is_no_crash_of_the_job(house: House) -> None:
    account = house.account()
    job = house.desk.submit(account, order())
    for attempt in (1, 2):
        [leased] = house.claim(boot=f"boot-{attempt}")
        assert house.desk.recover(f"boot-{attempt}") == 0
        assert house.desk.recover(f"boot-{attempt + 1}") == 1
        waiting = house.desk.look(account, job.id)
        assert (waiting.state, waiting.attempt, waiting.crashes, waiting.solo) == (State.QUEUED, attempt, 0, False)
        with pytest.raises(StaleLease):
            house.desk.release(leased.id, token(leased))
    [leased] = house.claim(boot="boot-3")
    house.finish(leased)
    assert house.desk.look(account, job.id).state is State.COMPLETED


def test_job_that_takes_the_server_down_each_time_ends(house: House) -> None:
    account = house.account(COST)
    job = house.desk.submit(account, order())
    for attempt in (1, 2, 3):
        house.claim(boot=f"boot-{attempt}")
        house.desk.recover(f"boot-{attempt + 1}")
    assert code_of(house.desk.look(account, job.id)) == "worker_lost"


def test_recovery_leaves_other_gateways_and_workers_elsewhere_alone(house: House) -> None:
    account = house.account()
    jobs = {boot: house.desk.submit(account, order()).id for boot in ("g1:1", "g2:1", "g1:2", ELSEWHERE, "g11:1")}
    taken = {boot: house.claim(f"worker of {boot}", boot=boot)[0].id for boot in jobs}
    assert house.desk.recover("g1:2") == 1
    waiting = [boot for boot, job_id in taken.items() if house.desk.look(account, job_id).state is State.QUEUED]
    assert waiting == ["g1:1"]


def test_recovery_takes_all_rows_however_many() -> None:
    policy = JobPolicy(max_queued_per_account=2000)
    with fast_folder() as folder, house_in(folder, policy) as house:
        account = house.account(1200 * COST)
        for _ in range(1200):
            house.desk.submit(account, order())
        assert len(house.claim(most=1200)) == 1200
        assert house.desk.recover("boot-2") == 1200


def test_handing_back_is_free_until_the_limit() -> None:
    with fast_folder() as folder, house_in(folder, JobPolicy(max_releases=2, max_attempts=2)) as house:
        account = house.account(COST)
        job = house.desk.submit(account, order())
        seen = []
        while (now := house.desk.look(account, job.id)).state is State.QUEUED:
            seen.append((now.attempt, now.releases))
            [leased] = house.claim()
            house.desk.release(leased.id, token(leased))
        assert seen == [(0, 0), (0, 1), (0, 2), (1, 3)]
        assert code_of(now) == "worker_lost"


def test_cancel_waiting_job_at_once(house: House) -> None:
    account = house.account(COST)
    job = house.desk.submit(account, order())
    assert code_of(house.desk.abandon(account, job.id)) == "cancelled"
    assert house.accounts.balance(account).available == COST
    assert code_of(house.desk.abandon(account, job.id)) == "cancelled"  # repeatable


def test_cancel_running_job_at_once(house: House) -> None:
    account = house.account(COST)
    house.desk.submit(account, order())
    [job] = house.claim("w1")
    assert code_of(house.desk.abandon(account, job.id)) == "cancelled"
    assert house.accounts.balance(account).available == COST
    assert not house.desk.renew("w1", {job.id: token(job)})[job.id].held
    with pytest.raises(StaleLease):
        house.finish(job)


@pytest.mark.parametrize("end", ["lost", "release", "retryable"])
def test_cancelled_job_never_goes_back_to_the_queue(house: House, end: str) -> None:
    account = house.account()
    house.desk.submit(account, order())
    [job] = house.claim("w1")
    house.desk.abandon(account, job.id)
    with suppress(StaleLease):
        if end == "lost":
            house.desk.worker_lost("w1")
        elif end == "release":
            house.desk.release(job.id, token(job))
        else:
            house.desk.fail(job.id, token(job), Failure(code="backend_failed", message="oh"), retryable=True)
    assert code_of(house.desk.look(account, job.id)) == "cancelled"


def test_a_cancel_after_the_end_changes_nothing(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order())
    [job] = house.claim()
    house.finish(job)
    assert house.desk.abandon(account, job.id).state is State.COMPLETED
    assert house.accounts.balance(account).spent == COST


def test_deadline_of_a_waiting_and_of_a_running_job(house: House) -> None:
    account = house.account(2 * COST)
    running = house.desk.submit(account, order(deadline=60))
    [leased] = house.claim("w1")
    waiting = house.desk.submit(account, order(deadline=60))
    house.clock.now += 60
    house.desk.renew("w1", {leased.id: token(leased)})
    assert house.claim() == []  # too late to start
    assert house.desk.sweep() == 1
    assert code_of(house.desk.look(account, waiting.id)) == "deadline_exceeded"
    house.clock.now += 5.1  # the grace of a job that is being finished
    assert house.desk.sweep() == 1
    assert code_of(house.desk.look(account, running.id)) == "deadline_exceeded"
    assert house.accounts.balance(account).available == 2 * COST


def test_retry_that_would_start_after_the_deadline_fails_now(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order(deadline=10))
    [job] = house.claim()
    house.clock.now += 9
    failed = house.desk.fail(job.id, token(job), Failure(code="backend_failed", message="oh"), retryable=True)
    assert code_of(failed) == "backend_failed"


class Meanwhile:
    """A store in which something happens right after the first look that found anything."""

    def __init__(self, store: Store, happening: Callable[[], object]) -> None:
        self._store = store
        self._happenings = [happening]
        self.later, self.write, self.close, self.near = store.later, store.write, store.close, store.near

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        found = self._store.read(work, account_id)
        while found and self._happenings:
            self._happenings.pop()()
        return found


def sweeper(house: House, happening: Callable[[], object]) -> Sweeper:
    return Sweeper(Meanwhile(house.store, happening), house.policy, house.clock, lambda _: None)


def test_heartbeat_between_look_and_verdict_saves_the_lease(house: House) -> None:
    house.desk.submit(house.account(), order())
    [job] = house.claim("w1")
    house.clock.now += house.policy.lease_seconds + 1
    beat = partial(house.desk.renew, "w1", {job.id: token(job)})
    assert sweeper(house, beat).sweep() == 0
    house.finish(job)


def test_loss_of_a_worker_spares_who_took_the_job_meanwhile(house: House) -> None:
    house.desk.submit(house.account(), order())
    [job] = house.claim("w1")
    taken: list[Job] = []

    def hand_over() -> None:
        house.desk.release(job.id, token(job))
        taken.extend(house.claim("w2"))

    assert sweeper(house, hand_over).worker_lost("w1") == 0
    assert taken[0].crashes == 0
    house.finish(taken[0])
