"""Metrics follow Prometheus' conventions, count what happens, and have few series whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import Metric as Family
from prometheus_client.parser import text_string_to_metric_families

from imagend.core.errors import StorageUnavailable
from imagend.core.outcome import Success
from imagend.core.watch import Level
from imagend.desk.desk import Desk
from imagend.desk.levels import Levels
from imagend.telemetry.metrics import MAX_SERIES, OTHER, Metrics
from imagend.telemetry.table import COUNTER, HISTOGRAM, LEVEL, METRICS
from tests.desk.house import Clock, House, house_in, order, token

UNITS = ("_seconds", "_bytes", "_ratio", "_info", "_total", "_micro")
DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


def read(metrics: Metrics) -> dict[str, Family]:
    return {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    samples = (sample for family in read(metrics).values() for sample in family.samples)
    return next((one.value for one in samples if one.name == f"imagend_{name}" and one.labels == labels), 0.0)


def test_names_follow_the_conventions() -> None:
    assert len({one.name for one in METRICS}) == len(METRICS)
    for one in METRICS:
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", one.name)
        assert one.about
        assert (one.kind == COUNTER) == one.name.endswith("_total")
        assert bool(one.buckets) == (one.kind == HISTOGRAM)
        assert not {"account", "key", "path", "prompt", "request", "worker"} & set(one.labels)
        if one.kind == LEVEL:
            assert not one.name.endswith("_total")


def test_every_metric_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    for one in METRICS:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        assert f"| `imagend_{one.name}` | {one.kind} | {labels} | {one.about} |" in text, one.name


def test_series_stay_few_whatever_comes() -> None:
    metrics = Metrics()
    for number in range(MAX_SERIES + 50):
        metrics.count("jobs_refused_total", code=f"made-up-{number}")
    samples = [one for one in read(metrics)["imagend_jobs_refused"].samples if one.name.endswith("_total")]
    assert len(samples) == MAX_SERIES + 1
    assert value(metrics, "jobs_refused_total", code=OTHER) == 50


def test_unknown_names_are_our_mistake() -> None:
    with pytest.raises(KeyError):
        Metrics().count("jobs_total")


def test_counters_are_told_though_the_database_is_away() -> None:
    def away() -> Iterable[Level]:
        raise StorageUnavailable

    metrics = Metrics(away)
    metrics.count("jobs_submitted_total", model="imagen-4")
    assert value(metrics, "jobs_submitted_total", model="imagen-4") == 1


def watched(house: House, clock: Clock, metrics: Metrics) -> House:
    """The same house with a desk that is counted."""
    desk = Desk(house.store, house.blobs, house.policy, clock, house.bell, watch=metrics)
    return House(**{name: getattr(house, name) for name in House.__slots__} | {"desk": desk})


def test_a_day_of_the_desk(tmp_path: Path) -> None:
    metrics, clock = Metrics(), Clock()
    with house_in(tmp_path, clock=clock) as plain:
        house = watched(plain, clock, metrics)
        metrics.read_levels_from(Levels(house.store, house.desk, clock).read)
        account = house.account()
        model = house.desk.submit(account, order()).recipe.model
        clock.now += 2
        [first] = house.claim()
        clock.now += 3
        done = house.finish(first)
        assert isinstance(done.outcome, Success)
        house.desk.complete(done.id, token(first), done.outcome)  # a repetition
        house.desk.submit(account, order())
        [second] = house.claim()
        assert value(metrics, "workers", backend="noop", state="working") == 1
        house.desk.worker_lost("w1")
        cancelled = house.desk.abandon(account, second.id)
        house.desk.abandon(account, second.id)
        with pytest.raises(Exception, match="lease"):
            house.desk.release(cancelled.id, token(second))
        house.desk.submit(account, order())
        clock.now += 7
        labels = {"model": model}
        assert value(metrics, "jobs_submitted_total", **labels) == 3
        assert value(metrics, "jobs_claimed_total", **labels) == 2
        assert value(metrics, "jobs_finished_total", state="COMPLETED", code="ok", **labels) == 1
        assert value(metrics, "jobs_finished_total", state="FAILED", code="cancelled", **labels) == 1
        assert value(metrics, "job_wait_seconds_sum", **labels) == 2
        assert value(metrics, "job_total_seconds_sum", **labels) == 5
        assert value(metrics, "worker_crashes_total") == 1
        assert value(metrics, "jobs_taken_back_total", reason="leases_of_worker") == 1
        assert value(metrics, "stale_results_refused_total", verb="release") == 1
        assert value(metrics, "queue_jobs", backend="noop") == 1
        assert value(metrics, "queue_oldest_seconds", backend="noop") == 7
