"""One part of a fault run: a fresh installation, customers, harms in a seeded order, calm, and the verdict."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from faults.checker import Violation, check
from faults.database import Database
from faults.history import Answer, Event, Fault, Recorder, Seen, Submit, read_history
from faults.load import Load, Pace
from faults.nemesis import EMBEDDED, Actor, Field
from faults.proxy import FaultProxy
from faults.receiver import Receiver
from faults.report import Finding
from faults.rest import Rest, read_rest, waiting
from faults.system import PRICE_MICROCREDITS, System
from faults.wire import Client

DRAIN_SECONDS = 240.0
THROUGH_PROXY = 3  # one of so many ways to the server leads through the proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a part ends: as soon as both numbers are reached."""

    seed: int
    acknowledged: int
    faults: int
    pause_seconds: float = 2.2  # between two harms, on the average
    pace: Pace = field(default_factory=Pace)
    actors: Mapping[str, Actor] = field(default_factory=lambda: EMBEDDED)
    script: tuple[str, ...] = ()  # these harms first, in this order; then any
    tenants: int = 8
    changes: Mapping[str, Any] = field(default_factory=dict)  # settings
    postgres: bool = False
    gateways: int = 1
    remote_workers: int = 0


@dataclass(slots=True, kw_only=True)
class Part:
    """What a part found. JSON-ready with `asdict`."""

    seed: int
    seconds: float
    acknowledged: int
    orders: int
    completed: int
    failed: dict[str, int]
    faults: dict[str, int]
    violations: list[str]
    recovery: dict[str, list[float]]  # seconds by actor: until an order was acknowledged that was sent after the harm
    completion: dict[str, list[float]]  # seconds by actor: until an order was seen COMPLETED that was asked after it
    submit_p99_seconds: float
    counts: dict[str, int]


