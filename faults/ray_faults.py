"""Workers on a real Ray cluster of several nodes under faults (F30): `python -m faults.ray_faults --count 6`.

One round per cluster: orders keep coming while, in this order or as the seed shuffles it, a worker's process is killed,
an actor is killed, a node is killed, a node joins, a node with all it runs is frozen for 45 s, and at last the head is
killed. Then everything that was accepted is waited for.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faults.report import Finding
from imagend.core.job import JobPolicy, State
from imagend.desk.audit import audit
from tests.servers.ray import processes, ray_cluster
from tests.workers.cluster import Site, site
from tests.workers.ray_toys import SLOW

POLICY = JobPolicy(sweep_seconds=0.5, deadline_seconds=900.0, max_crashes=4, max_attempts=8)  # leases as usual: 30 s
WORKERS = 4
WAITING = 8  # orders that are kept in the queue
LEAST_JOBS = 60
FREEZE_SECONDS = 45.0
HEADLESS = 24  # pictures that must be made while the head is dead
PATIENCE_SECONDS = 240.0
KINDS = ("worker killed", "actor killed", "node killed", "node joined", "node frozen", "head killed")
LAST_WORDS = ("/internal/complete", "/internal/fail", "/internal/release")


class Refusals:
    """Counts last words of workers that were refused, between them and the internal application."""

    def __init__(self) -> None:
        self.count = 0

    def around(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            async def see(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] == 409:
                    self.count += scope["path"] in LAST_WORDS
                await send(message)

            await app(scope, receive, see)

        return counted


@dataclass(slots=True, kw_only=True)
class Round:
    """One cluster, its orders, and what was seen."""

    place: Site
    rng: random.Random
    jobs: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    spare: list[int] = field(default_factory=list)  # nodes that may be killed

    def feed(self, stop: threading.Event) -> None:
        """Keep the queue filled until told to stop, and LEAST_JOBS at the least."""
        while not stop.is_set() or len(self.jobs) < LEAST_JOBS:
            if self.place.gateway.house.desk.counts()["queued"] < WAITING:
                self.jobs.append(self.place.gateway.submit(backend=SLOW, seed=len(self.jobs)))
            else:
                time.sleep(0.05)

    def make(self, kind: str) -> None:
        """One fault, and how long it took until what it hit was at work elsewhere and the crew was whole again."""
        self.wait(lambda: len(self.ready()) >= WORKERS, "a whole crew before the fault")
        self.wait(lambda: bool(self._busy()), "work in hand")
        hit_at = time.monotonic()
        hit = self._hit(kind)
        jobs = [job_id for job_id, worker in self.held().items() if worker in hit]
        finished = self._finished()
        self.wait(lambda: self._finished() > finished, "a picture after the fault")
        first = time.monotonic() - hit_at
        self.wait(lambda: not any(self.held().get(job_id) in hit for job_id in jobs), "the jobs of the lost")
        moved = time.monotonic() - hit_at
        if kind == "node frozen":
            self.wait(lambda: time.monotonic() > hit_at + FREEZE_SECONDS, "the thaw")
        if kind == "head killed":
            self.wait(lambda: self._finished() >= finished + HEADLESS, "pictures without a head")
        else:
            self.wait(
                lambda: len(self.ready() - (hit if kind != "node frozen" else set())) >= WORKERS,
                "a whole crew after the fault",
            )
        whole = time.monotonic() - hit_at
        self.seen.append({
            "kind": kind, "workers_hit": len(hit), "jobs_hit": len(jobs), "first_picture_seconds": round(first, 1),
            "jobs_moved_seconds": round(moved, 1), "crew_whole_seconds": round(whole, 1),
        })  # fmt: skip
        print(json.dumps(self.seen[-1]), flush=True)

    def _hit(self, kind: str) -> set[str]:
        victim = self.rng.choice(self._busy() or sorted(self.place.workers()))
        pid = self.place.workers()[victim]
        if kind == "worker killed":
            os.kill(pid, signal.SIGKILL)
        elif kind == "actor killed":
            os.kill(parent_of(pid), signal.SIGKILL)
        elif kind == "node killed":
            return self._kill_node(victim)
        elif kind == "node joined":
            self.spare.append(self.place.cluster.add_node(num_cpus=2)[0])
            return set()
        elif kind == "node frozen":
            return self._freeze_node(victim)
        else:
            self.place.cluster.kill_head()
            return set()
        return {victim}

    def _busy(self) -> list[str]:
        return sorted(set(self.held().values()) & self.place.workers().keys())

    def _kill_node(self, victim: str) -> set[str]:
        node = self.place.node_of(victim)
        hit = self._on(node)
        self.place.cluster.remove_node(node)
        return hit

    def _freeze_node(self, victim: str) -> set[str]:
        node = self.place.node_of(victim)
        hit, pids = self._on(node), tree_of(self.place.cluster.nodes[node]["raylet"])
        signal_all(pids, signal.SIGSTOP)
        threading.Timer(FREEZE_SECONDS, signal_all, (pids, signal.SIGCONT)).start()
        return hit

    def _on(self, node: int) -> set[str]:
        return {worker for worker in self.place.workers() if self.place.node_of(worker) == node}

    def held(self) -> dict[str, str]:
        """{job: the worker that has it}."""
        looked = (self.place.gateway.look(job_id) for job_id in list(self.jobs))
        return {job.id: job.lease.worker_id for job in looked if job.lease}

    def ready(self) -> set[str]:
        house = self.place.gateway.house
        return set(house.desk.crew.near(SLOW, house.clock())) & self.place.workers().keys()

    def _finished(self) -> int:
        return sum(self.place.gateway.look(job_id).state.final for job_id in list(self.jobs))

    def wait(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not true():
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not come")
            time.sleep(0.05)


def run(count: int, seed: int, folder: Path) -> Finding:
    """`count` faults, as many rounds as they take. Clusters have folders of their own, with short names: their sockets
    have paths of at most 107 bytes. `folder` gets what was seen, fault by fault."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    seen: list[dict[str, Any]] = []
    violations: list[str] = []
    jobs = refused = attempts = 0
    while len(seen) < count:
        kinds = [*rng.sample(KINDS[:5], 5), KINDS[5]][: count - len(seen)]
        if "node joined" in kinds and "node killed" in kinds:
            kinds.sort(key=lambda kind: (kind == "head killed", kind == "node joined"))
        refusals = Refusals()
        with _round(rng, refusals, kinds) as made:
            seen += made.seen
            violations += [f"seed {seed}: {word}" for word in check(made)]
            jobs += len(made.jobs)
            attempts += sum(made.place.gateway.look(job_id).attempt for job_id in made.jobs)
            refused += refusals.count
    (folder / "ray-faults.json").write_text(json.dumps(seen, indent=1) + "\n")
    return Finding(
        fault_ids=("F30",),
        title="Ray: worker, actor, node, raylet and head killed or frozen, nodes joining",
        repetitions=len(seen),
        acknowledged=jobs,
        violations=violations,
        recovery_seconds=[one["jobs_moved_seconds"] for one in seen],
        notes={"faults": seen, "attempts": attempts, "stale_last_words_refused": refused,
               "lease_seconds": POLICY.lease_seconds, "max_crashes": POLICY.max_crashes},
    )  # fmt: skip


