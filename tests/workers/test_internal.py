"""The gateway's side of the protocol, spoken to by hand."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from starlette.requests import Request
from starlette.types import Message

from imagend.api.claims import ClaimCounter
from imagend.core.job import State
from imagend.core.wire import MAX_BLOB_BYTES, MAX_MESSAGE_BYTES, Claim
from tests.desk.house import token
from tests.workers.gateway import TOKEN, Gateway, until

HEADERS = {"x-worker-token": TOKEN, "x-imagend-protocol": "1"}


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(uds=gateway.socket)
    with httpx.Client(base_url="http://gateway", transport=transport, headers=HEADERS, timeout=30) as client:
        yield client


def claim(**changes: Any) -> dict[str, Any]:
    plain = {"worker_id": "w1", "claim_id": "c1", "backends": ["toy"], "max_jobs": 4, "solo_ok": True}
    return plain | changes


def claim_jobs(http: httpx.Client, **changes: Any) -> list[dict[str, Any]]:
    answer = http.post("/internal/claim", json=claim(**changes))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["jobs"])


@pytest.mark.parametrize("given", [b"wrong", b"", b"\xff", TOKEN.encode() + b"x"])
def test_wrong_token_is_refused(http: httpx.Client, given: bytes) -> None:
    answer = http.post("/internal/claim", json=claim(), headers={b"x-worker-token": given})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_other_protocol_version_is_refused(http: httpx.Client) -> None:
    answer = http.post("/internal/beat", json={}, headers={"x-imagend-protocol": "99"})
    assert (answer.status_code, answer.json()["code"]) == (400, "other_protocol")
    assert "x-imagend-protocol must be from 1 to 2, not 99" in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b"{", "truncated"),
        (json.dumps(claim(max_jobs="2")).encode(), "$.max_jobs"),
        (json.dumps(claim(max_jobs=0)).encode(), "max_jobs must be at least 1"),
        (json.dumps(claim(backends="toy")).encode(), "$.backends"),
        (b'{"worker_id": "\xff"}', "not a Claim"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "at most"),
    ],
)
def test_bad_message_is_named(http: httpx.Client, body: bytes, words: str) -> None:
    answer = http.post("/internal/claim", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert words in answer.json()["error"]


def test_unknown_fields_are_ignored(http: httpx.Client) -> None:
    """A newer worker may say more."""
    assert http.post("/internal/claim", json=claim(mood="good")).status_code == 200


def test_waiting_claim_is_woken_by_the_bell(gateway: Gateway, http: httpx.Client) -> None:
    submitted: list[float] = []

    def submit() -> None:
        submitted.append(time.monotonic())
        gateway.submit()

    threading.Timer(0.2, submit).start()
    (job,) = claim_jobs(http, wait_seconds=20)
    assert time.monotonic() - submitted[0] < 0.9, "found by the poll of one second only"
    assert 0 < job["deadline_in_seconds"] <= gateway.house.policy.deadline_seconds
    assert job["recipe"]["prompt"] == "abc"


def test_empty_claim_waits_as_long_as_it_may(http: httpx.Client) -> None:
    asked_at = time.monotonic()
    assert claim_jobs(http, wait_seconds=0.3) == []
    assert 0.3 <= time.monotonic() - asked_at < 2


def test_leaving_ends_a_waiting_claim(gateway: Gateway, http: httpx.Client) -> None:
    done = threading.Event()

    def leave() -> None:
        while not done.wait(0.05):
            http.post("/internal/leave", json={"worker_id": "w1"})

    thread = threading.Thread(target=leave)
    thread.start()
    asked_at = time.monotonic()
    assert claim_jobs(http, wait_seconds=20) == []
    assert time.monotonic() - asked_at < 5
    done.set()
    thread.join()


def test_repeated_claim_gets_the_same_leases(gateway: Gateway, http: httpx.Client) -> None:
    gateway.submit()
    first = claim_jobs(http, claim_id="same")
    gateway.submit()
    assert [job["token"] for job in claim_jobs(http, claim_id="same")] == [job["token"] for job in first]
    (other,) = claim_jobs(http, claim_id="next", solo_ok=False)
    assert other["job_id"] != first[0]["job_id"]


def test_claim_of_a_worker_that_died_waiting_takes_no_job(gateway: Gateway, http: httpx.Client) -> None:
    body = json.dumps(claim(wait_seconds=20)).encode()
    head = f"POST /internal/claim HTTP/1.1\r\nhost: gateway\r\ncontent-length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    with socket.socket(socket.AF_UNIX) as dying:
        dying.connect(gateway.socket)
        dying.sendall(head.encode() + b"\r\n" + body)
        bell = gateway.house.bell
        until(lambda: "queue" in bell._callbacks)
    until(lambda: "queue" not in bell._callbacks)
    job_id = gateway.submit()
    job = gateway.look(job_id)
    assert (job.state, job.attempt) == (State.QUEUED, 0)
    assert len(claim_jobs(http, worker_id="w2")) == 1


def test_jobs_claimed_for_a_caller_that_is_gone_are_taken_back(gateway: Gateway) -> None:
    house = gateway.house
    counter = ClaimCounter(house.desk, house.bell, house.clock, boot="boot", lease_seconds=30.0, longest=20.0)
    job_id = gateway.submit()

    async def hang_up() -> Message:
        return {"type": "http.disconnect"}

    answer = asyncio.run(counter.claim(Request({"type": "http"}, hang_up), msgspec.convert(claim(), Claim)))
    assert answer.jobs == ()
    job = gateway.look(job_id)
    assert (job.state, job.attempt, job.releases) == (State.QUEUED, 0, 1)


def test_every_verb_of_a_fenced_worker_is_refused(gateway: Gateway, http: httpx.Client) -> None:
    job_id = gateway.submit()
    (mine,) = claim_jobs(http)
    gateway.house.desk.worker_lost("w1")
    (again,) = gateway.house.desk.claim("w2", "boot", ("toy",), 1)
    stale = {"job_id": job_id, "token": mine["token"]}
    success = {"images": [], "metrics": {}, "filtered": [], "notes": {}}
    answers = [
        http.put(
            f"/internal/blobs/{job_id}/0",
            content=b"late",
            headers={"x-lease-token": mine["token"], "content-type": "image/jpeg"},
        ),
        http.post("/internal/complete", json=stale | {"success": success}),
        http.post("/internal/fail", json=stale | {"failure": {"code": "x", "message": "y"}, "retryable": True}),
        http.post("/internal/release", json=stale),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "fenced")] * 4
    beat = http.post("/internal/beat", json={"worker_id": "w1", "leases": {job_id: mine["token"]}})
    assert beat.json()["leases"][job_id]["held"] is False
    assert token(gateway.look(job_id)) == token(again)
    assert list(gateway.house.blobs.list("r")) == []


def test_upload_is_bounded_and_typed(gateway: Gateway, http: httpx.Client) -> None:
    job_id = gateway.submit()
    (job,) = claim_jobs(http)
    lease = {"x-lease-token": job["token"]}
    big = http.put(
        f"/internal/blobs/{job_id}/0",
        content=bytes(MAX_BLOB_BYTES + 1),
        headers=lease | {"content-type": "image/jpeg"},
    )
    assert (big.status_code, big.json()["code"]) == (400, "bad_request")
    odd = http.put(f"/internal/blobs/{job_id}/0", content=b"x", headers=lease | {"content-type": "image/gif"})
    assert odd.status_code == 400
    assert "image/jpeg, image/png, image/webp" in odd.json()["error"]
    beyond = http.put(f"/internal/blobs/{job_id}/1", content=b"x", headers=lease | {"content-type": "image/jpeg"})
    assert (beyond.status_code, beyond.json()["code"]) == (400, "bad_parameter")
