"""Loads L3, L6 and L9: long queues, overload, fairness."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from faults.loads import LOADS, Figures, Load, client_of, drained
from faults.model import NAME
from faults.processes import resident_bytes
from faults.rest import moments, waiting
from faults.stream import Stream, percentile
from faults.system import System
from imagend.workers.link import Link

SLEEP_MS = 50


async def _deep_queue(system: System, _: float) -> tuple[bool, Figures]:
    """The queue is filled while no worker runs; then polls, then workers come and claim from it."""
    client = client_of(system)
    filling = Stream(client=client, tenants=system.tenants)
    while len(filling.accepted) < 100_000:
        await filling.run(400, 20)
    polls: list[float] = []
    for number in range(1000):
        start = time.monotonic()
        tenant = system.tenants[number * 100 % len(system.tenants)]
        await client.call("GET", f"/v2/requests/{filling.accepted[number * 100]}/status", key=tenant.key)
        polls.append(time.monotonic() - start)
    claims = await asyncio.to_thread(_claim_times, system)
    used, p99, claimed = resident_bytes(system.gateway.pid), percentile(polls, 0.99), percentile(claims, 0.99)
    return p99 < 20 and claimed < 20 and used < 400e6, {
        "waiting": await asyncio.to_thread(waiting, system.settings), "status p50 ms": percentile(polls, 0.5),
        "status p99 ms": p99, "claim p50 ms": percentile(claims, 0.5), "claim p99 ms": claimed,
        "gateway MB": round(used / 1e6),
    }  # fmt: skip


def _claim_times(system: System) -> list[float]:
    """Claims and releases of a worker that is played here."""
    folder = system.settings.data_dir
    link = Link(str(folder / "internal.sock"), (folder / "worker-token").read_text(), "played")
    link.hello()
    seconds: list[float] = []
    for _ in range(300):
        start = time.monotonic()
        jobs = link.claim((NAME,), 1, True, 0.0).jobs
        seconds.append(time.monotonic() - start)
        for job in jobs:
            link.release(job.job_id, job.token)
    return seconds


async def _overload(system: System, seconds: float) -> tuple[bool, Figures]:
    """The model takes 50 ms a picture, so the workers are what is short. First what they can do, then 3 times that."""
    words = f"sleep={SLEEP_MS}"
    calm = Stream(client=client_of(system), tenants=system.tenants, words=words)
    start = time.monotonic()
    await calm.run(100, 10)
    await drained(system)
    capacity = len(calm.accepted) / (time.monotonic() - start)
    flood = Stream(client=client_of(system), tenants=system.tenants, words=words)
    begin = time.time()
    task = asyncio.create_task(flood.run(3 * capacity, seconds))
    late = 0
    while not task.done():
        await asyncio.sleep(1.0)
        late = max(late, await asyncio.to_thread(_overdue, system))
    await task
    done = [moment for moment, state, _ in await asyncio.to_thread(moments, system.settings) if state == "COMPLETED"]
    goodput = sum(begin + 5 <= moment <= begin + seconds for moment in done) / (seconds - 5)
    await drained(system)
    return goodput >= 0.9 * capacity and not late, {
        "capacity per second": round(capacity, 1), "asked per second": round(3 * capacity, 1),
        "goodput per second": round(goodput, 1), "of capacity": round(goodput / capacity, 2),
        "answers": dict(flood.statuses), "queued 5 s past deadline": late,
    }  # fmt: skip


def _overdue(system: System) -> int:
    now = time.time()
    return sum(state == "QUEUED" and deadline < now - 5 for _, state, deadline in moments(system.settings))


async def _fairness(system: System, _: float) -> tuple[bool, Figures]:
    """A's 5,000 wait already when B comes with 10."""
    crowd, visitor = system.tenants
    words = f"sleep={SLEEP_MS}"
    flood = Stream(client=client_of(system), tenants=[crowd], words=words)
    await flood.run(500, 10)
    guest = Stream(client=client_of(system), tenants=[visitor], words=words)
    start = time.monotonic()
    await guest.run(100, 0.1)
    client, left = client_of(system), set(guest.accepted)
    while left:
        for name in list(left):
            if (await client.call("GET", f"/v2/requests/{name}/status", key=visitor.key)).json()["status"] in (
                "COMPLETED", "FAILED",
            ):  # fmt: skip
                left.discard(name)
        await asyncio.sleep(0.02)
    took = time.monotonic() - start
    bar = 2 * (SLEEP_MS / 1000 * 10 / system.settings.workers * 2)
    still = await asyncio.to_thread(waiting, system.settings)
    return took <= bar and still > 0, {
        "A waits with": still, "B's 10 took s": round(took, 2), "bar s": round(bar, 2),
    }  # fmt: skip


ALL_LOADS: Mapping[str, Load] = {
    **LOADS,
    "L3": Load(title="100,000 requests waiting", minutes=1, run=_deep_queue, changes={"workers": 0,
               "deadline_seconds": 86_400.0}, bar="claim p99 < 20 ms, status p99 < 20 ms, below 400 MB"),
    "L6": Load(title="overload: 3 times what the workers can do", minutes=5, run=_overload,
               changes={"deadline_seconds": 20.0}, bar="goodput >= 90 % of capacity, nothing queued 5 s past deadline"),
    "L9": Load(title="fairness: A queues 5,000, then B sends 10", minutes=1, run=_fairness, tenants=2,
               bar="B's 10 end within 2 x (service time x 10 / workers x 2)"),
}  # fmt: skip
