"""A real server with a slow model: stopping at once, and watching across a crash."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.streams import Event, stream
from tests.system.running import Server
from tests.workers.gateway import until
from tests.workers.toy import DELIBERATE, TICKS, read_ticks

SLOW = ("--set", f"backend={DELIBERATE}", "--workers", "1")
STEP_SECONDS = 0.25


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("slow"), SLOW).start()
    yield running
    assert running.stop() == 0, "\n".join(running.lines)


def body(ticks: Path, steps: int = 100) -> dict[str, object]:
    return {"prompt": f"a kite {TICKS}{ticks}", "width": 256, "height": 256, "steps": steps}


def submit(http: httpx.Client, wanted: dict[str, object], **headers: str) -> str:
    answer = http.post("/v2/imagen-4-fast", json=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def running(ticks: Path) -> None:
    until(lambda: len(read_ticks(ticks)) >= 2)


def late_ticks(http: httpx.Client, ticks: Path, since: float) -> int:
    """Evaluations of the job begun after `since`, looked at when the engine has had the time for many."""
    with stream(http, submit(http, {"prompt": "a mate", "width": 256, "height": 256, "steps": 6})) as events:
        assert [event.kind for event in events][-1] == "completed"
    return sum(tick > since for tick in read_ticks(ticks))


def test_delete_frees_the_engine_within_one_step(slow: Server, tmp_path: Path) -> None:
    ticks, credits_before = tmp_path / "ticks", slow.credits()
    with slow.client() as http:
        request_id = submit(http, body(ticks))
        running(ticks)
        answer = http.delete(f"/v2/requests/{request_id}")
        acknowledged_at = time.monotonic()
        assert answer.json()["error"] == "The request was cancelled"
        assert slow.credits() == credits_before
        assert late_ticks(http, ticks, acknowledged_at) <= 1


def hang_up(slow: Server, http: httpx.Client, ticks: Path) -> None:
    sent = json.dumps(body(ticks))
    address = urlsplit(slow.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        head = f"POST /v1/imagen-4-fast HTTP/1.1\r\nhost: x\r\nx-api-key: {slow.key}\r\ncontent-length: {len(sent)}"
        line.sendall(f"{head}\r\n\r\n{sent}".encode())
        running(ticks)


def time_out(slow: Server, http: httpx.Client, ticks: Path) -> None:
    answer = http.post("/v1/imagen-4-fast", json=body(ticks), headers={"x-request-timeout": "1.2"})
    assert (answer.status_code, answer.json()) == (504, {"error": "Request timed out"})


def pass_the_deadline(slow: Server, http: httpx.Client, ticks: Path) -> None:
    with stream(http, submit(http, body(ticks), **{"cancel-after": "1.2"})) as events:
        last = list(events)[-1]
    assert (last.kind, last.data["error"]) == ("failed", "The request did not finish before its deadline")


@pytest.mark.parametrize(("end", "most_late"), [(hang_up, 2), (time_out, 1), (pass_the_deadline, 1)])
def test_nobody_waits_so_nothing_runs(
    slow: Server, tmp_path: Path, end: Callable[[Server, httpx.Client, Path], None], most_late: int
) -> None:
    """A hang-up is not acknowledged: the server has yet to notice it when the clock starts."""
    ticks, credits_before = tmp_path / "ticks", slow.credits()
    with slow.client() as http:
        end(slow, http, ticks)
        ended_at = time.monotonic()
        assert len(read_ticks(ticks)) >= 2, "it ran"
        assert late_ticks(http, ticks, ended_at) <= most_late
        mate = slow.credits()
    assert credits_before - mate == pytest.approx(0.025), "only the mate is paid"


def test_a_stream_goes_on_after_the_server_was_killed(new_server: Callable[..., Server], tmp_path: Path) -> None:
    server = new_server(*SLOW)
    seen: list[Event] = []
    with (
        server.client() as http,
        stream(http, submit(http, body(tmp_path / "ticks", 12)), query="?previews=4") as events,
    ):
        while sum(event.kind == "progress" for event in seen) < 3:
            seen.append(next(events))
        request_id = seen[0].data["request_id"]
        server.kill()
    server.start()
    with server.client() as http:
        with stream(http, request_id, seen[-1].id, "?previews=4") as events:
            seen += events
        result = http.get(f"/v2/requests/{request_id}").json()
    ids = [event.id for event in seen if event.id is not None]
    assert ids == sorted(set(ids))
    assert seen[-1] == Event(kind="completed", data=result, id=ids[-1])
    assert result["metrics"]["retry_count"] == 1
    assert {"status", "progress", "preview"} <= {event.kind for event in seen}


def test_an_open_stream_does_not_hold_up_the_stop_of_the_server(
    new_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = new_server(*SLOW)
    with server.client() as http, stream(http, submit(http, body(tmp_path / "ticks"))) as events:
        next(events)
        began_at = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began_at < 15  # workers have three seconds to end what they have
        assert all(event.kind in ("status", "progress") for event in events)
