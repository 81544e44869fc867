"""One tenant floods the server; the others wait under three times what they wait alone. In virtual time, so exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from imagend.core.job import JobPolicy
from imagend.core.recipe import Recipe
from tests.desk.house import House, fast_folder, house_in
from tests.workers.flooded import DRAW, FloodedHouse, cost, picture

JOBS = 200
VISITS = 30
POLICY = JobPolicy(deadline_seconds=1e6)


@pytest.fixture
def house() -> Iterator[House]:
    with fast_folder() as folder, house_in(folder, POLICY) as house:
        yield house


def p95(latencies: list[float]) -> float:
    return sorted(latencies)[round(0.95 * (len(latencies) - 1))]


def visits(flooded: FloodedHouse, recipes: list[Recipe], crowds: list[tuple[Recipe, int]]) -> list[list[float]]:
    """Latencies of visitors beside crowds that keep the server busy throughout."""
    house = flooded.house
    for recipe, jobs in crowds:
        account = house.account()
        for _ in range(jobs):
            flooded.order(account, recipe)
    if crowds:
        flooded.run(lambda: sum(map(len, flooded.done.values())) > 10)  # it is well under way
    guests = {account: recipe for recipe in recipes for account in [house.account()]}
    for account, recipe in guests.items():
        flooded.order(account, recipe)
    flooded.finished = lambda job: flooded.order(job.account_id, job.recipe) if job.account_id in guests else None
    flooded.run(lambda: all(len(flooded.done.get(account, [])) >= VISITS for account in guests))
    if crowds:
        assert house.desk.counts()["queued"] > 0, "the flood was over too soon to prove anything"
    return [flooded.done[account] for account in guests]


@dataclass(frozen=True)
class Mix:
    visitors: list[Recipe]
    crowds: list[tuple[Recipe, int]]
    reserve: int = 0
    workers: int = 2


MIXES = {
    "equal jobs": Mix([picture()], [(picture(), JOBS)]),
    "equal jobs, one worker": Mix([picture()], [(picture(), JOBS)], workers=1),
    "equal jobs, a reserve": Mix([picture()], [(picture(), JOBS)], reserve=1),
    "large jobs, a reserve": Mix([picture(scale=2)], [(picture(100, scale=6), JOBS)], reserve=1),
    "a draft beside long jobs": Mix([picture(50)], [(picture(100), JOBS)]),
    "two visitors": Mix([picture(), picture()], [(picture(), JOBS)], reserve=1),
    "two crowds and a visitor": Mix([picture()], [(picture(), JOBS), (picture(100), JOBS)], reserve=1),
}


@pytest.mark.parametrize("name", MIXES)
def test_the_flooded_p95_stays_under_three_times_the_wait_alone(house: House, name: str) -> None:
    mix = MIXES[name]
    flooded = FloodedHouse(house, workers=mix.workers, reserve=mix.reserve)
    for recipe, latencies in zip(mix.visitors, visits(flooded, mix.visitors, mix.crowds), strict=True):
        assert p95(latencies) < 3 * cost(recipe), (name, p95(latencies), cost(recipe))


def test_alone_a_picture_takes_what_it_costs(house: House) -> None:
    [latencies] = visits(FloodedHouse(house, reserve=1), [picture()], [])
    assert max(latencies) == pytest.approx(cost(picture()), rel=1e-4)


def test_nobody_waits_more_than_a_fair_share_and_one_piece_of_work(house: House) -> None:
    """Four tenants on two cores, one of them with a flood: each gets half a core or more, and waits besides for one
    drawing of each other tenant in its worker, which nobody can interrupt."""
    recipes = [picture(steps) for steps in (10, 20, 40)]
    for recipe, latencies in zip(recipes, visits(FloodedHouse(house), recipes, [(picture(), JOBS)]), strict=True):
        assert max(latencies) <= 4 / 2 * cost(recipe) + 3 * DRAW


def test_two_crowds_share_equally_whatever_their_jobs_look_like(house: House) -> None:
    """Both keep twenty jobs waiting; the predictor begins with wrong costs and learns."""
    flooded = FloodedHouse(house)
    drafts, larges = house.account(), house.account()
    for _ in range(20):
        flooded.order(drafts, picture(4))
        flooded.order(larges, picture(100, scale=4))
    flooded.finished = lambda job: flooded.order(job.account_id, job.recipe)
    flooded.run(lambda: len(flooded.done.get(larges, [])) >= 80)
    spent = {who: sum(worker.spent.get(who, 0.0) for worker in flooded.workers) for who in (drafts, larges)}
    assert spent[drafts] == pytest.approx(spent[larges], rel=0.1)


def test_the_flood_loses_no_more_than_the_visitor_gets(house: House) -> None:
    flooded = FloodedHouse(house)
    began = house.clock.now
    visits(flooded, [picture()], [(picture(), JOBS)])
    work = sum(len(done) for done in flooded.done.values()) * cost(picture())
    assert work >= 0.9 * 2 * (house.clock.now - began)  # both cores were busy with somebody's picture
