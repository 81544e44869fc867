"""Callers who wait too long, hang up, are too many or too fast."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from imagend.core.bucket import Limit
from imagend.core.errors import StaleLease
from imagend.core.job import Job, State
from imagend.desk.audit import audit
from tests.api.house import Guest, open_house

KITE = {"prompt": "a kite", "width": 256, "height": 256}
HOLD = {"prompt": "hold it"}


@pytest.fixture(autouse=True)
def sound_books(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "working_house" in request.fixturenames:
        assert audit(request.getfixturevalue("working_house").store) == []


def hang_up_after(guest: Guest, then: Callable[[Job], None], headers: str = "") -> Job:
    """POST /v1 over a bare socket, wait until a worker has the job, call `then`, and close."""
    body = json.dumps(HOLD)
    head = f"POST /v1/imagen-4-fast HTTP/1.1\r\nhost: x\r\nx-api-key: {guest.secret}\r\n{headers}"
    with socket.create_connection(("127.0.0.1", guest.house.port)) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        job = guest.house.painter.held.get(timeout=10)
        then(job)
    return job


def test_hanging_up_cancels_and_is_free(served: Guest) -> None:
    house, ended = served.house, threading.Event()

    def listen(job: Job) -> None:
        house.services.bell.subscribe(job.id, ended.set)

    job = hang_up_after(served, listen)
    assert ended.wait(10)
    answer = served.http.get(f"/v2/requests/{job.id}")
    assert (answer.status_code, answer.json()["error"]) == (422, "The request was cancelled")
    assert served.available == 100_000_000
    with pytest.raises(StaleLease):
        house.painter.finish(job, even_held=True)


def test_hanging_up_with_an_idempotency_key_lets_the_retry_have_it(served: Guest) -> None:
    job = hang_up_after(served, lambda job: None, "idempotency-key: retry\r\n")
    with ThreadPoolExecutor(1) as pool:
        retry = pool.submit(served.http.post, "/v1/imagen-4-fast", json=HOLD, headers={"idempotency-key": "retry"})
        served.house.painter.finish(job, even_held=True)
        assert retry.result().json()["request_id"] == job.id
    assert served.available == 100_000_000 - 25_000


def test_e87_the_deadline_is_504_and_free_even_if_the_worker_goes_on(tmp_path: Path) -> None:
    with open_house(tmp_path, working=True, v1_timeout_seconds=0.3) as house:
        guest = house.guest()
        answer = guest.http.post("/v1/imagen-4-fast", json=HOLD, headers={"accept": "image/png"})
        assert (answer.status_code, answer.json()) == (504, {"error": "Request timed out"})
        job = house.painter.held.get(timeout=10)
        assert answer.headers["x-request-id"] == job.id
        with pytest.raises(StaleLease):
            house.painter.finish(job, even_held=True)
        assert guest.available == 100_000_000
        assert guest.http.get(f"/v2/requests/{job.id}/status").json()["status"] == "FAILED"
        assert audit(house.store) == []


def test_too_many_waiters_are_429_without_a_job(tmp_path: Path) -> None:
    with open_house(tmp_path, working=True, max_waiters_per_account=1) as house, ThreadPoolExecutor(1) as pool:
        guest, other = house.guest(), house.guest()
        first = pool.submit(guest.http.post, "/v1/imagen-4-fast", json=HOLD)
        job = house.painter.held.get(timeout=10)
        refused = guest.http.post("/v1/imagen-4-fast", json=KITE)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert guest.num_jobs == 1
        assert other.http.post("/v1/imagen-4-fast", json=KITE).status_code == 200
        house.painter.finish(job, even_held=True)
        assert first.result().status_code == 200
        assert guest.http.post("/v1/imagen-4-fast", json=KITE).status_code == 200


def test_a_server_set_to_bytes(tmp_path: Path) -> None:
    """E95: what clients of the hosted API that write `response.content` to a file expect."""
    with open_house(tmp_path, working=True, v1_response="binary") as house:
        guest = house.guest()
        answer = guest.http.post("/v1/imagen-4-fast", json=KITE)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content[:2] == b"\xff\xd8"
        assert guest.http.post("/v1/imagen-4-fast", json=KITE | {"response_format": "json"}).json()["error"] is None
        assert guest.http.post("/v1/imagen-4-fast", json={}).json()["error"].startswith("Prompt is Mandatory")


def test_the_rate_is_limited_on_posts_only(tmp_path: Path) -> None:
    with open_house(tmp_path, rate_limit=Limit(per_minute=60, burst=2)) as house:
        guest, other = house.guest(), house.guest()
        request_id = guest.submit()
        assert guest.http.post("/v2/imagen", json={}).status_code == 400  # is not counted
        second = guest.http.post("/v2/imagen", json=KITE)
        assert second.headers["x-rate-limit-remaining"] == "0"
        assert second.headers["x-rate-limit-reset-at-utc"].endswith("Z")
        refused = guest.http.post("/v2/imagen", json=KITE)
        assert (refused.status_code, refused.json()) == (429, {"error": "rate_limit_exceeded"})
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-rate-limit-reset-at-utc"] == "2027-01-15T08:00:01.000Z"
        assert guest.num_jobs == 2
        for _ in range(100):  # E83: polls are never limited
            assert guest.http.get(f"/v2/requests/{request_id}/status").status_code == 200
        other.submit()
        house.clock.now += 1
        guest.submit()


def test_open_mode_takes_callers_without_a_key_and_with_any(tmp_path: Path) -> None:
    with open_house(tmp_path, open_credits=1.0) as house, house.client() as nobody:
        assert nobody.get("/v1/get-user-credits").json()["credits"] == 1.0
        assert nobody.post("/v2/imagen", json=KITE, headers={"x-api-key": "sk-anything"}).status_code == 200
        assert nobody.get("/v1/get-user-credits").json()["credits"] == 0.94
        assert house.guest().http.get("/v1/get-user-credits").json()["credits"] == 100.0


def test_the_waiter_is_woken_by_the_bell_not_by_the_poll(tmp_path: Path) -> None:
    with open_house(tmp_path, working=True, poll_seconds=1000.0) as house:
        answer: Any = house.guest().http.post("/v1/imagen-4-fast", json=KITE)
        assert answer.json()["status"] == "COMPLETED"


def test_the_waiter_looks_even_if_no_bell_rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_house(tmp_path, working=True, poll_seconds=0.02) as house:
        ring = house.services.bell.ring
        monkeypatch.setattr(house.services.bell, "ring", lambda topic: ring(topic) if topic == "queue" else None)
        assert house.guest().http.post("/v1/imagen-4-fast", json=KITE).json()["status"] == str(State.COMPLETED)
