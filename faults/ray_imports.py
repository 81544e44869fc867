"""F31: workers on a real Ray cluster that fail while they import their model, round by round, without any other load.

Each round has a gateway and a pool of its own, on one cluster: an order for a model that cannot be loaded is tried ever
more rarely and keeps its attempts; then an order for another model completes on the same nodes.
"""

from __future__ import annotations

import time
from pathlib import Path

from faults.report import Finding
from imagend.core.job import State
from tests.servers.ray import ray_cluster
from tests.workers.cluster import Site, site, tried_ever_more_rarely
from tests.workers.ray_toys import SLOW


def run(count: int, seed: int, folder: Path) -> Finding:  # noqa: ARG001
    """There is no chance in it, so `seed` means nothing."""
    seconds: list[float] = []
    violations: list[str] = []
    with ray_cluster() as cluster:
        cluster.add_node(num_cpus=2)
        for number in range(count):
            try:
                with site(cluster) as place:
                    place.start_pool()
                    tried_ever_more_rarely(place)
                    seconds.append(_other_model(place))
            except AssertionError as error:
                violations.append(f"round {number}: {error!r}")
    return Finding(fault_ids=("F31",), title="Ray workers that fail at import", repetitions=count,
                   acknowledged=len(seconds), violations=violations, recovery_seconds=seconds,
                   notes={"alone": True})  # fmt: skip


def _other_model(place: Site) -> float:
    """Seconds to its picture, the start of its worker included."""
    asked_at = time.monotonic()
    job = place.done(place.gateway.submit(backend=SLOW))
    assert (job.state, job.crashes) == (State.COMPLETED, 0)
    return round(time.monotonic() - asked_at, 3)
