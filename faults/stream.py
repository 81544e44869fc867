"""Orders at a fixed rate whose answers alone matter, for loads: open loop, so that a slow server is not spared."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from faults.marks import mark_of, marked_prompt
from faults.system import SLUG, Tenant
from faults.wire import Client, NoConnection, NoReply


@dataclass(slots=True, eq=False)
class Stream:
    client: Client
    tenants: Sequence[Tenant]
    words: str = ""  # for the model
    size: int = 256  # pixels of a side
    way: str = "v2"
    latencies: list[float] = field(default_factory=list)  # seconds, from the moment when the order was due
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    owners: dict[str, Tenant] = field(default_factory=dict)  # of the accepted ones
    most_connections: int = 256  # an order that waits for one has begun when it was due
    _number: int = 0
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.most_connections)

    async def run(self, per_second: float, seconds: float) -> None:
        """Returns when every order has its answer."""
        tasks: set[asyncio.Task[None]] = set()
        start = time.monotonic()
        for number in range(round(per_second * seconds)):
            due = start + number / per_second
            if (pause := due - time.monotonic()) > 0.001:
                await asyncio.sleep(pause)
            task = asyncio.create_task(self._one(self.tenants[number % len(self.tenants)], due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        while tasks:
            await asyncio.wait(set(tasks))

    async def _one(self, tenant: Tenant, due: float) -> None:
        self._number += 1
        mark = mark_of(tenant.number, self._number, 0)
        async with self._room:
            await self._send(tenant, due, mark)

    async def _send(self, tenant: Tenant, due: float, mark: str) -> None:
        body = {"prompt": marked_prompt(mark, self.words), "width": self.size, "height": self.size, "steps": 1}
        try:
            reply = await self.client.call("POST", f"/{self.way}/{SLUG}", key=tenant.key, body=body, seconds=60)
        except (NoConnection, NoReply) as error:
            self.statuses[type(error).__name__] += 1
            return
        self.latencies.append(time.monotonic() - due)
        self.statuses[str(reply.status)] += 1
        if reply.status == 200:
            request_id = str(reply.json()["request_id"])
            self.accepted.append(request_id)
            self.owners[request_id] = tenant

    def milliseconds(self, share: float) -> float:
        return percentile(self.latencies, share)


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    if len(seconds) < 2:
        return round(1000 * sum(seconds), 1)
    return round(1000 * statistics.quantiles(seconds, n=1000)[round(share * 1000) - 1], 1)
