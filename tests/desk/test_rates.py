"""Token buckets that gateways share."""

from __future__ import annotations

import pytest

from imagend.core.bucket import Limit
from imagend.desk.rates import BLOCK_SECONDS, BLOCK_TOKENS, NearRates, Rates, SharedRates, Taken, block_of
from tests.desk.house import House

SMALL = Limit(per_minute=6, burst=5)
LARGE = Limit(per_minute=6000, burst=1000)


def post(rates: Rates, limit: Limit, key: str = "key") -> Taken:
    """As the gate does."""
    return rates.recall(key, limit) or rates.take(key, limit)


@pytest.mark.parametrize("kind", ["near", "shared"])
def test_a_burst_and_then_the_rate(house: House, kind: str) -> None:
    rates: Rates = NearRates(house.clock) if kind == "near" else SharedRates(house.store, house.clock)
    assert [post(rates, SMALL).tokens for _ in range(5)] == [4, 3, 2, 1, 0]
    assert [post(rates, SMALL).wait_seconds for _ in range(3)] == pytest.approx([10] * 3)
    house.clock.now += 4
    assert post(rates, SMALL).wait_seconds == pytest.approx(6)
    house.clock.now += 6.001
    assert post(rates, SMALL).wait_seconds == 0
    assert post(rates, SMALL, "another key").tokens == 4


def test_gateways_share_a_small_limit_exactly(house: House) -> None:
    gateways = [SharedRates(house.store, house.clock) for _ in range(3)]
    answers = [post(gateways[number % 3], SMALL) for number in range(12)]
    assert sum(not answer.wait_seconds for answer in answers) == 5
    house.clock.now += 60.001
    answers = [post(gateways[number % 3], SMALL) for number in range(12)]
    assert sum(not answer.wait_seconds for answer in answers) == 5


def test_a_large_limit_is_shared_to_within_a_block_per_gateway(house: House) -> None:
    gateways = [SharedRates(house.store, house.clock) for _ in range(3)]
    given = 0
    for number in range(2000):
        house.clock.now += 0.001
        given += not post(gateways[number % 3], LARGE).wait_seconds
    may = LARGE.burst + 2.0 * LARGE.per_minute / 60
    assert may - 3 * BLOCK_TOKENS <= given <= may


def test_most_requests_cost_no_transaction(house: House) -> None:
    rates = SharedRates(house.store, house.clock)
    asked = 0
    for _ in range(100):
        if rates.recall("key", LARGE) is None:
            rates.take("key", LARGE)
            asked += 1
    assert asked == 10


def test_a_refusal_is_remembered_until_it_ends(house: House) -> None:
    rates = SharedRates(house.store, house.clock)
    for _ in range(6):
        post(rates, SMALL)
    for _ in range(100):
        refused = rates.recall("key", SMALL)
        assert refused is not None
        assert refused.wait_seconds > 0


def test_what_is_left_of_an_old_block_is_not_spent(house: House) -> None:
    here, there = SharedRates(house.store, house.clock), SharedRates(house.store, house.clock)
    post(here, LARGE)
    house.clock.now += BLOCK_SECONDS + 20
    while not post(there, LARGE).wait_seconds:
        pass
    assert post(here, LARGE).wait_seconds > 0


def test_blocks_are_small_where_limits_are() -> None:
    sizes = [block_of(Limit(per_minute=60, burst=burst)) for burst in (1, 10, 19, 20, 55, 100, 10_000)]
    assert sizes == [1, 1, 1, 2, 5, 10, 10]
