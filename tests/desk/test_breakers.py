"""Models that lose too many workers, requests that cost workers, and who gets a suspect."""

from __future__ import annotations

import pytest

from imagend.core.errors import ModelUnavailable
from imagend.core.job import Job, State
from imagend.core.outcome import Failure
from imagend.desk.breakers import Circuit
from imagend.desk.desk import Desk
from tests.desk.house import BOOT, House, order, token


def lose_workers(house: House, account: str, count: int, prefix: str = "lost") -> list[str]:
    """So many workers die, each with one job."""
    ids = []
    for number in range(count):
        ids.append(house.desk.submit(account, order()).id)
        (job,) = house.claim(f"{prefix}-{number}")
        house.desk.worker_lost(f"{prefix}-{number}")
        house.desk.abandon(account, job.id)
    return ids


def state(house: House) -> Circuit:
    house.clock.now += 1.0  # what orders are let in by is a second old
    return house.desk.breakers.states().get("noop", Circuit.CLOSED)


def opened(house: House) -> str:
    account = house.account()
    lose_workers(house, account, 6)
    assert state(house) is Circuit.OPEN
    return account


def half_open(house: House) -> tuple[str, Job]:
    """After the pause, with the one order that is let in."""
    account = opened(house)
    house.clock.now += house.policy.breaker_pause_seconds
    assert state(house) is Circuit.HALF_OPEN
    return account, house.desk.submit(account, order())


def test_five_losses_are_borne(house: House) -> None:
    account = house.account()
    lose_workers(house, account, 5)
    assert state(house) is Circuit.CLOSED
    assert house.desk.submit(account, order()).state is State.QUEUED


def test_losses_of_long_ago_do_not_count(house: House) -> None:
    account = house.account()
    lose_workers(house, account, 5)
    house.clock.now += house.policy.breaker_window_seconds + 1
    lose_workers(house, account, 5, "later")
    assert state(house) is Circuit.CLOSED


def test_a_worker_that_dies_with_many_jobs_is_one_loss(house: House) -> None:
    account = house.account()
    for _ in range(8):
        house.desk.submit(account, order())
    assert len(house.claim("w1", 8)) == 8
    house.desk.worker_lost("w1")
    assert state(house) is Circuit.CLOSED


def test_open_means_no_claims_and_no_orders_for_this_model_alone(house: House) -> None:
    account = house.account()
    waiting = [house.desk.submit(account, order()).id for _ in range(7)]
    for number in range(6):
        house.claim(f"lost-{number}")
        house.desk.worker_lost(f"lost-{number}")
    assert state(house) is Circuit.OPEN
    before = house.accounts.balance(account)
    with pytest.raises(ModelUnavailable) as refused:
        house.desk.submit(account, order())
    assert (refused.value.code, refused.value.retry_after_seconds) == ("model_unavailable", 60.0)
    assert house.accounts.balance(account) == before
    assert house.claim("w9") == []
    house.desk.submit(account, order(backend="toy"))
    assert len(house.desk.claim("w9", BOOT, ("noop", "toy"), 1)) == 1
    assert len(waiting) == 7


def test_a_repeated_order_gets_its_first_answer_also_while_the_model_is_stopped(house: House) -> None:
    account = house.account()
    first = house.desk.submit(account, order(key="k"))
    house.desk.abandon(account, first.id)
    lose_workers(house, account, 6)
    assert state(house) is Circuit.OPEN
    assert house.desk.submit(account, order(key="k")).id == first.id


def test_half_open_lets_one_job_through_alone_and_its_end_closes_it(house: House) -> None:
    account, trial = half_open(house)
    with pytest.raises(ModelUnavailable) as refused:
        house.desk.submit(account, order())
    assert refused.value.retry_after_seconds == 5.0
    (job,) = house.claim("w1", 8)
    assert (job.id, job.solo) == (trial.id, True)
    assert state(house) is Circuit.TRIAL
    assert house.claim("w2") == []
    house.finish(job)
    assert state(house) is Circuit.CLOSED
    house.desk.sweep()
    lose_workers(house, account, 5)
    assert state(house) is Circuit.CLOSED, "old losses are forgotten with it"


def test_a_trial_that_costs_a_worker_opens_it_again(house: House) -> None:
    account, _ = half_open(house)
    house.claim("w1")
    house.desk.worker_lost("w1")
    assert state(house) is Circuit.OPEN
    house.clock.now += house.policy.breaker_pause_seconds - 3
    assert state(house) is Circuit.OPEN
    assert account


def test_a_trial_that_is_handed_back_is_tried_by_another(house: House) -> None:
    _, trial = half_open(house)
    (job,) = house.claim("w1")
    house.desk.release(job.id, token(job))
    assert state(house) is Circuit.HALF_OPEN
    assert [job.id for job in house.claim("w2")] == [trial.id]


def test_the_state_holds_for_every_gateway_and_after_a_restart(house: House) -> None:
    account = opened(house)
    other = Desk(house.store, house.blobs, house.policy, house.clock, house.bell)
    with pytest.raises(ModelUnavailable):
        other.submit(account, order())


def test_workers_that_never_start_stop_a_model_that_nobody_serves(house: House) -> None:
    for number in range(6):
        house.desk.start_failed(f"w{number}", ["noop"])
    assert state(house) is Circuit.OPEN


def test_one_broken_machine_stops_nobody(house: House) -> None:
    house.claim("healthy")
    for number in range(60):
        house.desk.start_failed(f"w{number}", ["noop"])
    assert state(house) is Circuit.CLOSED


def test_a_suspect_goes_to_another_worker_if_there_is_one(house: House) -> None:
    account = house.account()
    house.claim("w2")  # finds nothing, but was heard
    job_id = house.desk.submit(account, order()).id
    house.claim("w1")
    house.desk.worker_lost("w1")  # cut off, not dead: it comes again
    assert house.claim("w1") == []
    assert [(job.id, job.lost_workers) for job in house.claim("w2")] == [(job_id, ("w1",))]


@pytest.mark.parametrize("others", [(), ("w2",)])
def test_a_suspect_goes_to_the_same_worker_if_nobody_else_comes(house: House, others: tuple[str, ...]) -> None:
    """At once when nobody else was heard of, and when they do not take it, after a lease's time."""
    account = house.account()
    for other in others:
        house.claim(other)
    job_id = house.desk.submit(account, order()).id
    house.claim("w1")
    house.desk.worker_lost("w1")
    if others:
        house.clock.now += house.policy.lease_seconds + 1
    assert [job.id for job in house.claim("w1")] == [job_id]


def test_what_is_given_up_is_kept_for_the_operator_a_week(house: House) -> None:
    account = house.account()
    given_up = []
    for _ in range(2):
        given_up.append(house.desk.submit(account, order()).id)
        for worker in ("w1", "w2"):
            house.claim(worker)
            house.desk.worker_lost(worker)
        house.clock.now += 1
    job = house.desk.look(account, given_up[0])
    assert isinstance(job.outcome, Failure)
    assert job.outcome.code == "worker_lost"
    newest, oldest = house.desk.quarantine("", 10)
    assert [newest.request_id, oldest.request_id] == given_up[::-1]
    assert (oldest.workers, oldest.crashes, oldest.backend) == (("w1", "w2"), 2, "noop")
    assert oldest.recipe["prompt"] == "a red fox"
    assert oldest.error == "attempt 2, 2 worker losses"
    assert house.desk.quarantine(newest.request_id, 10) == [oldest]
    house.clock.now += house.policy.quarantine_seconds + 1
    house.desk.sweep()
    assert house.desk.quarantine("", 10) == []
