"""Pictures that are held back: real worker processes, the real desk; the gateway audits the books at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imagend.core.outcome import Failure, Success, Verdict
from imagend.core.recipe import SafetyPolicy
from tests.desk.house import COST
from tests.workers.gateway import Gateway, fresh_gateway

pytestmark = pytest.mark.system
ALL = SafetyPolicy(people="ALLOW_ALL")
NOBODY = SafetyPolicy(people="DONT_ALLOW")
MESSAGE = "Content blocked by safety filter (stage=image, category=people). Support codes: 39322892"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with fresh_gateway() as gateway:
        yield gateway


def blob_count(gateway: Gateway) -> int:
    return sum(1 for _ in gateway.house.blobs.list("r"))


def test_some_held_back_the_others_delivered_and_paid(gateway: Gateway) -> None:
    gateway.ready_pool(backends=["tests.safety.painters:Describer"])
    before = gateway.house.accounts.balance(gateway.account).available
    outcome = gateway.wait(gateway.submit(count=4)).outcome
    assert isinstance(outcome, Success)
    assert len(outcome.images) == 2
    assert [(v.stage, v.category, v.support_code) for v in outcome.filtered] == [("image", "child", "17301594")] * 2
    assert {v.index for v in outcome.filtered} | {image.seed - 7 for image in outcome.images} == {0, 1, 2, 3}
    assert blob_count(gateway) == 2
    assert before - gateway.house.accounts.balance(gateway.account).available == COST * 2 // 4


def test_all_held_back_fails_without_charge_and_without_a_file(gateway: Gateway) -> None:
    gateway.ready_pool(backends=["tests.safety.painters:Father"])
    before = gateway.house.accounts.balance(gateway.account).available
    job = gateway.wait(gateway.submit(count=2, safety=NOBODY))
    assert isinstance(job.outcome, Failure)
    assert (job.outcome.code, job.outcome.message, job.attempt) == ("content_blocked", MESSAGE, 1)
    assert job.outcome.verdicts == tuple(
        Verdict(stage="image", category="people", support_code="39322892", index=index) for index in (0, 1)
    )
    assert job.outcome.metrics.evaluations > 0
    assert blob_count(gateway) == 0
    assert gateway.house.accounts.balance(gateway.account).available == before


def test_who_allows_all_gets_all(gateway: Gateway) -> None:
    gateway.ready_pool(backends=["tests.safety.painters:Describer"])
    outcome = gateway.wait(gateway.submit(count=4, safety=ALL)).outcome
    assert isinstance(outcome, Success)
    assert (len(outcome.images), outcome.filtered) == (4, ())


def test_a_picture_classifier_is_plugged_in_by_name(gateway: Gateway) -> None:
    gateway.ready_pool("fast", own_terms={"safety_picture": "tests.safety.painters:Dark?below=256"})
    outcome = gateway.wait(gateway.submit()).outcome
    assert isinstance(outcome, Failure)
    assert "(stage=image, category=violence)" in outcome.message


def test_nothing_passes_a_broken_classifier(gateway: Gateway) -> None:
    gateway.ready_pool("fast", own_terms={"safety_picture": "tests.safety.painters:Broken"})
    outcome = gateway.wait(gateway.submit()).outcome
    assert isinstance(outcome, Failure)
    assert (outcome.code, blob_count(gateway)) == ("internal", 0)
    assert "classifier" not in outcome.message