@contextmanager
def _round(rng: random.Random, refusals: Refusals, kinds: Sequence[str]) -> Iterator[Round]:
    """Faults while orders come; then everything that was accepted is waited for."""
    with ray_cluster() as cluster:
        nodes = [cluster.add_node(num_cpus=2)[0] for _ in range(3)]  # one more than needed: places to go to
        with site(cluster, POLICY, refusals.around, (SLOW,)) as place:
            place.gateway.account = place.gateway.house.account(10**12, "a rich one")
            place.rule.be(most=WORKERS, least=WORKERS, idle_seconds=600.0)
            place.start_pool("--worker-argument=--slots", "--worker-argument=1")
            made = Round(place=place, rng=rng, spare=nodes)
            stop = threading.Event()
            feeder = threading.Thread(target=made.feed, args=(stop,), daemon=True)
            feeder.start()
            try:
                for kind in kinds:
                    made.make(kind)
            finally:
                stop.set()
                feeder.join()
            made.wait(lambda: made._finished() == len(made.jobs), "the end of everything accepted")
            yield made


def check(made: Round) -> list[str]:
    """What was promised and not kept."""
    house = made.place.gateway.house
    looked = [made.place.gateway.look(job_id) for job_id in made.jobs]
    wrong = [f"{job.id} is {job.state.value}: {job.outcome}" for job in looked if job.state is not State.COMPLETED]
    rows = house.store.read(lambda reads: reads.audit("ledger"))
    for job in looked:
        ends = [row["kind"] for row in rows if row["request_id"] == job.id and row["kind"] != "reserve"]
        if ends != ["settle"]:
            wrong.append(f"{job.id} is settled as {ends}")
    return wrong + [str(one) for one in audit(house.store)]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def tree_of(roots: Sequence[int]) -> list[int]:
    """These processes and all below them."""
    found, alive = list(roots), list(processes())
    parents: dict[int, int] = {}
    for pid in alive:
        try:
            parents[pid] = parent_of(pid)
        except OSError:
            continue
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    finding = run(given.count, given.seed, Path(tempfile.mkdtemp()))
    text = json.dumps(finding.to_json(), indent=1) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text)
    if not finding.held:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
