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

from tests.system.crews import Crew
from tests.system.running import Server
from tests.workers.gateway import PATIENCE, until
from tests.workers.toy import DELIBERATE, POISON

#: Of the server of these rounds: leases of seconds, a model of four steps a second.
SETTINGS = {
    "BACKEND": DELIBERATE, "PROVENANCE": "off", "LEASE_SECONDS": "3", "FENCE_SECONDS": "2", "BEAT_SECONDS": "0.3",
    "SWEEP_SECONDS": "0.2",
}  # fmt: skip
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
    before, begun_at = server.credits(), time.monotonic()
    others = [order(server, steps=2, prompt=f"innocent {number}") for number in range(innocents)]
    poison = order(server, steps=2, prompt=POISON)
    for request_id in others:
        assert wait_for(server, request_id, ended)["status"] == "COMPLETED"
    assert wait_for(server, poison, ended)["status"] == "FAILED"
    paid_once(server, before, innocents)
    return time.monotonic() - begun_at


def send(pid: int, number: int) -> None:
    os.kill(pid, number)
