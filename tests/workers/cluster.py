"""A gateway whose workers are on a real Ray cluster, for tests and for the long set of faults."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.routing import Route
from starlette.types import ASGIApp

from imagend.api.scale import scale_route
from imagend.core import wire
from imagend.core.job import Job, JobPolicy
from imagend.desk.scaling import ScalePolicy, Scaler
from imagend.workers.pools import SubprocessPool
from tests.desk.house import House, fast_folder
from tests.servers.ray import RayCluster, environment, processes
from tests.workers.gateway import TOKEN, Gateway, gateway_in
from tests.workers.ray_toys import BROKEN, SLOW

BACKENDS = (SLOW, BROKEN)
LEASES = JobPolicy(lease_seconds=10.0, beat_seconds=0.5, fence_seconds=8.0, sweep_seconds=0.2, deadline_seconds=300.0)


class Rule(Scaler):
    """Figures of a rule whose numbers a test may change while it is asked."""

    def be(self, **numbers: float) -> None:
        self._policy = ScalePolicy(**{"doubling_seconds": 0.0, "target_wait_seconds": 0.1, **numbers})  # type: ignore[arg-type]


def patiently(true: Callable[[], bool]) -> None:
    """As `until`: on a busy machine the start of an actor and of a worker takes half a minute."""
    give_up_at = time.monotonic() + 240.0
    while not true():
        assert time.monotonic() < give_up_at, "it did not come true"
        time.sleep(0.05)


@dataclass(slots=True, kw_only=True)
class Site:
    """Everything: the cluster, the gateway, the pool's process."""

    cluster: RayCluster
    gateway: Gateway
    rule: Rule
    pools: list[SubprocessPool] = field(default_factory=list)

    def start_pool(self, *words: str) -> SubprocessPool:
        """words: more of the command line of `imagend ray-pool`."""
        token_file = self.gateway.folder / "token"
        token_file.write_text(TOKEN)
        command = [sys.executable, "-m", "imagend", "ray-pool", "--address", self.gateway.socket]
        command += ["--token-file", str(token_file), "--ray-address", self.cluster.address]
        pool = SubprocessPool([*command, *words], 1, lambda _: None, environment(self.cluster.folder))
        pool.start()
        self.pools.append(pool)
        return pool

    def workers(self) -> dict[str, int]:
        """{worker id: pid} of the worker processes."""
        lines = {pid: line for pid, line in processes().items() if f"--backend {SLOW}" in line}
        mine = {pid: line for pid, line in lines.items() if str(self.cluster.folder) in line}
        return {line.partition("--worker-id ")[2].split()[0]: pid for pid, line in mine.items()}

    def node_of(self, worker_id: str) -> int:
        """The number of the node that a worker is on."""
        pid = self.workers()[worker_id]
        while pid > 1:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            for number, pids in self.cluster.nodes.items():
                if pid in pids["raylet"]:
                    return number
        raise AssertionError(f"{worker_id} is on no node")

    def holder(self, job_id: str) -> str:
        """The worker that has the job, once it has begun with it."""
        patiently(lambda: self.gateway.look(job_id).lease is not None)
        lease = self.gateway.look(job_id).lease
        assert lease is not None
        return lease.worker_id

    def done(self, job_id: str) -> Job:
        patiently(lambda: self.gateway.look(job_id).state.final)
        return self.gateway.look(job_id)

    def ready(self, count: int) -> None:
        """Wait until the gateway has heard of as many workers."""
        house = self.gateway.house
        patiently(lambda: house.desk.crew_size(SLOW, house.clock()) >= count)


@contextmanager
def site(
    cluster: RayCluster,
    policy: JobPolicy = LEASES,
    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    backends: Sequence[str] = BACKENDS,
) -> Iterator[Site]:
    rules: list[Rule] = []

    def routes(house: House) -> list[Route]:
        rules.append(Rule(house.store, backends, house.desk.crew_size, ScalePolicy(idle_seconds=0.0), house.clock))
        return [scale_route(rules[0], (TOKEN,))]

    terms = wire.Terms(beat_seconds=policy.beat_seconds, fence_seconds=policy.fence_seconds)
    with fast_folder() as folder, gateway_in(folder, policy, routes=routes, terms=terms, wrap=wrap) as gateway:
        whole = Site(cluster=cluster, gateway=gateway, rule=rules[0])
        whole.rule.be(most=1, idle_seconds=1.0)
        try:
            yield whole
        finally:
            for pool in whole.pools:
                for child in pool.children():
                    child.process.kill()  # without a head it would take its time
                pool.stop()
            for pid in whole.workers().values():
                os.kill(pid, signal.SIGKILL)


def tried_ever_more_rarely(place: Site) -> None:
    """Workers for a model that cannot be loaded: they take no job, and fewer and fewer are sent for."""
    opened = place.cluster.folder / "opened"
    opened.unlink(missing_ok=True)
    place.rule.be(most=2, idle_seconds=1.0)
    job_id = place.gateway.submit(backend=BROKEN)
    patiently(lambda: opened.exists() and len(opened.read_text().split()) >= 3)
    times = [float(line) for line in opened.read_text().split()]
    assert times[2] - times[1] >= 1.0, "two were started together, the third after a pause"
    job = place.gateway.house.desk.abandon(place.gateway.account, job_id)
    assert (job.attempt, job.crashes) == (0, 0), "no job is spent on workers that never were"
    patiently(lambda: place.rule.figures()[BROKEN].target == 0)
