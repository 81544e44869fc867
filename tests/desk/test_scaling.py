"""How many workers there should be: the rule over generated loads, and the figures of a real desk."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.core.errors import BadSetting
from imagend.desk.scaling import HEAD_MOST, Load, Scale, ScalePolicy, Scaler, enough, step
from tests.desk.house import House, order

POLICY = ScalePolicy(most=64)


def work(seconds: float, held: int = 0) -> Load:
    holders = frozenset(f"w{number}" for number in range(held))
    return Load(queued=1 if seconds else 0, running=held, predicted_seconds=seconds, holders=holders)


loads = st.builds(work, st.floats(0, 4000), st.integers(0, 8))
rounds = st.lists(st.tuples(st.floats(0.01, 120), loads), min_size=1, max_size=60)
policies = st.builds(
    lambda least, more, slots: ScalePolicy(least=least, most=least + more, slots=slots),
    st.integers(0, 5),
    st.integers(0, 100),
    st.floats(0.5, 8),
)


def run(policy: ScalePolicy, steps: list[tuple[float, Load]], first: int) -> list[tuple[float, Load, Scale]]:
    now, scale, seen = 0.0, Scale(target=min(first, policy.most)), []
    for pause, load in steps:
        now += pause
        scale = step(scale, load, policy, now)
        seen.append((now, load, scale))
    return seen


@settings(deadline=None, max_examples=300)
@given(policies, rounds, st.integers(0, 40))
def test_the_rule_holds_after_every_step(policy: ScalePolicy, steps: list[tuple[float, Load]], first: int) -> None:
    seen = run(policy, steps, first)
    for number, (now, load, scale) in enumerate(seen):
        assert policy.least <= scale.target <= policy.most
        assert scale.target >= min(len(load.holders), policy.most), "never below the leases held"
        if load.queued + load.running and policy.most:
            assert scale.target >= 1, "one with the first job"
        for earlier, _, before in seen[:number]:
            if now - earlier < policy.doubling_seconds:
                most = max(1, 2 * before.target, policy.least, len(load.holders))
                held = [len(other.holders) for at, other, _ in seen[:number] if at > earlier]
                assert scale.target <= max(most, *(2 * count for count in held), 0), "at most the double"


@settings(deadline=None, max_examples=300)
@given(policies, rounds, st.integers(0, 40))
def test_it_goes_down_only_to_what_was_enough_for_minutes(
    policy: ScalePolicy, steps: list[tuple[float, Load]], first: int
) -> None:
    seen = run(policy, steps, first)
    for number in range(1, len(seen)):
        now, _, scale = seen[number]
        if scale.target >= seen[number - 1][2].target:
            continue
        lately = [enough(load, policy) for at, load, _ in seen[: number + 1] if at >= now - policy.idle_seconds]
        assert scale.target >= max(lately)
        assert now - seen[0][0] >= policy.idle_seconds, "it has been watched for as long"


@settings(deadline=None, max_examples=100)
@given(policies, loads, st.integers(0, 40))
def test_under_a_steady_load_it_comes_to_rest_at_what_is_enough(policy: ScalePolicy, load: Load, first: int) -> None:
    seen = run(policy, [(5.0, load)] * 200, first)
    resting = seen[-1][2].target
    assert resting == min(max(enough(load, policy), len(load.holders), policy.least), policy.most)


def test_a_burst_doubles_every_half_minute() -> None:
    seen = run(POLICY, [(1.0, work(3000.0))] * 200, 0)
    changes = [(now, scale.target) for now, _, scale in seen]
    first = {target: min(at for at, count in changes if count == target) for _, target in changes}
    assert first == {1: 1.0, 2: 31.0, 4: 61.0, 8: 91.0, 16: 121.0, 32: 151.0, 64: 181.0}


def test_idle_minutes_take_all_workers_home_and_a_moment_does_not() -> None:
    busy = Scale(target=8)
    after_a_moment = step(step(busy, work(0), POLICY, 0.0), work(0), POLICY, 299.0)
    assert after_a_moment.target == 8
    assert step(after_a_moment, work(0), POLICY, 300.0).target == 0
    interrupted = step(after_a_moment, work(8 * 30.0), POLICY, 299.5)
    assert step(interrupted, work(0), POLICY, 300.0).target == 8


def test_a_pause_goes_down_to_the_most_that_was_needed_in_it() -> None:
    scale = Scale(target=8)
    for now in range(0, 301, 10):
        scale = step(scale, work(90.0 if now == 100 else 30.0), POLICY, float(now))
    assert scale.target == 3


def test_its_memory_is_bounded() -> None:
    scale = Scale()
    for number in range(5000):
        scale = step(scale, work(30.0 * (number % 64)), POLICY, number * 0.01)
    assert len(scale.recent) <= 70


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"least": 9}, "scale_min_workers <= scale_max_workers"),
        ({"target_wait_seconds": 0}, "must be above 0"),
    ],
)
def test_wrong_numbers_are_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        ScalePolicy(**wrong)  # type: ignore[arg-type]


def scaler(house: House, **changes: object) -> Scaler:
    policy = replace(POLICY, **changes)  # type: ignore[arg-type]
    return Scaler(house.store, ("noop", "idle"), house.desk.crew_size, policy, house.clock)


def test_figures_of_a_desk(house: House) -> None:
    account = house.account()
    jobs = [house.desk.submit(account, order(steps=20)) for _ in range(4)]
    house.claim("w1", 1)
    figure = scaler(house).figures()["noop"]
    assert (figure.queued, figure.running, figure.workers) == (3, 1, 1)
    assert figure.predicted_seconds == pytest.approx(sum(job.predicted_seconds for job in jobs))
    assert (figure.target, figure.holders) == (1, {"w1"})
    assert scaler(house).figures()["idle"].target == 0


def test_a_restarted_gateway_does_not_send_workers_home(house: House) -> None:
    fresh = scaler(house)
    assert fresh.figures()["noop"].target == 0, "it has heard of nobody yet"
    for number in range(5):
        house.claim(f"w{number}")
    house.clock.now += 10
    assert fresh.figures()["noop"].target == 5
    house.clock.now += 299
    assert fresh.figures()["noop"].target == 5, "it has only now begun to watch"
    house.clock.now += 300
    assert fresh.figures()["noop"].target == 0


def test_figures_are_looked_up_once_a_second(house: House) -> None:
    account, figures = house.account(), scaler(house)
    assert figures.figures()["noop"].queued == 0
    house.desk.submit(account, order())
    assert figures.figures()["noop"].queued == 0
    house.clock.now += 1
    assert figures.figures()["noop"].queued == 1


def test_behind_the_head_of_the_line_the_mean_counts(house: House) -> None:
    account = house.account()
    first = house.desk.submit(account, order(steps=10))
    for _ in range(3):
        house.desk.submit(account, order(steps=10))
    jobs, seconds = house.store.read(lambda reads: reads.waiting_load("noop", 2))
    assert (jobs, seconds) == (4, pytest.approx(4 * first.predicted_seconds))
    assert HEAD_MOST >= 1000
    assert math.isfinite(seconds)
