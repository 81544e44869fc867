"""What harms a running installation, by name. Each actor does one harm, undoes it, and returns what it did."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from faults.conditions import CALM, Conditions, Way
from faults.database import Database
from faults.processes import Kept, send
from faults.proxy import FaultProxy
from faults.receiver import MOODS, Receiver
from faults.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What actors may reach."""

    system: System
    database: Database | None
    proxy: FaultProxy  # between a part of the customers and the gateways
    receiver: Receiver
    dice: random.Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`row`: of the fault table. `weight`: how often it is chosen among others."""

    row: str
    title: str
    act: Callable[[Field], Awaitable[str]]
    weight: int = 1
    rest_seconds: float = 0.0  # before the next harm: what is tried is recovery, not standstill


def _gateway(field: Field) -> Kept:
    return field.dice.choice([kept for kept in field.system.gateways if kept.process])


def _kill_workers(field: Field, count: int) -> int:
    pids = field.system.workers()
    victims = field.dice.sample(pids, min(count, len(pids)))
    for pid in victims:
        send(pid, signal.SIGKILL)
    return len(victims)


async def kill_gateway(field: Field) -> str:
    kept = _gateway(field)
    send(kept.pid, signal.SIGKILL)
    return kept.name


async def kill_worker(field: Field) -> str:
    return f"{_kill_workers(field, 1)} workers"


async def kill_both(field: Field) -> str:
    kept = _gateway(field)
    count = _kill_workers(field, 9)
    send(kept.pid, signal.SIGKILL)
    return f"{kept.name} and {count} workers"


async def end_gateway(field: Field) -> str:
    """SIGTERM; the supervisor starts the next one when it has drained."""
    kept = _gateway(field)
    send(kept.pid, signal.SIGTERM)
    return kept.name


async def end_worker(field: Field) -> str:
    for pid in field.dice.sample(field.system.workers(), 1) if field.system.workers() else ():
        send(pid, signal.SIGTERM)
    return "1 worker"


async def freeze_worker(field: Field) -> str:
    """Longer than its lease: what it says afterwards is refused."""
    pids = field.system.workers()
    if not pids:
        return "nobody"
    pid, seconds = field.dice.choice(pids), field.system.settings.lease_seconds * 1.5
    send(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    send(pid, signal.SIGCONT)
    return f"1 worker for {seconds:g} s"


async def freeze_gateway(field: Field) -> str:
    kept, seconds = _gateway(field), field.system.settings.lease_seconds * 1.5
    pid = kept.pid
    send(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    send(pid, signal.SIGCONT)
    return f"{kept.name} for {seconds:g} s"


async def _network(field: Field, conditions: Conditions, seconds: float) -> None:
    await asyncio.to_thread(field.proxy.set, conditions)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(field.proxy.set, CALM)


async def cut_clients(field: Field) -> str:
    await asyncio.to_thread(field.proxy.reset)
    return "RST to all connections"


async def lose_replies(field: Field) -> str:
    """Requests arrive and are obeyed; their answers are cut."""
    after = field.dice.choice((0, 1, 200))
    await _network(field, Conditions(down=Way(cut_after=after)), 1.0)
    return f"answers cut after {after} bytes for 1 s"


async def bad_network(field: Field) -> str:
    way = Way(latency_seconds=0.2, jitter_seconds=0.1, bytes_per_second=125_000)
    await _network(field, Conditions(up=way, down=way, drop_every=3), 3.0)
    return "200 ms, 1 Mbit/s, a third of connections reset, for 3 s"


async def part_clients(field: Field) -> str:
    """Nothing passes, first in one direction only."""
    one = Conditions(up=Way(black_hole=True)) if field.dice.random() < 0.5 else Conditions(down=Way(black_hole=True))
    await _network(field, one, 1.5)
    await asyncio.to_thread(field.proxy.reset)
    return "black hole one way for 1.5 s"


async def repeat_requests(field: Field) -> str:
    """Every request reaches the gateway twice: for orders with keys only, one without would be two orders."""
    await _network(field, Conditions(replay=1, replay_after_seconds=0.05), 1.5)
    return "every request twice for 1.5 s"


async def sulk(field: Field) -> str:
    """The webhook receiver misbehaves."""
    mood = field.dice.choice([mood for mood in MOODS if mood != "well"])
    field.receiver.mood = mood
    await asyncio.sleep(2.0)
    field.receiver.mood = "well"
    return mood


async def burst_of_kills(field: Field) -> str:
    """Killed again while it recovers."""
    kept = _gateway(field)
    for _ in range(3):
        with suppress(TimeoutError):
            await asyncio.wait_for(kept.ready.wait(), 20)
        await asyncio.sleep(field.dice.random() * 0.5)
        send(kept.pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
    return f"{kept.name} three times"


EMBEDDED: Mapping[str, Actor] = {
    "kill-gateway": Actor(row="F1", title="SIGKILL gateway", act=kill_gateway, weight=5, rest_seconds=2.0),
    "kill-worker": Actor(row="F2", title="SIGKILL worker mid-job", act=kill_worker, weight=6),
    "kill-both": Actor(row="F3", title="SIGKILL gateway and workers", act=kill_both, weight=3, rest_seconds=2.0),
    "end-gateway": Actor(row="F4", title="SIGTERM gateway (drain)", act=end_gateway, weight=2, rest_seconds=2.0),
    "end-worker": Actor(row="F5", title="SIGTERM worker", act=end_worker, weight=3),
    "freeze-worker": Actor(row="F6", title="SIGSTOP worker beyond its lease", act=freeze_worker, weight=2),
    "freeze-gateway": Actor(row="F7", title="SIGSTOP gateway beyond all leases", act=freeze_gateway, weight=1),
    "bad-network": Actor(row="F19", title="latency, 1 Mbit/s, connections lost", act=bad_network, weight=2),
    "lose-replies": Actor(row="F20", title="answers lost after execution", act=lose_replies, weight=4),
    "part-clients": Actor(row="F38", title="links stopped one way, then reset", act=part_clients, weight=3),
    "cut-clients": Actor(row="F38", title="all client connections reset", act=cut_clients, weight=4),
    "sulk": Actor(row="F32", title="webhook receiver misbehaves", act=sulk, weight=2),
    "burst": Actor(row="F1", title="SIGKILL gateway while it recovers", act=burst_of_kills, weight=1, rest_seconds=2.0),
}
