"""A small queueing simulation of one cell: jobs arrive, gateways and database do their share, GPUs do the work.

Every part is a first-come-first-served queue with some servers (Kendall's G/G/c); a job visits them in the order of a
real one: gateway (submit), database (submit), GPU, database (claim and complete), gateway (internal calls), and as long
as it is not final its client polls once a second, which is work for the gateways too. Arrivals are Poisson, optionally
in bursts; image times are lognormal. The database's transactions and the gateways' processor times come from
measurements (docs/data/bench-costs.json); see docs/scaling.md.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell has, and what a job costs it (seconds of one server)."""

    gpus: int
    gateway_cores: int
    database_cores: int
    image_seconds: float = 4.0  # of one GPU, mean
    image_spread: float = 0.5  # standard deviation of the logarithm
    submit_seconds: float
    poll_seconds: float
    work_seconds: float  # gateway: claim, report, upload target, complete
    database_seconds: float  # per job, all its transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    per_second: float  # jobs, mean
    burst: float = 1.0  # in every tenth second arrivals come this many times as fast; the others make room for it
    seconds: float = 60.0


@dataclass(slots=True)
class Station:
    """A first-come-first-served queue with `servers` servers, fed in order of time."""

    servers: int
    busy_seconds: float = 0.0
    free_at: list[float] = field(default_factory=list)

    def serve(self, arrives_at: float, seconds: float) -> float:
        """When a customer leaves."""
        begins = arrives_at
        if len(self.free_at) >= self.servers:
            begins = max(arrives_at, heapq.heappop(self.free_at))
        heapq.heappush(self.free_at, begins + seconds)
        self.busy_seconds += seconds
        return begins + seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    waits: list[float]  # seconds from submit to the GPU's begin, per job
    totals: list[float]  # seconds from submit to the result, per job
    answers: list[float]  # seconds per status poll
    used: dict[str, float]  # part -> share of its time it was busy


def arrivals(load: Load, rng: random.Random) -> Iterator[float]:
    """Moments of a Poisson process whose rate is `burst` times higher in every tenth second."""
    calm = load.per_second * 10 / (9 + load.burst)
    now = 0.0
    while True:
        rate = calm * (load.burst if int(now) % 10 == 9 else 1.0)
        now += rng.expovariate(rate)
        if now >= load.seconds:
            return
        yield now


def simulate(cell: Cell, load: Load, rng: random.Random) -> Outcome:
    """Run the load through the cell. Events are handled in order of time, so that every queue is fed in order."""
    gateway, database, gpus = Station(cell.gateway_cores), Station(cell.database_cores), Station(cell.gpus)
    location = math.log(cell.image_seconds) - cell.image_spread**2 / 2
    events: list[tuple[float, int, str, int]] = []  # when, tie-breaker, what, job
    born = list(arrivals(load, rng))
    final = [math.inf] * len(born)
    waits, totals, answers = [0.0] * len(born), [0.0] * len(born), []
    number = 0

    def push(at: float, what: str, job: int) -> None:
        nonlocal number
        number += 1
        heapq.heappush(events, (at, number, what, job))

    for job, at in enumerate(born):
        push(at, "submit", job)
    while events:
        at, _, what, job = heapq.heappop(events)
        match what:
            case "submit":
                push(gateway.serve(at, cell.submit_seconds), "insert", job)
            case "insert":
                stored = database.serve(at, cell.database_seconds / 3)
                push(stored, "image", job)
                push(stored + POLL_SECONDS, "poll", job)
            case "image":
                seconds = rng.lognormvariate(location, cell.image_spread)
                done = gpus.serve(at, seconds)
                waits[job] = done - seconds - born[job]
                push(done, "complete", job)
            case "complete":
                push(gateway.serve(at, cell.work_seconds), "settle", job)
            case "settle":
                final[job] = database.serve(at, cell.database_seconds * 2 / 3)
                totals[job] = final[job] - born[job]
            case "poll":
                answered = gateway.serve(at, cell.poll_seconds)
                answers.append(answered - at)
                if final[job] > answered:
                    push(answered + POLL_SECONDS, "poll", job)
    span = max(max(final, default=load.seconds), load.seconds)
    used = {
        "GPUs": gpus.busy_seconds / (cell.gpus * span),
        "gateways": gateway.busy_seconds / (cell.gateway_cores * span),
        "database": database.busy_seconds / (cell.database_cores * span),
    }
    return Outcome(waits=waits, totals=totals, answers=answers, used=used)


def saturates_at(cell: Cell) -> dict[str, float]:
    """Jobs per second at which each part has no time left: its servers over what a job costs it. A job is polled for as
    long as its image takes (waiting adds to that)."""
    polls = cell.image_seconds / POLL_SECONDS
    gateway = cell.submit_seconds + cell.work_seconds + polls * cell.poll_seconds
    return {
        "GPUs": cell.gpus / cell.image_seconds,
        "gateways": cell.gateway_cores / gateway,
        "database": cell.database_cores / cell.database_seconds,
    }
