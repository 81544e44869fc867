"""Room for newcomers: what a full worker and a reserve worker get, and what that does to the fair clock."""

from __future__ import annotations

import pytest

from imagend.core.job import Job
from imagend.core.wire import Whose
from tests.desk.house import House, order


def ask(house: House, worker: str, whose: Whose = "anyone", most: int = 1, rivals: tuple[str, ...] = ()) -> list[Job]:
    return house.desk.claim(worker, "boot-1", ("noop",), most, False, whose, frozenset(rivals))


def crowded(house: House, jobs: int = 30) -> str:
    """An account that fills both workers and has more waiting."""
    crowd = house.account(jobs * 20_000)
    for _ in range(jobs):
        house.desk.submit(crowd, order())
    for worker in ("w1", "w2"):
        assert len(ask(house, worker, most=8)) == 8
    return crowd


def test_a_full_worker_has_room_for_who_has_nothing_in_it(house: House) -> None:
    crowded(house)
    single = house.account()
    assert ask(house, "w1", "absent", 4) == []
    mine = [house.desk.submit(single, order()) for _ in range(3)]
    assert [job.id for job in ask(house, "w1", "absent", 4)] == [mine[0].id]  # one is enough to be served
    assert ask(house, "w1", "absent", 4) == []
    assert [job.id for job in ask(house, "w2", "absent", 4)] == [mine[1].id]


def test_a_reserve_serves_only_who_has_nothing_anywhere(house: House) -> None:
    crowded(house)
    assert ask(house, "reserve", "idle", 4) == []
    first, second = house.account(), house.account()
    for account in (first, first, second):
        house.desk.submit(account, order())
    assert [job.account_id for job in ask(house, "reserve", "idle", 4)] == [first, second]
    assert ask(house, "reserve", "idle", 4) == []


def test_a_worker_may_leave_newcomers_to_another(house: House) -> None:
    crowd, single = crowded(house), house.account()
    house.desk.submit(single, order())
    assert {job.account_id for job in ask(house, "w1", most=3, rivals=("w2", "w3"))} == {crowd}
    assert [job.account_id for job in ask(house, "w3", most=1, rivals=("w1", "w2"))] == [single]


def test_least_to_do_is_least_weight_and_then_fewest_jobs(house: House) -> None:
    """Who floods two workers weighs half in each; so a second newcomer is better off there than beside the first."""
    crowded(house)
    first, second = house.account(), house.account()
    house.desk.submit(first, order())
    assert len(ask(house, "reserve", "idle")) == 1
    house.desk.submit(second, order())
    assert ask(house, "reserve", "idle", rivals=("w1",)) == []
    assert [job.account_id for job in ask(house, "w1", "absent", rivals=("reserve",))] == [second]


def test_who_passes_a_crowd_does_not_set_the_clock_forward(house: House) -> None:
    """A second crowd has its turn far behind; one of its jobs is let past. The next newcomer stands before the first
    crowd all the same."""
    crowded(house)
    late = house.account(20 * 20_000)
    for _ in range(20):
        house.desk.submit(late, order())
    for worker in ("w3", "w4", "w5", "w6", "w7", "w8"):
        assert [job.account_id for job in ask(house, worker, "absent")] != []
    newcomer = house.account()
    job = house.desk.submit(newcomer, order())
    assert house.desk.place(job) <= 1


def test_weight_is_spread_over_the_workers_that_serve_an_account(house: House) -> None:
    crowded(house)
    [third] = ask(house, "w3")
    assert third.lease is not None
    assert third.lease.weight == pytest.approx(1 / 3)
    single = house.account()
    house.desk.submit(single, order())
    [mine] = ask(house, "w1", "absent")
    assert mine.lease is not None
    assert mine.lease.weight == 1.0
    assert house.store.write(lambda tx: tx.set_fair_weight(single, 4.0))
    house.desk.submit(single, order())
    [mine] = ask(house, "w2", "absent")
    assert mine.lease is not None
    assert mine.lease.weight == 2.0


def test_a_suspect_comes_to_nobody_who_has_other_work(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order())
    ask(house, "w0")
    house.desk.worker_lost("w0")  # a crash: the job is a suspect now
    other = house.account()
    house.desk.submit(other, order())
    [job] = ask(house, "w1", "idle")
    assert job.account_id == other
    assert ask(house, "w1", "idle") == []
    [suspect] = house.desk.claim("reserve", "boot-1", ("noop",), 1, True, "idle")
    assert suspect.solo
