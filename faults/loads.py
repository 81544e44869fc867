"""Loads to hold, L1 to L10: each a function of a running installation that returns what it reached beside its bar."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from faults.database import Database
from faults.processes import cpu_seconds, resident_bytes
from faults.rest import Rest, read_rest, waiting
from faults.stream import Stream, percentile
from faults.system import PRICE_MICROCREDITS, System
from faults.wire import Client, NoConnection, NoReply

DRAIN_SECONDS = 900.0
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One load as it came out. `held`: every part of the bar was reached."""

    name: str
    title: str
    bar: str
    held: bool
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    title: str
    bar: str
    run: Callable[[System, float], Awaitable[tuple[bool, Figures]]]
    minutes: float
    tenants: int = 20
    gateways: int = 1  # several: on PostgreSQL
    remote_workers: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)


def run_load(name: str, load: Load, folder: Path, minutes: float | None) -> Loaded:
    """Blocks."""

    async def work() -> tuple[bool, Figures]:
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(Database()) if load.gateways > 1 else None
            system = System(
                folder=folder, tenants_wanted=load.tenants, changes=load.changes, database=database,
                gateways_wanted=load.gateways, remote_workers=load.remote_workers,
            )  # fmt: skip
            await stack.enter_async_context(system)
            await system.wait_workers()
            held, figures = await load.run(system, 60 * (load.minutes if minutes is None else minutes))
            for kept in (*system.crews, *system.gateways):
                await kept.stop()
            broken = rest_of(system).audit
        return held and not broken, figures | {"broken invariants": len(broken)}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        held, figures = runner.run(work())
    return Loaded(name=name, title=load.title, bar=load.bar, held=held, figures=figures)


async def drained(system: System) -> float:
    """Seconds until nothing is under way."""
    start = time.monotonic()
    async with asyncio.timeout(DRAIN_SECONDS):
        while await asyncio.to_thread(waiting, system.settings, system.books_url):
            await asyncio.sleep(0.25)
    return round(time.monotonic() - start, 1)


def client_of(system: System) -> Client:
    return Client("127.0.0.1", system.ports[0])


def rest_of(system: System) -> Rest:
    return read_rest(system.settings, system.accounts, PRICE_MICROCREDITS, system.books_url)


async def _steady(system: System, seconds: float, per_second: float = 300) -> tuple[bool, Figures]:
    """So many submits a second, evenly to all gateways."""
    doors = [Client("127.0.0.1", port) for port in system.ports[: system.gateways_wanted]]
    streams = [Stream(client=door, tenants=system.tenants[number :: len(doors)]) for number, door in enumerate(doors)]
    before, start = sum(cpu_seconds(kept.pid) for kept in system.gateways), time.monotonic()
    await asyncio.gather(*(stream.run(per_second / len(doors), seconds) for stream in streams))
    took = time.monotonic() - start  # longer than `seconds` when the answers lag behind
    used = (sum(cpu_seconds(kept.pid) for kept in system.gateways) - before) / took
    left = await asyncio.to_thread(waiting, system.settings, system.books_url)
    drain = await drained(system)
    rest = await asyncio.to_thread(rest_of, system)
    accepted = [name for stream in streams for name in stream.accepted]
    latencies = [one for stream in streams for one in stream.latencies]
    errors = sum(sum(stream.statuses.values()) - stream.statuses["200"] for stream in streams)
    completed = sum(rest.orders[name].state == "COMPLETED" for name in accepted if name in rest.orders)
    p99 = percentile(latencies, 0.99)
    return not errors and p99 < 50 and completed == len(accepted), {
        "accepted": len(accepted), "a second": round(len(accepted) / took), "errors": errors,
        "submit p50 ms": percentile(latencies, 0.5),
        "submit p99 ms": p99, "gateway cores": round(used, 2), "waiting at the end": left, "drained after s": drain,
        "completed": completed,
    }  # fmt: skip


async def _burst(system: System, seconds: float) -> tuple[bool, Figures]:
    stream = Stream(client=client_of(system), tenants=system.tenants)
    await stream.run(1000, seconds)
    drain = await drained(system)
    rest = await asyncio.to_thread(rest_of, system)
    lost = [name for name in stream.accepted if name not in rest.orders]
    other = sum(stream.statuses.values()) - stream.statuses["200"] - stream.statuses["429"]
    slowest = stream.milliseconds(0.999)
    return not lost and not other and slowest < 100, {
        "accepted": len(stream.accepted), "429": stream.statuses["429"], "other answers": other,
        "answered p50 ms": stream.milliseconds(0.5), "answered p99.9 ms": slowest, "lost": len(lost),
        "drained after s": drain,
    }  # fmt: skip


