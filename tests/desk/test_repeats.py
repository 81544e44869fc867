"""Requests that a client's library repeats by itself, whichever gateway they come to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from imagend.core.errors import InsufficientCredits
from imagend.core.job import Job
from imagend.desk.order import Attempt
from imagend.desk.repeats import Repeats
from imagend.desk.turns import FORGET_EVERY_SECONDS, SharedRows
from tests.desk.house import COST, House, order


def attempt(number: int, name: str = "", print_: str = "p") -> Attempt:
    return Attempt(id=name or f"{print_}-{number}", print=print_, number=number)


def submit(house: House, account: str, one: Attempt) -> Job:
    return house.desk.submit(account, order(attempt=one))


def joined(house: House, account: str, one: Attempt, seconds: float = 60.0) -> str | None:
    """At another gateway than the order was taken."""
    job = Repeats(house.store, house.clock).join(account, one, seconds)
    return job.id if job else None


def test_the_newest_free_try_is_taken_over_and_only_once(house: House) -> None:
    account = house.account()
    old = submit(house, account, attempt(0, "a"))
    house.clock.now += 1
    new = submit(house, account, attempt(0, "b"))
    assert joined(house, account, attempt(0, "c")) is None
    assert joined(house, account, attempt(1, "d", "q")) is None
    assert joined(house, account, attempt(1, "e")) == new.id
    assert joined(house, account, attempt(1, "f")) == old.id
    assert joined(house, account, attempt(1, "g")) is None
    assert joined(house, account, attempt(2, "h")) in (old.id, new.id)


def test_two_gateways_never_join_the_same_try(house: House) -> None:
    account = house.account()
    for round_ in range(20):
        submit(house, account, attempt(0, f"first {round_}", f"p{round_}"))
        tries = [attempt(1, f"{round_} {number}", f"p{round_}") for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda one: joined(house, account, one), tries))
        assert sum(one is not None for one in found) == 1


def test_old_failed_forgotten_and_foreign_jobs_are_not_joined(house: House) -> None:
    account, stranger = house.account(), house.account()
    submit(house, account, attempt(0))
    house.clock.now += 61
    assert joined(house, account, attempt(1, "old")) is None
    failed = submit(house, account, attempt(0, "x", "failed"))
    house.desk.abandon(account, failed.id)
    assert joined(house, account, attempt(1, "y", "failed")) is None
    submit(house, account, attempt(0, "z", "foreign"))
    assert joined(house, stranger, attempt(1, "s", "foreign")) is None


def test_who_left_first_decides(house: House) -> None:
    account = house.account()
    first, second = attempt(0), attempt(1)
    job = submit(house, account, first)
    assert joined(house, account, second) == job.id
    assert not house.desk.repeats.leave(first), "the second caller waits for it"
    assert house.desk.repeats.leave(second)
    assert joined(house, account, attempt(2)) is None, "nobody joins what ends"
    house.desk.repeats.stay(second)
    assert joined(house, account, attempt(2)) == job.id


def test_an_order_that_was_refused_leaves_no_try(house: House) -> None:
    account = house.account(COST)
    submit(house, account, attempt(0))
    with pytest.raises(InsufficientCredits):
        submit(house, account, attempt(0, "b", "q"))
    assert joined(house, account, attempt(1, "c", "q")) is None


def test_tries_are_forgotten(house: House) -> None:
    rows = SharedRows(house.store, house.clock, try_seconds=60)
    account = house.account()
    submit(house, account, attempt(0))
    for seconds, known in ((1.0, True), (61 + FORGET_EVERY_SECONDS, False)):
        house.clock.now += seconds
        rows.forget()
        assert house.store.write(lambda tx: tx.claim_try("p-0")) is known
        house.desk.repeats.stay(attempt(0))
