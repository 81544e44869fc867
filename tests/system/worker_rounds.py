"""What is done to workers and gateways, each as one round on a running pair, to be done as often as one likes.

Every round leaves the pair well, raises AssertionError when a promise is broken, and returns the seconds that it took
until all was well again.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from tests.system.crews import Crew, Hirer
from tests.system.running import Server
from tests.workers.gateway import PATIENCE, until
from tests.workers.toy import DELIBERATE, FROZEN, GREEDY, LOCKED, POISON

#: Of the server of these rounds: leases of seconds, a model of four steps a second.
SETTINGS = {
    "BACKEND": DELIBERATE, "PROVENANCE": "off", "LEASE_SECONDS": "3", "FENCE_SECONDS": "2", "BEAT_SECONDS": "0.3",
    "SWEEP_SECONDS": "0.2", "BREAKER_LOSSES": "100000",
}  # fmt: skip
#: Of the server of those that hang; elsewhere a worker that wakes up after so long must not be killed for that.
IMPATIENT = {"HARD_LIMIT_SECONDS": "3"}
MEMORY_BYTES = 400_000_000  # of a worker that may not eat more; at rest it has a quarter
SMALL = {"width": 256, "height": 256}
PRICE = 0.025  # credits of one picture of imagen-4-fast


def order(server: Server, steps: int, prompt: str = "abc") -> str:
    answer = server.post("/v2/imagen-4-fast", {"prompt": prompt, "steps": steps, **SMALL})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def status(server: Server, request_id: str) -> dict[str, Any]:
    with server.client() as client:
        return dict(client.get(f"/v2/requests/{request_id}/status").json())


def wait_for(server: Server, request_id: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    give_up_at = time.monotonic() + PATIENCE
    while not reached(said := status(server, request_id)):
        assert time.monotonic() < give_up_at, said
        time.sleep(0.05)
    return said


def begun(said: dict[str, Any]) -> bool:
    return said["status"] == "PROCESSING"


def ended(said: dict[str, Any]) -> bool:
    return said["status"] in ("COMPLETED", "FAILED")


def paid_once(server: Server, before: float, pictures: int) -> None:
    assert round((before - server.credits()) / PRICE) == pictures


def stop_the_gateway(server: Server, crew: Crew, seconds: float) -> float:
    """SIGSTOP of the gateway for longer than a lease: the worker gives up by itself, and the request ends once."""
    assert server.process
    before, heard = server.credits(), len(crew.lines)
    request_id = order(server, steps=12)
    wait_for(server, request_id, begun)
    server.process.send_signal(signal.SIGSTOP)
    if seconds > float(SETTINGS["LEASE_SECONDS"]):
        until(lambda: any("leases given up" in line for line in crew.lines[heard:]))
    time.sleep(seconds)  # that long nobody answers: the fault itself
    server.process.send_signal(signal.SIGCONT)
    woken_at = time.monotonic()
    assert wait_for(server, request_id, ended)["status"] == "COMPLETED"
    paid_once(server, before, 1)
    return time.monotonic() - woken_at


def kill_a_worker(server: Server, crew: Crew) -> float:
    """SIGKILL: its parent sees it and says so, long before the lease would end."""
    before = server.credits()
    request_id = order(server, steps=8)
    wait_for(server, request_id, begun)
    (victim,) = crew.children()
    send(victim, signal.SIGKILL)
    killed_at = time.monotonic()
    assert wait_for(server, request_id, ended)["status"] == "COMPLETED"
    paid_once(server, before, 1)
    return time.monotonic() - killed_at


def poison_among_others(server: Server, innocents: int) -> float:
    """One request ends every worker that takes it; those that ran beside it are delivered."""
    return deadly(server, POISON, innocents)


def deadly(server: Server, prompt: str, innocents: int = 0) -> float:
    """An order that costs every worker that takes it fails and is free; others beside it, and the next, complete."""
    before = server.credits()
    others = [order(server, steps=2, prompt=f"innocent {number}") for number in range(innocents)]
    culprit = order(server, steps=2, prompt=prompt)
    for request_id in others:
        assert wait_for(server, request_id, ended)["status"] == "COMPLETED"
    assert wait_for(server, culprit, ended)["status"] == "FAILED"
    failed_at = time.monotonic()
    assert wait_for(server, order(server, steps=1, prompt="the next"), ended)["status"] == "COMPLETED"
    paid_once(server, before, innocents + 1)
    return time.monotonic() - failed_at


def hang(server: Server, number: int) -> float:
    """In native code, with the interpreter's lock held every other time: killed by the clock."""
    return deadly(server, (LOCKED, FROZEN)[number % 2])


def eat_memory(server: Server, hire: Hirer) -> float:
    crew = hire("--memory-bytes", str(MEMORY_BYTES)).ready()
    try:
        seconds = deadly(server, GREEDY)
        assert any("bytes of memory, more than" in line for line in crew.lines), crew.lines
    finally:
        assert crew.stop() == 0, crew.lines
    return seconds


def send_home(server: Server, hire: Hirer) -> float:
    """SIGTERM: what is under way is handed back at once, and is another's."""
    before = server.credits()
    crew = hire("--drain-seconds", "0.3").ready()
    request_id = order(server, steps=24)
    wait_for(server, request_id, begun)
    signalled_at = time.monotonic()
    assert crew.stop() == 0, crew.lines
    assert begun(said := status(server, request_id)), (said, crew.lines)  # handed back; what is told never moves back
    return done_by_another(server, hire, request_id, before) - signalled_at


def done_by_another(server: Server, hire: Hirer, request_id: str, before: float) -> float:
    """The moment, on the clock of these rounds, when a new crew has completed what the last one left."""
    crew = hire().ready()
    assert wait_for(server, request_id, ended)["status"] == "COMPLETED"
    at = time.monotonic()
    assert crew.stop() == 0, crew.lines
    paid_once(server, before, 1)
    return at


#: What a worker says that has woken up too late; or its parent, where it has killed it before.
LATE = ("leases lost", "leases given up", "the result is dropped", ": killed")


def freeze_a_worker(server: Server, hire: Hirer) -> float:
    """SIGSTOP until another has done its work: what it says when it wakes up is refused."""
    before = server.credits()
    frozen = hire().ready()
    request_id = order(server, steps=12)
    wait_for(server, request_id, begun)
    (victim,) = frozen.children()
    send(victim, signal.SIGSTOP)
    frozen_at = time.monotonic()
    another = hire().ready()
    said = wait_for(server, request_id, ended)
    seconds = time.monotonic() - frozen_at
    send(victim, signal.SIGCONT)
    until(lambda: any(words in line for line in frozen.lines for words in LATE))
    assert said["status"] == status(server, request_id)["status"] == "COMPLETED"
    assert [frozen.stop(), another.stop()] == [0, 0], frozen.lines
    paid_once(server, before, 1)
    return seconds


def no_weights(server: Server, hire: Hirer) -> float:
    """A worker that cannot load its model takes nothing; the order waits for one that can."""
    before = server.credits()
    broken = hire("--backend", "tests.workers.toy:unloadable")
    request_id = order(server, steps=2)
    until(lambda: sum("ended with status" in line for line in broken.lines) >= 2)  # at once, then after a second
    assert status(server, request_id)["status"] == "QUEUED"
    assert broken.stop() == 0, broken.lines
    hired_at = time.monotonic()
    return done_by_another(server, hire, request_id, before) - hired_at


def send(pid: int, number: int) -> None:
    os.kill(pid, number)
