"""Who gets which job: fairness, suspects, and the choice as a pure function."""

from __future__ import annotations

from imagend.core.job import State
from imagend.desk.order import Room, Waiting, choose, fair_turn
from tests.desk.house import House, order, recipe, token


def waiting(name: str, *, solo: bool = False, run_after: float = 0.0) -> Waiting:
    return Waiting(id=name, account_id="a", solo=solo, run_after=run_after, prio_key=0.0)


def names(jobs: list[Waiting]) -> str:
    return "".join(job.id for job in jobs)


def test_choice() -> None:
    queue = [waiting("a"), waiting("S", solo=True), waiting("b"), waiting("c")]

    def chosen(queue: list[Waiting], most: int, *, alone: bool, now: float = 1.0) -> str:
        return names(choose(queue, most, alone=alone, now=now, patience=30.0))

    assert chosen(queue, 2, alone=True) == "ab"
    assert chosen(queue[1:], 3, alone=True) == "S"
    assert chosen(queue[1:], 3, alone=False) == "bc"
    assert chosen(queue[1:], 3, alone=False, now=31.0) == ""  # run dry, then take the suspect
    assert chosen(queue, 3, alone=False, now=31.0) == "a"
    assert chosen([], 3, alone=True) == ""


def test_idle_account_gets_no_credit_for_the_past() -> None:
    assert fair_turn(3.0, 10.0, 2.0) == (10.0, 12.0)
    assert fair_turn(12.0, 10.0, 2.0) == (12.0, 14.0)
    assert fair_turn(12.0, 10.0, 2.0, weight=4.0) == (12.0, 12.5)


def test_room_counts_again_when_full_and_now_and_then() -> None:
    room, counted = Room(2), []

    def count() -> int:
        counted.append(1)
        return 0 if len(counted) < 3 else 2

    assert [room.admit(0.0, count), room.admit(0.1, count), room.admit(0.11, count)] == [True, True, True]
    assert len(counted) == 2
    assert not room.admit(5.0, count)
    assert not room.admit(5.01, count)  # full, and counted just now
    assert len(counted) == 3


def test_one_job_of_another_account_passes_a_crowd(house: House) -> None:
    crowd, single = house.account(), house.account()
    for _ in range(20):
        house.desk.submit(crowd, order())
    assert [job.account_id for job in house.claim(most=5)] == [crowd] * 5
    job = house.desk.submit(single, order())
    assert house.desk.place(job) <= 1
    assert single in [job.account_id for job in house.claim("w2", most=2)]


def test_accounts_alternate_by_work_and_not_by_count(house: House) -> None:
    light, heavy = house.account(), house.account()
    for _ in range(30):
        house.desk.submit(heavy, order(steps=30))
        house.desk.submit(light, order(steps=10))
    served = {light: 0.0, heavy: 0.0}
    for job in house.claim(most=40):
        served[job.account_id] += job.predicted_seconds
    largest = house.desk.predictor.seconds(recipe(steps=30))
    assert abs(served[light] - served[heavy]) <= largest


def test_suspect_runs_alone(house: House) -> None:
    account = house.account()
    suspect = house.desk.submit(account, order())
    house.claim("w1")
    house.desk.worker_lost("w1")
    for _ in range(4):
        house.desk.submit(account, order())
    [innocent] = house.claim("w2", most=1, solo_ok=False)
    assert innocent.id != suspect.id
    assert suspect.id not in [job.id for job in house.claim("w2", most=1)]  # w2 has another lease
    assert [job.id for job in house.claim("w3", most=4)] == [suspect.id]
    assert house.claim("w3", most=4) == []  # nothing joins it


def test_claim_sees_only_its_backends(house: House) -> None:
    account = house.account()
    sketch = house.desk.submit(account, order(backend="sketch"))
    noop = house.desk.submit(account, order(backend="noop"))
    assert [job.id for job in house.claim(most=5)] == [noop.id]
    assert [job.id for job in house.desk.claim("w2", "boot", ("noop", "sketch"), 5)] == [sketch.id]
    assert house.desk.claim("w2", "boot", (), 5) == []


def test_everything_a_worker_needs_comes_with_the_claim(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order(count=2))
    [job] = house.claim()
    assert job.recipe == recipe(count=2)
    assert (job.state, job.started_at) == (State.PROCESSING, house.clock.now)
    assert len(token(job)) == 32


def test_bell_rings_for_work_and_for_each_change(house: House) -> None:
    heard: list[str] = []
    account = house.account()
    house.bell.subscribe("queue", lambda: heard.append("queue"))
    job = house.desk.submit(account, order())
    end = house.bell.subscribe(job.id, lambda: heard.append(house.desk.look(account, job.id).state))
    [leased] = house.claim()
    house.desk.release(leased.id, token(leased))
    [leased] = house.claim()
    house.finish(leased)
    end()
    house.bell.ring(job.id)
    assert heard == ["queue", "PROCESSING", "QUEUED", "queue", "PROCESSING", "COMPLETED"]
