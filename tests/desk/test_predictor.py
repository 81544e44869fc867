"""The cost model: it learns what jobs cost on this machine, and nothing throws it off."""

from __future__ import annotations

import random
import statistics
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagend.core.errors import BadSetting
from imagend.core.outcome import Metrics
from imagend.core.recipe import Recipe
from imagend.desk.predictor import MOST_TIMES_PRIOR, Costs, Predictor, features, read_costs
from tests.desk.house import recipe

PRIOR = Costs(job=0.01, evaluation=0.0024, evaluation_megapixel=0.0, picture=0.09, megapixel=0.27)


def orders(rng: random.Random) -> Iterator[Recipe]:
    while True:
        side = rng.choice([512, 768, 1024, 2048])
        asked = recipe(count=rng.choice([1, 1, 4]), steps=rng.choice([4, 12, 20, 50, 100]))
        yield replace(asked, width=side, height=side)


def cost(order: Recipe, factors: tuple[float, ...]) -> float:
    return sum(f * c * x for f, c, x in zip(factors, PRIOR.vector, features(order), strict=True))


def taught(factors: tuple[float, ...], jobs: int, *, noise: float, outliers: float = 0.0) -> Predictor:
    rng = random.Random(1)
    predictor = Predictor({"noop": PRIOR})
    for order in islice(orders(rng), jobs):
        seconds = cost(order, factors) * rng.lognormvariate(0, noise)
        seconds *= 20 if rng.random() < outliers else 1
        predictor.learn(order, Metrics(compute_seconds=seconds))
    return predictor


def errors(predictor: Predictor, factors: tuple[float, ...]) -> list[float]:
    """Relative errors of fresh predictions."""
    found = islice(orders(random.Random(2)), 100)
    return [abs(predictor.seconds(order) / cost(order, factors) - 1) for order in found]


def test_the_prior_is_the_sum_of_its_parts() -> None:
    order = replace(recipe(count=2, steps=10), width=1024, height=1024)
    expected = 0.01 + 2 * (10 * 2 * 0.0024 + 0.09 + 0.27)
    assert Predictor({"noop": PRIOR}).seconds(order) == pytest.approx(expected)
    unguided = replace(order, guidance_scale=1.0)
    assert Predictor({"noop": PRIOR}).seconds(unguided) == pytest.approx(expected - 2 * 10 * 0.0024)


@pytest.mark.parametrize("factors", [(3.0,) * 5, (0.3,) * 5, (1.0, 4.0, 1.0, 1.0, 2.0), (1.0, 0.2, 1.0, 5.0, 1.0)])
def test_it_learns_a_machine_from_noisy_jobs(factors: tuple[float, ...]) -> None:
    found = errors(taught(factors, 200, noise=0.15, outliers=0.02), factors)
    assert statistics.median(found) < 0.12
    assert max(found) < 0.35


def test_twenty_jobs_are_enough_to_be_roughly_right() -> None:
    assert statistics.median(errors(taught((3.0,) * 5, 20, noise=0.1), (3.0,) * 5)) < 0.15


def test_one_outlier_does_not_double_a_prediction() -> None:
    predictor, order = taught((1.0,) * 5, 50, noise=0.1), recipe()
    before = predictor.seconds(order)
    predictor.learn(order, Metrics(compute_seconds=1e6))
    assert predictor.seconds(order) < 2 * before


def test_a_machine_that_changes_is_followed() -> None:
    predictor, order = taught((1.0,) * 5, 300, noise=0.1), recipe()
    for _ in range(60):
        predictor.learn(order, Metrics(compute_seconds=3 * cost(order, (1.0,) * 5)))
    assert predictor.seconds(order) == pytest.approx(3 * cost(order, (1.0,) * 5), rel=0.1)


def test_jobs_that_were_not_measured_teach_nothing() -> None:
    predictor, order = Predictor({"noop": PRIOR}), recipe()
    before = predictor.seconds(order)
    for seconds in (0.0, -1.0, float("inf"), float("nan")):
        predictor.learn(order, Metrics(inference_seconds=99.0, compute_seconds=seconds))
    assert predictor.seconds(order) == before


def test_backends_do_not_teach_each_other() -> None:
    predictor = taught((5.0,) * 5, 50, noise=0.1)
    assert predictor.seconds(recipe(backend="other")) == Predictor().seconds(recipe(backend="other"))


@given(st.lists(st.floats(1e-6, 1e6), max_size=60), st.integers(1, 100))
def test_predictions_stay_within_bounds_whatever_is_reported(reported: list[float], steps: int) -> None:
    predictor, order = Predictor({"noop": PRIOR}), recipe(steps=steps)
    prior = predictor.seconds(order)
    for seconds in reported:
        predictor.learn(order, Metrics(compute_seconds=seconds))
        bound = MOST_TIMES_PRIOR * 1.001
        assert prior / bound <= predictor.seconds(order) <= prior * bound


def test_many_threads_may_teach_and_ask() -> None:
    predictor = Predictor({"noop": PRIOR})

    def work(seed: int) -> None:
        for order in islice(orders(random.Random(seed)), 200):
            predictor.learn(order, Metrics(compute_seconds=2 * cost(order, (1.0,) * 5)))
            assert predictor.seconds(order) > 0

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statistics.median(errors(predictor, (2.0,) * 5)) < 0.05


def test_costs_are_read_and_checked() -> None:
    shipped = read_costs((files("imagend") / "desk" / "costs.toml").read_text("utf-8"))
    assert {"sketch", "noop"} <= shipped.keys()
    for text in ("[x]\npicture = -1", "[x]\nspeed = 1", "[x", "[x]\njob=0\nevaluation=0\nevaluation_megapixel=0\n"
                 "picture=0\nmegapixel=0"):  # fmt: skip
        with pytest.raises(BadSetting):
            read_costs(text)