def run_part(plan: Plan, folder: Path) -> Part:
    """Blocks. Leaves `history.jsonl` and the logs in the folder."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(plan, folder))


def finding_of(part: Part, fault_ids: tuple[str, ...], title: str, repetitions: int) -> Finding:
    return Finding(
        fault_ids=fault_ids, title=title, repetitions=repetitions, acknowledged=part.acknowledged,
        violations=[f"seed {part.seed}: {sentence}" for sentence in part.violations],
        notes={"orders": part.orders, "completed": part.completed, "failed": part.failed},
    )  # fmt: skip


async def _run(plan: Plan, folder: Path) -> Part:
    started = time.monotonic()
    recorder = _recorder(folder)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(seed=plan.seed)) if plan.postgres else None
        system = System(
            folder=folder, tenants_wanted=plan.tenants, changes=plan.changes, database=database,
            gateways_wanted=plan.gateways, remote_workers=plan.remote_workers,
        )  # fmt: skip
        receiver = await stack.enter_async_context(Receiver(recorder=recorder, dice=random.Random(plan.seed)))
        await stack.enter_async_context(system)
        proxy = stack.enter_context(FaultProxy(f"127.0.0.1:{system.ports[0]}", seed=plan.seed))
        load = Load(
            tenants=system.tenants, clients=_ways(system, proxy), recorder=recorder, receiver=receiver,
            pace=plan.pace, seed=plan.seed,
        )  # fmt: skip
        field_ = Field(database=database, system=system, proxy=proxy, receiver=receiver, dice=random.Random(plan.seed))
        await _harm_and_load(plan, field_, load, recorder)
        await _calm(system, receiver)
        await load.settle()
        for client in load.clients:
            client.drop_all()
        await _stop(system)
        recorder.close()
        rest = read_rest(system.settings, system.accounts, PRICE_MICROCREDITS, system.books_url)
    events = list(read_history(folder / "history.jsonl"))
    return _part(plan, load, rest, events, check(events, rest), time.monotonic() - started)


def _recorder(folder: Path) -> Recorder:
    folder.mkdir(parents=True, exist_ok=True)
    return Recorder(folder / "history.jsonl")


def _ways(system: System, proxy: FaultProxy) -> list[Client]:
    straight = [Client("127.0.0.1", port) for port in system.ports[: system.gateways_wanted]]
    return straight * (THROUGH_PROXY - 1) + [Client("127.0.0.1", proxy.port)] * len(straight)


async def _harm_and_load(plan: Plan, field_: Field, load: Load, recorder: Recorder) -> None:
    enough = asyncio.Event()
    customers = asyncio.create_task(load.run(until=enough))
    done = 0
    while done < plan.faults or load.counts["acknowledged"] < plan.acknowledged:
        await asyncio.sleep(plan.pause_seconds * (0.5 + field_.dice.random()))
        if customers.done():
            break
        if plan.faults:
            name = plan.script[done] if done < len(plan.script) else _any(plan.actors, field_.dice)
            done += 1
            await _harm(name, plan.actors[name], field_, recorder)
    enough.set()
    await customers


def _any(actors: Mapping[str, Actor], dice: random.Random) -> str:
    return dice.choices(list(actors), [actor.weight for actor in actors.values()])[0]


async def _harm(name: str, actor: Actor, field_: Field, recorder: Recorder) -> None:
    at = time.monotonic()
    about = await actor.act(field_)
    recorder.note(Fault(at=at, until=time.monotonic(), name=name, about=about))
    await asyncio.sleep(actor.rest_seconds)


async def _calm(system: System, receiver: Receiver) -> None:
    """Everything is healed; wait until nothing is under way."""
    receiver.mood = "well"
    await system.wait_ready()
    async with asyncio.timeout(DRAIN_SECONDS):
        while await asyncio.to_thread(waiting, system.settings, system.books_url):
            await asyncio.sleep(0.25)


async def _stop(system: System) -> None:
    """Politely; what lies at rest is read afterwards."""
    await asyncio.gather(*(kept.stop() for kept in (*system.crews, *system.gateways)))


def _part(plan: Plan, load: Load, rest: Rest, events: list[Event], violations: list[Violation], seconds: float) -> Part:
    faults = [event for event in events if isinstance(event, Fault)]
    return Part(
        seed=plan.seed,
        seconds=round(seconds, 1),
        acknowledged=load.counts["acknowledged"],
        orders=len(rest.orders),
        completed=sum(order.state == "COMPLETED" for order in rest.orders.values()),
        failed=dict(Counter(order.code for order in rest.orders.values() if order.state == "FAILED")),
        faults=dict(Counter(fault.name for fault in faults)),
        violations=[f"{violation.kind}: {violation.about}" for violation in violations],
        recovery=_after(faults, _acknowledgements(events)),
        completion=_after(faults, _completions(events)),
        submit_p99_seconds=_percentile(load.submit_seconds, 0.99),
        counts=dict(load.counts),
    )


def _acknowledgements(events: Iterable[Event]) -> list[tuple[float, float]]:
    """(sent, answered) of acknowledged submits, by when they were answered."""
    sent = {event.call: event.at for event in events if isinstance(event, Submit)}
    return sorted(
        ((sent[event.call], event.at) for event in events if isinstance(event, Answer) and event.request_id),
        key=lambda pair: pair[1],
    )


def _completions(events: Iterable[Event]) -> list[tuple[float, float]]:
    looks = (event for event in events if isinstance(event, Seen) and event.state == "COMPLETED")
    return sorted(((look.asked_at, look.at) for look in looks), key=lambda pair: pair[1])


def _after(faults: Iterable[Fault], pairs: list[tuple[float, float]]) -> dict[str, list[float]]:
    """From the end of each harm to the first success that was begun after it."""
    found: dict[str, list[float]] = {}
    for fault in faults:
        first = next((done - fault.until for begun, done in pairs if begun >= fault.until), None)
        if first is not None:
            found.setdefault(fault.name, []).append(round(first, 3))
    return found


def _percentile(values: list[float], share: float) -> float:
    return round(statistics.quantiles(values, n=1000)[round(share * 1000) - 1], 4) if len(values) > 1 else 0.0
