"""A model that is half open is tried by one job, however many gateways hand out jobs at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from imagend.desk.desk import Desk
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx
from tests.desk.house import BOOT, House, fast_folder, house_in, order, token
from tests.servers.postgres import Cluster

T = TypeVar("T")


@dataclass
class Interrupted:
    """A store in which something else happens right after a transaction that writes has read the breakers, once."""

    store: Store
    then: Callable[[], object] | None = None
    near: bool = False

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        return self.store.read(work, account_id)

    def later(self, work: Callable[[Tx], T]) -> Future[T]:
        return self.store.later(work)

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.store.write(lambda tx: work(Tx(_Between(self, tx._run))))


@dataclass
class _Between:
    interrupted: Interrupted
    inner: Callable[[str, Mapping[str, Any]], list[Row]]

    def run(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        rows = self.inner(name, values)
        if name == "breakers" and (then := self.interrupted.then) is not None:
            self.interrupted.then = None
            then()
        return rows


@pytest.fixture
def shared(postgres_cluster: Cluster) -> Iterator[House]:
    with fast_folder() as folder:
        (folder / "database_url").write_text(postgres_cluster.new_database())
        with house_in(folder) as house:
            yield house


def half_open_with_two_waiting(house: House) -> list[str]:
    account = house.account()
    waiting = [house.desk.submit(account, order()).id for _ in range(8)]
    for number in range(6):
        (job,) = house.claim(f"lost-{number}")
        house.desk.worker_lost(f"lost-{number}")
        house.desk.abandon(account, job.id)
        waiting.remove(job.id)
    house.clock.now += house.policy.breaker_pause_seconds
    return waiting


def test_two_gateways_begin_one_trial(shared: House) -> None:
    house = shared
    waiting = half_open_with_two_waiting(house)
    between = Interrupted(house.store)
    other = Desk(between, house.blobs, house.policy, house.clock, house.bell)
    first: list[str] = []
    between.then = lambda: first.extend(job.id for job in house.claim("w1"))
    second = other.claim("w2", BOOT, ("noop",), 1)
    assert len(first) == 1
    assert second == []
    (row,) = house.store.read(lambda reads: reads.breakers())
    assert row.trial_id == first[0]
    assert set(first) < set(waiting)


def test_a_trial_that_was_handed_back_meanwhile_is_begun_once_more(shared: House) -> None:
    """The same job again: that it is the one that was read does not say that it is the same trial."""
    house = shared
    half_open_with_two_waiting(house)
    between = Interrupted(house.store)
    other = Desk(between, house.blobs, house.policy, house.clock, house.bell)

    def there_and_back() -> None:
        (job,) = house.claim("w1")
        house.desk.release(job.id, token(job))
        assert len(house.claim("w3")) == 1

    (job,) = house.claim("w1")
    house.desk.release(job.id, token(job))
    between.then = there_and_back
    assert other.claim("w2", BOOT, ("noop",), 1) == []
    assert house.desk.counts()["processing"] == 1
