"""Harms of an installation on PostgreSQL with several gateways and workers elsewhere; besides those of nemesis.py."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

from faults.conditions import CALM, Conditions, Way
from faults.database import Database
from faults.nemesis import EMBEDDED, Actor, Field
from faults.processes import send


def _database(field: Field) -> Database:
    assert field.database, "this harm is for PostgreSQL"
    return field.database


async def crash_database(field: Field) -> str:
    """SIGKILL of all of PostgreSQL's processes, and a start after at most a second."""
    database, seconds = _database(field), field.dice.random()
    await database.crash()
    await asyncio.sleep(seconds)
    await database.start()
    return f"down for {seconds:.1f} s"


async def stop_database(field: Field) -> str:
    database = _database(field)
    await database.stop()
    await asyncio.sleep(6.0)
    await database.start()
    return "stopped for 6 s"


async def _between(field: Field, conditions: Conditions, seconds: float) -> None:
    proxy = _database(field).proxy
    await asyncio.to_thread(proxy.set, conditions)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(proxy.set, CALM)


async def cut_database(field: Field) -> str:
    await asyncio.to_thread(_database(field).proxy.reset)
    return "RST to all connections of the database"


async def lose_commits(field: Field) -> str:
    """Statements arrive and are executed, COMMIT among them; the answers are cut."""
    after = field.dice.choice((0, 5, 60, 300))
    await _between(field, Conditions(down=Way(cut_after=after)), 0.5)
    return f"answers of the database cut after {after} bytes for 0.5 s"


async def part_database(field: Field) -> str:
    way = Way(black_hole=True)
    one = field.dice.choice((Conditions(up=way), Conditions(down=way), Conditions(up=way, down=way)))
    await _between(field, one, 5.0)
    return "nothing passes to or from the database for 5 s"


async def slow_database(field: Field) -> str:
    way = Way(latency_seconds=0.03, jitter_seconds=0.03)
    await _between(field, Conditions(up=way, down=way), 3.0)
    return "30 to 60 ms each way for 3 s"


async def freeze_crew(field: Field) -> str:
    """A whole machine of workers stands still beyond its leases."""
    crews = [kept for kept in field.system.crews if kept.process]
    if not crews:
        return "nobody"
    seconds = field.system.settings.lease_seconds * 1.5
    kept = field.dice.choice(crews)
    pids = [kept.pid, *field.system.family(kept)]
    for pid in pids:
        send(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for pid in pids:
        send(pid, signal.SIGCONT)
    return f"{kept.name} for {seconds:g} s"


SHARED: Mapping[str, Actor] = {
    **EMBEDDED,
    "crash-database": Actor(row="F13", title="PostgreSQL crash-killed", act=crash_database, weight=4, rest_seconds=2.0),
    "stop-database": Actor(row="F14", title="PostgreSQL stopped", act=stop_database, weight=1, rest_seconds=2.0),
    "cut-database": Actor(row="F15", title="PostgreSQL connections reset", act=cut_database, weight=4),
    "lose-commits": Actor(row="F15", title="answers of COMMIT lost", act=lose_commits, weight=5),
    "part-database": Actor(row="F17", title="gateways and PostgreSQL parted", act=part_database, weight=1,
                           rest_seconds=2.0),
    "slow-database": Actor(row="F19", title="slow way to PostgreSQL", act=slow_database, weight=1),
    "freeze-crew": Actor(row="F6", title="SIGSTOP of a remote worker and its supervisor", act=freeze_crew, weight=2),
}  # fmt: skip
