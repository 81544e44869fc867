"""A server in virtual time: the real desk, the real appetites of workers and real engines; only seconds are invented.

Two cores serve the workers. A row of a step costs `STEP`, drawing a picture `DRAW` per unit of its area; with more busy
workers than cores everything takes longer in proportion. Nothing depends on the machine that runs the test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from imagend.core import wire
from imagend.core.job import Job
from imagend.core.outcome import ImageRef, Metrics, Success
from imagend.core.recipe import Recipe
from imagend.desk.order import Order
from imagend.engine.engine import Engine
from imagend.engine.events import Event, Finished
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.worker import Pace, _appetites
from tests.desk.house import House, token
from tests.engine.toy import RECIPE, ToyBackend

CORES = 2
STEP, DRAW = 0.005, 0.2  # seconds: what a 512 x 512 picture of the bundled model takes on the reference machine
AREA = RECIPE.width * RECIPE.height


def picture(steps: int = 20, scale: int = 1) -> Recipe:
    """`scale`: how much longer drawing takes."""
    return replace(RECIPE, steps=steps, width=RECIPE.width * scale, height=RECIPE.height)


def cost(recipe: Recipe) -> float:
    """Seconds on an idle core."""
    return recipe.steps * STEP + DRAW * recipe.width * recipe.height / AREA


@dataclass(eq=False)
class SimulatedWorker:
    name: str
    pace: Pace
    house: House
    engine: Engine = field(init=False)
    backend: ToyBackend = field(default_factory=ToyBackend)
    book: LeaseBook = field(init=False)
    held: dict[str, tuple[Job, Held]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # compute by ticket
    spent: dict[str, float] = field(default_factory=dict)  # ... by account
    free_at: float = 0.0

    def __post_init__(self) -> None:
        self.backend.spec = replace(self.backend.spec, useful_lanes=1)
        self.engine = Engine({"toy": self.backend})
        self.book = LeaseBook(lambda: 0.0, 1e9)

    def claim(self, rivals: frozenset[str]) -> None:
        for appetite in _appetites(self.pace):
            if not appetite.asks(self.book):
                continue
            most, alone = appetite.most_jobs(self.book.pictures), not self.book.pictures
            jobs = self.house.desk.claim(self.name, "boot", ("toy",), most, alone, appetite.whose, rivals)
            for job in jobs:
                assert job.lease is not None
                held = self.book.enter(wire.Assignment(
                    job_id=job.id, token=token(job), attempt=1, solo=False, recipe=job.recipe,
                    deadline_in_seconds=1e9, share=job.account_id, weight=job.lease.weight,
                ))  # fmt: skip
                self.held[held.token] = job, held
                self.engine.add(held.token, job.recipe, share=held.share, weight=held.weight)

    def step(self, slowness: float) -> tuple[float, list[Event]]:
        """(seconds it takes, what comes of it)."""
        calls = len(self.backend.batches)
        events = self.engine.step()
        seconds = sum(self.backend.batches[calls:]) * STEP
        seconds += sum(DRAW * event.pixels.size / 3 / AREA for event in events if isinstance(event, Finished))
        for ticket, part in self.engine.charge(seconds * slowness).items():
            account = self.held[ticket][0].account_id
            self.spent[account] = self.spent.get(account, 0.0) + part
            self.seconds[ticket] = self.seconds.get(ticket, 0.0) + part
        return seconds * slowness, events


class FloodedHouse:
    """Submit with `order`, look at `latencies`; `run` until something is true."""

    def __init__(self, house: House, *, workers: int = 2, reserve: int = 0) -> None:
        self.house = house
        paces = [Pace()] * workers + [Pace(reserve=True)] * reserve
        self.workers = [
            SimulatedWorker(name=f"w{n}", pace=pace, house=house, free_at=house.clock.now)
            for n, pace in enumerate(paces)
        ]
        self.done: dict[str, list[float]] = {}  # account -> latencies of its finished jobs, in their order
        self.finished: Callable[[Job], None] = lambda _job: None

    def order(self, account: str, recipe: Recipe) -> None:
        self.house.desk.submit(account, Order(recipe=recipe, cost_microcredits=0))
        self._offer()

    def run(self, until: Callable[[], bool]) -> None:
        while not until():
            busy = [worker for worker in self.workers if not worker.engine.idle]
            assert busy, "nothing is left to do"
            worker = min(busy, key=lambda one: one.free_at)
            self.house.clock.now = max(self.house.clock.now, worker.free_at)
            seconds, events = worker.step(max(1.0, len(busy) / CORES))
            worker.free_at = self.house.clock.now + seconds
            for event in events:
                if isinstance(event, Finished) and event.left == 0:
                    self._finish(worker, event)

    def _finish(self, worker: SimulatedWorker, event: Finished) -> None:
        job, held = worker.held.pop(event.ticket)
        now, self.house.clock.now = self.house.clock.now, worker.free_at
        data = event.pixels.tobytes()
        key = self.house.desk.upload(job.id, token(job), 0, "jpeg", data)
        height, width, _ = event.pixels.shape
        image = ImageRef(key=key, media_type="image/jpeg", width=width, height=height, seed=event.seed,
                         sha256=hashlib.sha256(data).hexdigest(), size=len(data))  # fmt: skip
        metrics = Metrics(compute_seconds=worker.seconds.pop(event.ticket))
        self.house.desk.complete(job.id, token(job), Success(images=(image,), metrics=metrics))
        worker.book.drop(held)
        self.done.setdefault(job.account_id, []).append(self.house.clock.now - job.created_at)
        self.finished(job)
        self._offer()
        self.house.clock.now = now

    def _offer(self) -> None:
        """Everybody who waits for work asks; newcomers go to who has the least to do."""
        for worker in self.workers:
            if worker.engine.idle:
                worker.free_at = max(worker.free_at, self.house.clock.now)
        names = frozenset(worker.name for worker in self.workers)
        for rivals in (names, names, frozenset[str]()):  # each leaves newcomers to those with less to do; then not
            for worker in self.workers:
                worker.claim(rivals - {worker.name})
