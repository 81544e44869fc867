"""Workers on a real Ray cluster of several nodes: placed, lost, frozen, sent home, found again. One cluster for all."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from imagend.core.job import State
from tests.servers.ray import RayCluster, ray_cluster
from tests.workers.cluster import SLOW, Site, patiently, site, tried_ever_more_rarely

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with ray_cluster(health_check_period_ms="1000", health_check_failure_threshold="3") as cluster:
        cluster.add_node(num_cpus=2)
        yield cluster


@pytest.fixture(scope="module")
def place(cluster: RayCluster) -> Iterator[Site]:
    with site(cluster) as place:
        place.start_pool()
        yield place


def test_from_nothing_to_a_picture_and_back_to_nothing(place: Site) -> None:
    assert place.workers() == {}
    job = place.done(place.gateway.submit(backend=SLOW))
    assert (job.state, job.crashes) == (State.COMPLETED, 0)
    patiently(lambda: place.workers() == {})


def test_workers_that_cannot_load_are_tried_ever_more_rarely(place: Site) -> None:
    tried_ever_more_rarely(place)


def test_a_killed_worker_costs_an_attempt_and_no_lease(place: Site) -> None:
    place.rule.be(most=1, idle_seconds=600.0)
    job_id = place.gateway.submit(backend=SLOW)
    holder = place.holder(job_id)
    os.kill(place.workers()[holder], signal.SIGKILL)
    job = place.done(job_id)
    assert (job.state, job.attempt, job.crashes) == (State.COMPLETED, 2, 1)


def test_the_next_pool_finds_the_workers_of_the_last(place: Site, caplog: pytest.LogCaptureFixture) -> None:
    place.ready(1)
    before = place.workers()
    [child] = place.pools[0].children()
    child.process.kill()
    patiently(lambda: "was there already" in caplog.text)
    assert place.done(place.gateway.submit(backend=SLOW)).state is State.COMPLETED
    assert place.workers() == before


def test_a_lost_node(place: Site) -> None:
    place.cluster.add_node(num_cpus=2)
    job_id = place.gateway.submit(backend=SLOW)
    place.cluster.remove_node(place.node_of(place.holder(job_id)))
    job = place.done(job_id)
    assert (job.state, job.attempt, job.crashes) == (State.COMPLETED, 2, 1)


def test_a_frozen_worker_is_overtaken_and_refused(place: Site) -> None:
    place.rule.be(most=2, idle_seconds=600.0)
    warm = [place.gateway.submit(backend=SLOW) for _ in range(4)]
    patiently(lambda: len(place.workers()) == 2)
    for job_id in warm:
        place.done(job_id)
    job_id = place.gateway.submit(backend=SLOW)
    frozen = place.holder(job_id)
    pid = place.workers()[frozen]
    os.kill(pid, signal.SIGSTOP)
    job = place.done(job_id)
    os.kill(pid, signal.SIGCONT)
    assert (job.state, job.crashes) == (State.COMPLETED, 1)
    assert place.done(place.gateway.submit(backend=SLOW)).state is State.COMPLETED
    assert place.gateway.look(job_id) == job


def test_workers_go_on_without_the_head(place: Site) -> None:
    """The last one: this cluster does not come back."""
    place.ready(1)
    place.cluster.kill_head()
    jobs = [place.gateway.submit(backend=SLOW) for _ in range(2)]
    assert [place.done(job_id).state for job_id in jobs] == [State.COMPLETED] * 2
