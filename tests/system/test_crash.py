"""kill -9 of a worker and of the server in the middle of jobs: nothing is lost, paid twice, or drawn differently."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.system.running import Server, pixels_of

PRICE = 0.025
PROMPTS = ("a red ball on a beach", "two cats in a room", "a castle at night", "a boat on a lake at sunset")


def bodies(count: int) -> list[dict[str, Any]]:
    """Slow enough to be caught in the middle."""
    return [
        {"prompt": PROMPTS[i % 4], "seed": i, "steps": 60, "width": 640, "height": 512, "output_format": "png"}
        for i in range(count)
    ]


def submit(server: Server, requests: list[dict[str, Any]]) -> list[str]:
    answers = [server.post("/v2/imagen-4-fast", body) for body in requests]
    assert [answer.status_code for answer in answers] == [200] * len(requests)
    return [answer.json()["request_id"] for answer in answers]


def wait_all(server: Server, ids: list[str], seconds: float = 60.0) -> dict[str, dict[str, Any]]:
    """The final bodies of all requests."""
    final: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + seconds
    with server.client() as client:
        while len(final) < len(ids):
            assert time.monotonic() < until, f"{len(ids) - len(final)} requests are not final"
            for request_id in ids:
                answer = client.get(f"/v2/requests/{request_id}")
                assert answer.status_code in (200, 422), answer.text
                if answer.json()["status"] in ("COMPLETED", "FAILED"):
                    final[request_id] = answer.json()
            time.sleep(0.1)
    return final


def pictures(server: Server, ids: list[str], final: dict[str, dict[str, Any]]) -> list[str]:
    assert [final[request_id]["status"] for request_id in ids] == ["COMPLETED"] * len(ids)
    with server.client() as client:
        files = [client.get(final[request_id]["output"]).content for request_id in ids]
    return [pixels_of(file) for file in files]


def wait_for_processing(server: Server, ids: list[str]) -> None:
    """Return when at least one request is running and not all are done."""
    with server.client() as client:
        for _ in range(2000):
            states = [client.get(f"/v2/requests/{request_id}/status").json()["status"] for request_id in ids]
            if "PROCESSING" in states:
                return
            assert states.count("COMPLETED") < len(ids), "all done before the kill"
            time.sleep(0.005)
    pytest.fail("nothing began")


@pytest.fixture(scope="module")
def undisturbed(server: Server) -> list[str]:
    """The pictures as they come out when nothing is killed."""
    ids = submit(server, bodies(8))
    return pictures(server, ids, wait_all(server, ids))


@pytest.fixture
def same_mark(server: Server, undisturbed: list[str]) -> list[str]:
    """Flags for another server with the key of the undisturbed one: the invisible mark is made of it."""
    file = server.data_dir / "provenance.pem"
    return ["--set", f"provenance_certificate={file}", "--set", f"provenance_key={file}"]


def test_workers_killed_mid_job(
    new_server: Callable[..., Server], same_mark: list[str], undisturbed: list[str]
) -> None:
    server = new_server(*same_mark)
    ids = submit(server, bodies(8))
    wait_for_processing(server, ids)
    victims = server.worker_pids()
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert pictures(server, ids, wait_all(server, ids)) == undisturbed
    assert server.credits() == pytest.approx(1000 - 8 * PRICE)


def test_e80_server_killed_mid_job(
    new_server: Callable[..., Server], same_mark: list[str], undisturbed: list[str]
) -> None:
    server = new_server(*same_mark)
    ids = submit(server, bodies(8))
    wait_for_processing(server, ids)
    orphans = server.worker_pids()
    server.kill()
    server.start()
    assert pictures(server, ids, wait_all(server, ids)) == undisturbed
    assert server.credits() == pytest.approx(1000 - 8 * PRICE)
    assert not [pid for pid in orphans if _alive(pid)], "a worker outlived its server"


def test_killed_again_and_again(new_server: Callable[..., Server]) -> None:
    server = new_server()
    ids: list[str] = []
    for _ in range(3):
        ids += submit(server, bodies(2))
        wait_for_processing(server, ids)
        server.kill()
        server.start()
    final = wait_all(server, ids)
    paid = sum(body["status"] == "COMPLETED" for body in final.values())
    assert server.credits() == pytest.approx(1000 - paid * PRICE)
    assert all(body["status"] == "COMPLETED" or body["error"] for body in final.values())


def _alive(pid: int) -> bool:
    """Running, and not a zombie that nobody reaped."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
