"""More comes than workers can do: what would end too late is refused at once, and nobody else is refused for it."""

from __future__ import annotations

import pytest

from imagend.core.errors import QueueFull
from imagend.core.job import Job
from tests.desk.house import House, order

EACH_SECONDS, PATIENCE_SECONDS = 10.0, 100.0
FITS = 8  # of these wait 80 s, the share of their patience that orders may be expected to wait


@pytest.fixture(autouse=True)
def predictions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.desk.predictor, "seconds", lambda recipe: EACH_SECONDS)


def submit(house: House, account: str, *, deadline: float = PATIENCE_SECONDS, key: str | None = None) -> Job:
    house.clock.now += 1.0  # what is known of the queue is a second old at the most
    return house.desk.submit(account, order(deadline=deadline, key=key))


def test_what_would_be_too_late_is_refused_at_once_and_free(house: House) -> None:
    house.claim("w1")
    crowd = house.account()
    before = [submit(house, crowd, key=f"k{number}") for number in range(FITS + 1)]
    with pytest.raises(QueueFull) as refused:
        submit(house, crowd)
    assert refused.value.retry_after_seconds == pytest.approx(EACH_SECONDS)
    assert house.desk.counts()["queued"] == len(before)
    assert house.accounts.balance(crowd).held == sum(job.cost_microcredits for job in before)
    assert submit(house, crowd, deadline=2 * PATIENCE_SECONDS).id, "who can wait may"
    assert submit(house, crowd, key="k3").id == before[3].id, "a repeated order is no new one"


def test_a_newcomer_is_not_refused_for_a_flood(house: House) -> None:
    house.claim("w1")
    crowd, newcomer = house.account(), house.account()
    for _ in range(FITS + 1):
        submit(house, crowd)
    for _ in range(FITS // 2 + 1):  # half of the worker is his
        submit(house, newcomer)
    with pytest.raises(QueueFull):
        submit(house, newcomer)


def test_more_workers_take_more(house: House) -> None:
    for worker in ("w1", "w2"):
        house.claim(worker)
    crowd = house.account()
    for _ in range(2 * FITS + 1):
        submit(house, crowd)
    with pytest.raises(QueueFull):
        submit(house, crowd)


def test_without_any_worker_nothing_is_predicted(house: House) -> None:
    crowd = house.account()
    for _ in range(2 * FITS):
        submit(house, crowd)
    assert house.desk.counts()["queued"] == 2 * FITS
