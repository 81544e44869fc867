"""The law of jobs and the arithmetic of money, as tables and properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagend.core import errors, ledger
from imagend.core.bucket import Limit, full, take
from imagend.core.job import TRANSITIONS, Job, JobPolicy, Money, Retry, State, after_crash, after_error
from imagend.core.ledger import Balance
from imagend.core.outcome import Failure, ImageRef, Metrics, Success, outcome_from_dict, outcome_to_dict
from imagend.core.params import read_flag
from imagend.core.recipe import Recipe

POLICY = JobPolicy()
RECIPE = Recipe(
    model="imagen", backend="sketch", prompt="x", negative_prompt="", width=64, height=64,
    steps=2, guidance_scale=1.0, scheduler="DDIM", seed=1,
)  # fmt: skip
JOB = Job(
    id="j", account_id="a", recipe=RECIPE, state=State.PROCESSING, cost_microcredits=5,
    created_at=0.0, run_after=0.0, deadline_at=600.0, attempt=1, started_at=1.0,
)  # fmt: skip


def test_final_states_only_go() -> None:
    for transition in TRANSITIONS.values():
        leaves_final = any(state.final for state in transition.sources)
        assert leaves_final == (transition.target is None)


def test_every_hold_is_ended_exactly_once_on_the_way_out() -> None:
    for transition in TRANSITIONS.values():
        ends = transition.target is not None and transition.target.final
        assert ends == (transition.money in (Money.CAPTURE, Money.RELEASE))
        assert (transition.money is Money.HOLD) == (not transition.sources)


def test_clients_see_states_move_forward_only() -> None:
    assert replace(JOB, state=State.QUEUED).shown_state is State.PROCESSING
    assert replace(JOB, state=State.QUEUED, started_at=None).shown_state is State.QUEUED
    assert replace(JOB, state=State.FAILED).shown_state is State.FAILED


def test_first_crash_is_retried_alone_second_is_poison() -> None:
    assert after_crash(JOB, POLICY, now=9.0) == Retry(run_after=9.0, solo=True)
    verdict = after_crash(replace(JOB, crashes=1), POLICY, now=9.0)
    assert isinstance(verdict, Failure)
    assert verdict.code == "worker_lost"
    assert isinstance(after_crash(replace(JOB, attempt=3), POLICY, now=9.0), Failure)


@pytest.mark.parametrize(("attempt", "jitter", "pause"), [(1, 0.0, 2.0), (2, 0.0, 4.0), (1, 1.0, 2.4), (2, -1.0, 3.2)])
def test_errors_back_off(attempt: int, jitter: float, pause: float) -> None:
    failure = Failure(code="backend_failed", message="x")
    verdict = after_error(replace(JOB, attempt=attempt), failure, POLICY, 10.0, jitter)
    assert isinstance(verdict, Retry)
    assert verdict.run_after == pytest.approx(10.0 + pause)
    assert after_error(replace(JOB, attempt=3), failure, POLICY, 10.0, 0.0) is failure
    assert after_error(JOB, failure, POLICY, 599.0, 0.0) is failure


amounts = st.integers(min_value=0, max_value=10**12)


@given(amounts, amounts, amounts)
def test_money_is_conserved(granted: int, cost: int, real: int) -> None:
    balance = ledger.grant(Balance(), granted)
    if cost > granted:
        with pytest.raises(errors.InsufficientCredits):
            ledger.hold(balance, cost)
        return
    held = ledger.hold(balance, cost)
    assert ledger.release(held, cost) == balance
    settled = ledger.capture(held, cost, min(real, cost))
    assert (settled.held, settled.spent) == (0, min(real, cost))
    assert ledger.grant(settled, -settled.available).available == 0
    with pytest.raises(errors.InsufficientCredits):
        ledger.grant(settled, -settled.available - 1)


def test_capture_over_the_hold_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        ledger.capture(Balance(held=5, granted=5), 5, 6)


@pytest.mark.parametrize(("text", "micro"), [("1", 10**6), ("0.025", 25_000), ("-2.5", -2_500_000)])
def test_credits_are_exact(text: str, micro: int) -> None:
    assert ledger.to_microcredits(text) == micro
    assert ledger.to_credits(micro) == float(text)


@pytest.mark.parametrize("text", ["", "x", "0.0000001", "inf", "NaN", "1e999999999", "-1e40"])
def test_odd_credits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="credits"):
        ledger.to_microcredits(text)


def test_bucket_gives_the_burst_then_the_rate() -> None:
    limit = Limit(per_minute=60, burst=3)
    bucket = full(limit, 0.0)
    for _ in range(3):
        bucket, pause = take(bucket, limit, 0.0)
        assert pause == 0.0
    bucket, pause = take(bucket, limit, 0.0)
    assert pause == pytest.approx(1.0)
    bucket, pause = take(bucket, limit, 1.0)
    assert pause == 0.0
    bucket, pause = take(bucket, limit, 0.5)  # a clock that steps back gives nothing
    assert pause > 0


def test_outcomes_survive_json() -> None:
    image = ImageRef(key="k", media_type="image/png", width=1, height=2, seed=3, sha256="00", size=4)
    success = Success(images=(image,), metrics=Metrics(inference_seconds=0.5, evaluations=20), notes={"unknown": []})
    failure = Failure(code="worker_lost", message="m", detail="d")
    for outcome in (success, failure):
        assert outcome_from_dict(outcome_to_dict(outcome)) == outcome


def test_errors_have_a_default_message_and_a_code() -> None:
    found = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, errors.ImagendError)]
    own = [error for error in found if "code" in vars(error)]  # the others are kinds of what their parent says
    assert len({error.code for error in own}) == len(own) >= 28
    assert errors.Forbidden().message == "This API key may not use this model."
    assert errors.UnknownRequest("7").message == "Request 7 not found"
    assert errors.BadParameter("steps", "too many").message == "steps: too many"
    assert errors.RateLimited(retry_after_seconds=3).retry_after_seconds == 3


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("false", False), ("TRUE", True), (0, False), ("1", True)])
def test_flags(value: object, flag: bool) -> None:
    assert read_flag("base64", value) is flag


@pytest.mark.parametrize("value", [2, "yes!", None, [], 1.5])
def test_odd_flags_are_refused(value: object) -> None:
    with pytest.raises(errors.BadParameter, match="base64 must be true or false"):
        read_flag("base64", value)
