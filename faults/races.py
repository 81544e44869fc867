"""F36: 24 callers at once, for the last credits of an account, and with one idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import uvloop

from faults.marks import mark_of, marked_prompt
from faults.report import Finding
from faults.rest import Rest, read_rest
from faults.system import PRICE_MICROCREDITS, SLUG, System, Tenant
from faults.wire import Client, Reply

CALLERS = 24
PLACES = 10  # as many orders the account can pay


def run(count: int, seed: int, folder: Path) -> Finding:
    """One tenant for each round; odd rounds race with one key."""
    credits = f"{PLACES * PRICE_MICROCREDITS / 1_000_000:g}"
    system = System(folder=folder, tenants_wanted=count, credits=credits)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rounds, rest = runner.run(_races(system, seed))
    violations = list(rest.audit)
    for number, replies in enumerate(rounds):
        violations += [f"round {number} of seed {seed}: {sentence}" for sentence in _judge(number, replies, rest)]
    acknowledged = sum(reply.status == 200 for replies in rounds for reply in replies)
    title = "races for the last credits and for one key"
    return Finding(fault_ids=("F36",), title=title, repetitions=count, acknowledged=acknowledged, violations=violations)


async def _races(system: System, seed: int) -> tuple[list[list[Reply]], Rest]:
    async with system:
        client = Client("127.0.0.1", system.ports[0])
        rounds = [await _race(client, tenant, seed) for tenant in system.tenants]
        for kept in system.gateways:
            await kept.stop()
        return rounds, read_rest(system.settings, system.accounts, PRICE_MICROCREDITS)


async def _race(client: Client, tenant: Tenant, seed: int) -> list[Reply]:
    one_key = tenant.number % 2 == 1

    async def order(caller: int) -> Reply:
        mark = mark_of(tenant.number, 0 if one_key else caller, seed)
        body = {"prompt": marked_prompt(mark), "width": 256, "height": 256, "steps": 1}
        headers: Mapping[str, str] = {"idempotency-key": f"race-{tenant.number}"} if one_key else {}
        return await client.call("POST", f"/v2/{SLUG}", key=tenant.key, body=body, headers=headers, seconds=60)

    return list(await asyncio.gather(*(order(caller) for caller in range(CALLERS))))


def _judge(number: int, replies: list[Reply], rest: Rest) -> list[str]:
    ids = [str(reply.json()["request_id"]) for reply in replies if reply.status == 200]
    rows = [name for name, order in rest.orders.items() if order.tenant == number]
    wanted = (CALLERS, 1) if number % 2 else (PLACES, PLACES)
    found: list[str] = []
    if (len(ids), len(set(ids))) != wanted:
        found.append(f"{len(ids)} answers with {len(set(ids))} orders instead of {wanted}")
    if set(rows) != set(ids):
        found.append(f"{len(rows)} rows, {len(set(ids))} acknowledged")
    if not number % 2 and {reply.status for reply in replies} != {200, 406}:
        found.append(f"answers {sorted({reply.status for reply in replies})} instead of 200 and 406")
    return found