async def _pollers(system: System, seconds: float) -> tuple[bool, Figures]:
    """2,000 clients on connections of their own, each asks for its own waiting request once a second."""
    stream = Stream(client=client_of(system), tenants=system.tenants)
    await stream.run(100, 20)
    stream.client.drop_all()
    latencies: list[float] = []
    answered: list[int] = []

    async def poll(number: int) -> None:
        client, request_id = client_of(system), stream.accepted[number % len(stream.accepted)]
        key = stream.owners[request_id].key
        await asyncio.sleep(number / 2000)
        due = time.monotonic()
        while due < end:
            with suppress(NoConnection, NoReply):
                reply = await client.call("GET", f"/v2/requests/{request_id}/status", key=key, seconds=30)
                answered.append(reply.status)
            latencies.append(time.monotonic() - due)
            due += 1.0
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    before, end = cpu_seconds(system.gateway.pid), time.monotonic() + seconds
    await asyncio.gather(*(poll(number) for number in range(2000)))
    used = (cpu_seconds(system.gateway.pid) - before) / seconds
    p99 = percentile(latencies, 0.99)
    errors = len(latencies) - answered.count(200) - answered.count(422)
    return p99 < 100 and used < 1 and not errors, {
        "polls per second": round(len(latencies) / seconds), "p50 ms": percentile(latencies, 0.5), "p99 ms": p99,
        "gateway cores": round(used, 2), "errors": errors,
    }  # fmt: skip


async def _slow_clients(system: System, seconds: float) -> tuple[bool, Figures]:
    """L1 at 100/s alone, then beside 500 that never finish their headers and 500 that say nothing."""
    alone = Stream(client=client_of(system), tenants=system.tenants)
    await alone.run(100, seconds / 2)
    closed: list[float] = []

    async def loris(idle: bool) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", system.ports[0])
        start = time.monotonic()
        try:
            while not reader.at_eof() and time.monotonic() - start < seconds:
                if not idle:
                    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: " if time.monotonic() - start < 0.5 else b"a")
                try:
                    await asyncio.wait_for(reader.read(65536), 1.0)
                except TimeoutError:
                    continue
                if not idle:
                    closed.append(time.monotonic() - start)
                return
        except OSError:
            closed.append(time.monotonic() - start)
        finally:
            writer.transport.abort()

    bad = [asyncio.create_task(loris(number % 2 == 0)) for number in range(1000)]
    beside = Stream(client=client_of(system), tenants=system.tenants)
    await beside.run(100, seconds / 2)
    for task in bad:
        task.cancel()
    await asyncio.gather(*bad, return_exceptions=True)
    await drained(system)
    one, two, slowest = alone.milliseconds(0.99), beside.milliseconds(0.99), max(closed, default=seconds)
    return two <= 2 * one and len(closed) >= 500 and slowest <= 15, {
        "p99 ms alone": one, "p99 ms beside them": two, "slow ones closed": len(closed),
        "the last closed after s": round(slowest, 1),
    }  # fmt: skip


async def _large(system: System, seconds: float) -> tuple[bool, Figures]:
    stream = Stream(client=client_of(system), tenants=system.tenants, words="large", size=960, way="v1")
    await stream.run(20, seconds)
    stored = await asyncio.to_thread(lambda: [path.stat().st_size for path in system.pictures()])
    p99 = stream.milliseconds(0.99)
    return p99 < 300 and set(stream.statuses) == {"200"}, {
        "pictures": len(stored), "mean kB": round(sum(stored) / max(1, len(stored)) / 1000),
        "answers": dict(stream.statuses), "submit to result p50 ms": stream.milliseconds(0.5),
        "submit to result p99 ms": p99, "gateway MB": round(resident_bytes(system.gateway.pid) / 1e6),
    }  # fmt: skip


LOADS: Mapping[str, Load] = {
    "L1": Load(title="300 submits/s, 20 tenants, small results", minutes=10, run=_steady,
               bar="0 errors, submit p99 < 50 ms, all completed, ledger exact"),
    "L2": Load(title="burst of 1,000 submits/s", minutes=0.5, run=_burst,
               bar="accepted or 429 in < 100 ms (p99.9), none lost"),
    "L4": Load(title="2,000 pollers, one poll a second each", minutes=1, run=_pollers,
               bar="p99 < 100 ms, gateway below 1 core"),
    "L5": Load(title="500 slow-loris and 500 idle connections beside 100 submits/s", minutes=2, run=_slow_clients,
               bar="p99 at most doubled, slow ones closed in 15 s"),
    "L8": Load(title="300 submits/s on PostgreSQL, 3 gateways, 8 workers, 2 of them over TCP", minutes=10, run=_steady,
               gateways=3, remote_workers=2, changes={"workers": 2}, bar="as L1"),
    "L10": Load(title="results of 1 MB, 20 a second, local disk", minutes=1, run=_large,
                bar="p99 from submit to result < 300 ms", changes={"safety_picture": "contents"}),
    "L11": Load(title="as L1, at the rate that these two cores do keep up with: 150 submits/s", minutes=3,
                run=partial(_steady, per_second=150), bar="as L1"),
}  # fmt: skip
