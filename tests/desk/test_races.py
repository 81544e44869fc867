"""Many threads at one desk: exact answers, never about right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagend.core.errors import ImagendError, StaleLease
from imagend.core.job import Job, JobPolicy, State
from imagend.core.outcome import Failure
from tests.desk.house import COST, House, house_in, order, token


@contextmanager
def big_house(folder: Path) -> Iterator[House]:
    policy = JobPolicy(max_queued_per_account=10_000)
    with house_in(folder, policy) as house:
        yield house


def race(number: int, act: Callable[[int], object]) -> list[object]:
    """Run `act` in `number` threads at once; what each returned, or its refusal."""
    start = threading.Barrier(number)
    answers: list[object] = [None] * number

    def runner(index: int) -> None:
        start.wait()
        try:
            answers[index] = act(index)
        except ImagendError as error:
            answers[index] = error.code

    threads = [threading.Thread(target=runner, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_overspend(house: House) -> None:
    """24 racers for 10 slots, several times."""
    for _ in range(10):
        account = house.account(10 * COST)
        answers = race(24, lambda _, account=account: house.desk.submit(account, order()).state)
        assert Counter(answers) == {State.QUEUED: 10, "insufficient_credits": 14}
        assert house.accounts.balance(account).held == 10 * COST


def test_idempotency_twins(house: House) -> None:
    account = house.account(10 * COST)
    for key in range(10):
        ids = race(24, lambda _, key=key: house.desk.submit(account, order(key=f"k{key}")).id)
        assert len(set(ids)) == 1
    assert house.accounts.balance(account).held == 10 * COST
    assert house.desk.counts()["queued"] == 10


def test_each_job_is_claimed_once(folder: Path) -> None:
    with big_house(folder) as house:
        account = house.account(600 * COST)
        for _ in range(600):
            house.desk.submit(account, order())
        taken: list[list[str]] = [[] for _ in range(4)]

        def taker(index: int) -> None:
            while jobs := house.claim(f"w{index}", most=3):
                taken[index] += [job.id for job in jobs]

        race(4, taker)
        everything = [job_id for mine in taken for job_id in mine]
        assert len(everything) == len(set(everything)) == 600


def test_one_word_ends_a_job_whoever_speaks(house: House) -> None:
    """complete, fail, cancel, worker_lost and a sweep at once: one outcome, one settlement (the audit looks)."""
    account = house.account(1000 * COST)
    seen: Counter[str] = Counter()
    for number in range(40):
        house.desk.submit(account, order(deadline=10))
        [job] = house.claim("w1")
        success = house.success(job)
        house.clock.now += 10 + 5.1 * (number % 2)
        acts: list[Callable[[Job], object]] = [
            lambda job: house.desk.complete(job.id, token(job), success).state,  # noqa: B023
            lambda job: house.desk.fail(job.id, token(job), Failure(code="x", message="y"), retryable=False).state,
            lambda job: house.desk.abandon(account, job.id).state,
            lambda job: house.desk.worker_lost("w1"),
            lambda job: house.desk.sweep(),
        ]
        race(len(acts), lambda index, job=job, acts=acts: acts[index](job))
        house.clock.now += 100  # whatever went back to the queue is late by now
        house.desk.sweep()
        ended = house.desk.look(account, job.id)
        assert ended.state.final
        seen[ended.outcome.code if isinstance(ended.outcome, Failure) else "ok"] += 1
    assert sum(seen.values()) == 40
    assert house.accounts.balance(account).held == 0


def test_whole_crowd_at_work(folder: Path) -> None:
    """Submitters, workers with every fate and a sweeper together; then the house is drained and the books are read."""
    with big_house(folder) as house:
        accounts = [house.account(500 * COST) for _ in range(3)]
        submitted = threading.Event()

        def submitter(index: int) -> int:
            return len([house.desk.submit(accounts[index], order(key=f"{index}-{n}")) for n in range(100)])

        def worker(index: int) -> None:
            number = 0
            while (jobs := house.claim(f"w{index}", most=4)) or not submitted.is_set():
                for job in jobs:
                    number += 1
                    fate(house, job, number)

        crowd = [threading.Thread(target=worker, args=(index,)) for index in range(3)]
        for thread in crowd:
            thread.start()
        assert race(3, submitter) == [100, 100, 100]
        submitted.set()
        for thread in crowd:
            thread.join()
        house.clock.now += 1000
        while house.desk.sweep():
            house.clock.now += 100
        assert house.desk.counts() == {"queued": 0, "processing": 0}
        assert sum(house.accounts.balance(account).held for account in accounts) == 0
        assert sum(house.accounts.balance(account).spent for account in accounts) > 0


def fate(house: House, job: Job, number: int) -> None:
    broken = Failure(code="backend_failed", message="The model failed")
    with suppress(StaleLease):  # lost together with a neighbour
        match number % 5:
            case 0:
                house.desk.fail(job.id, token(job), broken, retryable=True)
            case 1:
                house.desk.release(job.id, token(job))
            case 2:
                assert job.lease is not None
                house.desk.worker_lost(job.lease.worker_id)
            case _:
                house.finish(job)
