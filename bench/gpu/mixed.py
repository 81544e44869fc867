"""A mixed load through our engine under four schedulers, on a real clock: who waits for whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bench.gpu import arrivals, models, ours
from bench.gpu.arrivals import Request
from bench.gpu.run import Run
from bench.gpu.theirs import Asked
from bench.report import percentile
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.engine import Engine

MODEL = "z-image-turbo"
SEED = 1
LANES = 4  # as the models file has it unsaid
ALLOWED = 3.0  # times what the request takes alone
SHRINK = 16  # of sides and steps in small runs
MOST, LEAST, SMALL = 200, 20, 5  # requests
CLOSING = 30.0  # seconds of the run that are kept free


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """Which of the waiting requests, oldest first, the engine takes next; `alike`: equal shapes only share batches."""

    name: str
    admit: Callable[[Sequence[Request], Engine], Sequence[Request]]
    alike: bool = True


def _one(waiting: Sequence[Request], engine: Engine) -> Sequence[Request]:
    return waiting[:1] if engine.idle else ()


def _equals(waiting: Sequence[Request], engine: Engine) -> Sequence[Request]:
    """The oldest and those like it; nobody joins them later."""
    if not engine.idle:
        return ()
    return [one for one in waiting if _kind(one) == _kind(waiting[0])][:LANES]


def _all(waiting: Sequence[Request], _engine: Engine) -> Sequence[Request]:
    return waiting


SCHEDULERS = (
    Scheduler(name="serial", admit=_one),
    Scheduler(name="static batches", admit=_equals),
    Scheduler(name="steps, equal shapes", admit=_all),
    Scheduler(name="ours", admit=_all, alike=False),
)


def mixed(run: Run) -> None:
    compare(run, load=0.8)


def mixed_overload(run: Run) -> None:
    compare(run, load=1.3)


def mixed_ratios(run: Run) -> None:
    compare(run, load=0.8, ratios=True)


def compare(run: Run, *, load: float, ratios: bool = False) -> None:
    """load: of what one request after the other could do."""
    model = models.read(MODEL, small=run.small)
    backend = ours.Variant(name="ours").open(models.build(model, run.meter.device), run.meter, max_lanes=LANES)
    shrink = SHRINK if run.small else 1
    alone = {side: _alone(run, backend, model, side, steps, shrink) for side, steps, _ in arrivals.CLASSES}
    rate = load / arrivals.mean(alone)
    count = SMALL if run.small else int((run.meter.left - CLOSING) / len(SCHEDULERS) * min(rate, rate / load) * 0.9)
    asked = arrivals.requests(max(SMALL, min(MOST, count)), rate, SEED, ratios=ratios, shrink=shrink)
    if not run.small and len(asked) < LEAST:
        run.note(f"only {len(asked)} requests fit into the time: percentiles of so few say little")
    for scheduler in SCHEDULERS:
        run.attempt(scheduler.name, partial(_under, run, scheduler, backend, model, asked, alone))


def _alone(run: Run, backend: Any, model: models.Model, side: int, steps: int, shrink: int) -> float:
    """Seconds of one request of a class with nobody else there, its kernels found."""
    steps = max(2, steps // shrink)
    asked = Asked(number=side, width=side // shrink, height=side // shrink, steps=2, guidance=model.guidance)
    ours.draw(backend, asked, run.meter)
    return ours.draw(backend, replace(asked, number=side + 1, steps=steps), run.meter).total


def _under(
    run: Run, scheduler: Scheduler, backend: Any, model: models.Model, asked: Sequence[Request],
    alone: Mapping[int, float],
) -> None:  # fmt: skip
    served = EqualShapes(backend) if scheduler.alike else backend
    waits, seconds, batches = Traffic(served, scheduler, model, asked).flow()
    latencies = list(waits.values())
    allowed = [ALLOWED * alone[asked[number].side] for number in waits]
    small = [wait for number, wait in waits.items() if asked[number].side == arrivals.CLASSES[0][0]]
    run.add({
        "scheduler": scheduler.name, "requests": len(asked), "pictures/s": len(asked) / seconds,
        "p50 s": percentile(latencies, 0.5), "p95 s": percentile(latencies, 0.95),
        f"within {ALLOWED:g} x alone": arrivals.within(latencies, allowed),
        "p95 s of 512²": percentile(small, 0.95), "pictures per evaluation": batches,
    })  # fmt: skip


class Traffic:
    """Requests that come at their times, through one engine."""

    def __init__(
        self, backend: TorchBackend, scheduler: Scheduler, model: models.Model, asked: Sequence[Request]
    ) -> None:
        self._backend = backend
        self._engine = Engine({ours.NAME: backend})
        self._scheduler = scheduler
        self._model = model
        self._coming = list(asked)
        self._waiting: list[Request] = []
        self._arrived = {str(one.number): one.arrives for one in asked}
        self._pictures = 0
        self._evaluations = 0

    def flow(self) -> tuple[dict[int, float], float, float]:
        """Seconds from arrival to picture by number; of the whole; pictures in a mean evaluation."""
        waits: dict[int, float] = {}
        began = time.perf_counter()
        while self._coming or self._waiting or not self._engine.idle:
            self._let_in(time.perf_counter() - began)
            if self._engine.idle:
                time.sleep(max(0.0, self._coming[0].arrives - (time.perf_counter() - began)))
                continue
            for ticket in self._step():
                waits[int(ticket)] = time.perf_counter() - began - self._arrived[ticket]
        return waits, time.perf_counter() - began, self._pictures / max(1, self._evaluations)

    def _let_in(self, now: float) -> None:
        while self._coming and self._coming[0].arrives <= now:
            self._waiting.append(self._coming.pop(0))
        for request in list(self._scheduler.admit(self._waiting, self._engine)):
            self._waiting.remove(request)
            self._engine.add(str(request.number), self._recipe(request))

    def _step(self) -> list[str]:
        before = time.perf_counter()
        finished = ours.checked(self._engine.step())
        if self._engine.last_step and self._engine.last_step[1] == "denoise":
            self._evaluations += 1
            self._pictures += self._engine.last_step[2]
        self._engine.charge(time.perf_counter() - before)
        return [event.ticket for event in finished]

    def _recipe(self, request: Request) -> Any:
        asked = Asked(
            number=request.number, width=request.width, height=request.height, steps=request.steps,
            guidance=self._model.guidance,
        )  # fmt: skip
        return ours.recipe(self._backend, asked)


class EqualShapes(TorchBackend):
    """The same model, whose pictures share batches with those of their own shape only."""

    def __init__(self, backend: TorchBackend) -> None:
        vars(self).update(vars(backend))

    def batch_key(self, latent_shape: tuple[int, ...]) -> tuple[int, ...]:
        return latent_shape


def _kind(request: Request) -> tuple[int, int, int]:
    return request.width, request.height, request.steps
