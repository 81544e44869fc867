"""F37: a key is revoked while its order runs and its owner polls: 401 within five seconds, and the order settles."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import uvloop

from faults.marks import mark_of, marked_prompt
from faults.report import Finding
from faults.rest import read_rest, waiting
from faults.system import PRICE_MICROCREDITS, SLUG, System, Tenant
from faults.wire import Client
from imagend.wiring.books import open_accounts

LIMIT_SECONDS = 5.5


def run(count: int, seed: int, folder: Path) -> Finding:
    """One tenant for each repetition; `recovery_seconds` is how long a revoked key was still let in."""
    system = System(folder=folder, tenants_wanted=count)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(system, seed))


async def _run(system: System, seed: int) -> Finding:
    async with system:
        client = Client("127.0.0.1", system.ports[0])
        seconds = await asyncio.gather(*(_one(system, client, tenant, seed) for tenant in system.tenants))
        while await asyncio.to_thread(waiting, system.settings):
            await asyncio.sleep(0.1)
        for kept in system.gateways:
            await kept.stop()
        rest = read_rest(system.settings, system.accounts, PRICE_MICROCREDITS)
    violations = [f"seed {seed}: let in for {late:.1f} s" for late in seconds if late > LIMIT_SECONDS]
    violations += [f"{name} ended {order.state}" for name, order in rest.orders.items() if order.state != "COMPLETED"]
    violations += rest.audit
    return Finding(
        fault_ids=("F37",), title="key revoked mid-job and mid-poll", repetitions=len(seconds),
        acknowledged=len(rest.orders), violations=violations, recovery_seconds=[round(late, 2) for late in seconds],
    )  # fmt: skip


async def _one(system: System, client: Client, tenant: Tenant, seed: int) -> float:
    body = {"prompt": marked_prompt(mark_of(tenant.number, 0, seed), "sleep=500"), "width": 256, "height": 256,
            "steps": 1}  # fmt: skip
    reply = await client.call("POST", f"/v2/{SLUG}", key=tenant.key, body=body)
    path = f"/v2/requests/{reply.json()['request_id']}"
    assert (await client.call("GET", path, key=tenant.key)).status == 200
    await asyncio.to_thread(_revoke, system, tenant)
    start = time.monotonic()
    while (await client.call("GET", path, key=tenant.key)).status != 401 and time.monotonic() < start + 30:
        await asyncio.sleep(0.1)
    return time.monotonic() - start


def _revoke(system: System, tenant: Tenant) -> None:
    """As `imagend keys revoke` does, beside the running server."""
    with open_accounts(system.settings) as accounts:
        accounts.revoke(tenant.key_id)
