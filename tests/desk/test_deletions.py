"""Wrong clocks: no mass expiry, no storm of leases, and results that do not all go at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from imagend.core.errors import UnknownRequest
from imagend.core.job import JobPolicy, State
from imagend.desk.bell import Bell
from imagend.desk.clock import steady_clock
from imagend.desk.deletions import FEW, Deletions
from imagend.desk.desk import Desk
from tests.desk.house import COST, House, house_in, order

DAY, HOUR = 86_400.0, 3600.0


@dataclass
class Times:
    """A machine's two clocks."""

    wall: float = 1_800_000_000.0
    monotonic: float = 5_000.0

    def pass_(self, seconds: float, drift: float = 0.0) -> None:
        self.monotonic += seconds
        self.wall += seconds * (1 + drift)


@pytest.mark.parametrize("jump", [3 * DAY, -2 * HOUR, 0.0], ids=["+3 d", "-2 h", "drift"])
def test_whatever_is_done_to_the_clock_jobs_go_on(folder: Path, jump: float) -> None:
    times = Times()
    clock = steady_clock(lambda: times.wall, lambda: times.monotonic)
    with house_in(folder) as plain:
        desk = Desk(plain.store, plain.blobs, JobPolicy(), clock, Bell())
        house = House(**{name: getattr(plain, name) for name in House.__slots__} | {"desk": desk})
        account = house.account(100 * COST)
        done = desk.submit(account, order())
        house.finish(house.claim("w1")[0])
        running = desk.submit(account, order())
        [leased] = house.claim("w1")
        waiting = desk.submit(account, order())
        assert leased.lease
        for _ in range(40):  # ten minutes less a little, with a beat every 14 seconds
            times.wall += jump
            times.pass_(14.0, drift=0.05)
            assert desk.renew("w1", {running.id: leased.lease.token})[running.id].held
            assert desk.sweep() == 0
            assert desk.forget() == 0
        assert desk.look(account, done.id).state is State.COMPLETED
        assert desk.look(account, waiting.id).state is State.QUEUED
        times.pass_(HOUR)
        desk.sweep()
        assert desk.look(account, waiting.id).state is State.FAILED  # the deadline comes by the steady clock
        assert desk.forget() == 1
        with pytest.raises(UnknownRequest):
            desk.look(account, done.id)


def test_a_server_that_starts_with_its_clock_ahead_deletes_nothing_for_a_while(folder: Path) -> None:
    jobs = FEW + 20
    with house_in(folder) as house:
        account = house.account(2 * jobs * COST)
        ids = [house.desk.submit(account, order()).id for _ in range(jobs)]
        for one in ids:
            house.desk.abandon(account, one)
        house.clock.now += 3 * DAY
        assert house.desk.forget() == 0
        with pytest.raises(UnknownRequest):
            house.desk.look(account, ids[0])
        house.clock.now -= 3 * DAY  # somebody sets it right: nothing is lost
        assert house.desk.look(account, ids[0]).state is State.FAILED
        assert house.desk.forget() == 0
        house.clock.now += 3 * DAY
        assert house.desk.forget() == 0
        house.clock.now += HOUR  # nobody does
        assert house.desk.forget() == jobs


def test_a_steady_flow_is_forgotten_without_a_pause() -> None:
    deletions, live = Deletions(), 6000
    for second in range(0, 600, 2):
        assert deletions.allow(20, lambda: live, float(second))
        deletions.went(20, float(second))


def test_the_share_is_of_one_minute_and_can_be_lifted() -> None:
    deletions = Deletions(0.2, 100.0)
    assert deletions.allow(150, lambda: 1000, 0.0)
    deletions.went(150, 0.0)
    assert not deletions.allow(150, lambda: 850, 10.0)
    assert deletions.allow(150, lambda: 850, 61.0)
    assert Deletions(1.0).allow(1000, lambda: 1000, 0.0)
    assert Deletions(0.2).allow(FEW, lambda: FEW, 0.0)


def test_the_next_deadline_is_known(house: House) -> None:
    assert house.desk.next_deadline_seconds() == DAY
    account = house.account()
    house.desk.submit(account, order(deadline=30.0))
    house.desk.submit(account, order(deadline=12.0))
    house.clock.now += 2
    assert house.desk.next_deadline_seconds() == 10.0
    house.clock.now += 11
    assert house.desk.next_deadline_seconds() == 0.0
    assert house.desk.sweep() == 1
    assert house.desk.next_deadline_seconds() == 17.0
