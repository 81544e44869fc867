"""A claim keeps its answer, and what an answer was lost with comes back at no cost."""

from __future__ import annotations

from dataclasses import replace

from imagend.core.job import Job, State
from imagend.desk.desk import Desk
from imagend.desk.handout import Wish
from tests.desk.house import BOOT, House, order, token

WISH = Wish(worker_id="w1", boot=BOOT, backends=("noop",), most=2, claim_id="c1", claim_number=1)


def ids(jobs: list[Job]) -> list[tuple[str, str]]:
    return [(job.id, token(job)) for job in jobs]


def test_the_same_claim_gets_the_same_answer_from_another_gateway(house: House) -> None:
    account = house.account()
    for _ in range(3):
        house.desk.submit(account, order())
    first = house.desk.serve(WISH)
    other = Desk(house.store, house.blobs, house.policy, house.clock, house.bell)
    assert ids(other.serve_again(WISH)) == ids(other.serve(WISH)) == ids(first)
    assert len(first) == 2
    assert len(other.serve(replace(WISH, claim_id="c2", claim_number=2))) == 1


def test_an_ended_job_is_no_part_of_the_answer_any_more(house: House) -> None:
    account = house.account()
    for _ in range(2):
        house.desk.submit(account, order())
    first, second = house.desk.serve(WISH)
    house.finish(first)
    assert ids(house.desk.serve_again(WISH)) == ids([second])


def test_what_a_worker_does_not_have_goes_back_and_costs_nothing(house: House) -> None:
    account = house.account()
    for _ in range(2):
        house.desk.submit(account, order())
    known, unheard = house.desk.serve(WISH)
    assert house.desk.take_stock("w1", 2, [token(known)]) == 1
    job = house.desk.look(account, unheard.id)
    assert (job.state, job.attempt, job.crashes, job.releases) == (State.QUEUED, 0, 0, 1)
    assert house.desk.look(account, known.id).state is State.PROCESSING


def test_an_answer_that_may_still_come_is_left_alone(house: House) -> None:
    """Also an old message that comes again late: it speaks of earlier claims only."""
    account = house.account()
    house.desk.submit(account, order())
    (job,) = house.desk.serve(WISH)
    assert house.desk.take_stock("w1", 1, []) == 0
    assert house.desk.take_stock("w2", 99, []) == 0, "another worker's leases are none of its business"
    assert house.desk.look(account, job.id).state is State.PROCESSING


def test_workers_that_number_no_claims_keep_what_they_have(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order())
    (job,) = house.desk.serve(replace(WISH, claim_number=None))
    assert house.desk.take_stock("w1", 99, []) == 0
    assert house.desk.look(account, job.id).state is State.PROCESSING
