"""Requests that OpenAI's client sends again by itself: the earlier job's pictures, and no second charge."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from imagend.api.edge import access_log
from imagend.api.repeats import number_of
from imagend.core.job import Job
from imagend.desk.order import Attempt
from imagend.desk.repeats import Repeats
from tests.api.house import Guest, open_house

PATH = "/v1/images/generations"
KITE = {"prompt": "a kite", "size": "256x256"}
HOLD = {"prompt": "hold it", "size": "256x256"}


def post(guest: Guest, number: int | None, body: dict[str, Any] = KITE, **options: Any) -> httpx.Response:
    headers = {} if number is None else {"x-stainless-retry-count": str(number)}
    return guest.http.post(PATH, json=body, headers=headers, **options)


def test_a_lost_answer_is_given_again(served: Guest) -> None:
    first, again, third = (post(served, number) for number in (0, 1, 2))
    assert first.json() == again.json() == third.json()
    assert first.headers["x-request-id"] == third.headers["x-request-id"]
    assert served.num_jobs == 1
    assert served.available == 100_000_000 - 60_000


def test_a_first_try_without_the_header_counts_too(served: Guest) -> None:
    assert post(served, None).json() == post(served, 1).json()
    assert served.num_jobs == 1


def test_the_same_request_asked_twice_is_two_jobs(served: Guest) -> None:
    assert post(served, 0).headers["x-request-id"] != post(served, 0).headers["x-request-id"]
    assert served.num_jobs == 2


def test_two_same_requests_keep_their_own_pictures_when_repeated(served: Guest) -> None:
    made = {post(served, 0).headers["x-request-id"] for _ in range(2)}
    again = {post(served, 1).headers["x-request-id"] for _ in range(2)}
    assert made == again
    assert post(served, 1).headers["x-request-id"] not in made
    assert served.num_jobs == 3


def test_another_body_or_key_is_another_request(served: Guest) -> None:
    first = post(served, 0)
    assert post(served, 1, {**KITE, "n": 2}).headers["x-request-id"] != first.headers["x-request-id"]
    stranger = served.house.guest()
    assert post(stranger, 1).headers["x-request-id"] != first.headers["x-request-id"]


def test_after_a_while_it_is_a_new_request(served: Guest) -> None:
    first = post(served, 0)
    served.house.clock.now += 61
    assert post(served, 1).headers["x-request-id"] != first.headers["x-request-id"]


def test_what_failed_is_tried_anew(served: Guest) -> None:
    body = {"prompt": "break it", "size": "256x256"}
    assert post(served, 0, body).headers["x-request-id"] != post(served, 1, body).headers["x-request-id"]
    assert served.num_jobs == 2


def test_an_idempotency_key_is_stronger(served: Guest) -> None:
    first = post(served, 0)
    keyed = served.http.post(PATH, json=KITE, headers={"x-stainless-retry-count": "1", "idempotency-key": "k"})
    assert keyed.headers["x-request-id"] != first.headers["x-request-id"]


def test_a_try_that_comes_while_the_first_still_runs_joins_it(served: Guest) -> None:
    painter = served.house.painter
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, served, 0, HOLD)
        job = painter.held.get(timeout=10)
        second = pool.submit(post, served, 1, HOLD)
        painter.finish(job, even_held=True)
        assert first.result().json() == second.result().json()
    assert served.num_jobs == 1


class Hears(logging.Handler):
    """Waits for an access-log line of a caller who hung up."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "status", 0) == 499:
            self.gone.set()


@pytest.fixture
def hears() -> Iterator[Hears]:
    handler = Hears()
    access_log.addHandler(handler)
    level, _ = access_log.level, access_log.setLevel("INFO")
    yield handler
    access_log.setLevel(level)
    access_log.removeHandler(handler)


def test_the_first_caller_may_go_once_the_second_waits(
    served: Guest, hears: Hears, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined, join = threading.Event(), Repeats.join

    def noted(self: Repeats, account_id: str, attempt: Attempt, seconds: float) -> Job | None:
        found = join(self, account_id, attempt, seconds)
        if found is not None:
            joined.set()
        return found

    monkeypatch.setattr(Repeats, "join", noted)
    with ThreadPoolExecutor(1) as pool, called(served, HOLD) as line:
        job = served.house.painter.held.get(timeout=10)
        second = pool.submit(post, served, 1, HOLD)
        assert joined.wait(10)
        line.close()
        assert hears.gone.wait(10)
        served.house.painter.finish(job, even_held=True)
        assert second.result().headers["x-request-id"] == job.id


def called(guest: Guest, body: dict[str, Any]) -> socket.socket:
    """A POST over a bare socket that waits for its answer."""
    content = json.dumps(body)
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: {guest.secret}\r\ncontent-length: {len(content)}\r\n\r\n"
    line = socket.create_connection(("127.0.0.1", guest.house.port))
    line.sendall((head + content).encode())
    return line


def test_a_client_that_gave_up_pays_nothing_and_its_next_try_starts_anew(served: Guest, hears: Hears) -> None:
    called(served, HOLD).close()
    assert hears.gone.wait(10)
    assert served.available == 100_000_000
    assert post(served, 1, KITE).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(post, served, 1, HOLD)
        job = next(job for job in iter(served.house.painter.held.get, None) if job.id in alive(served))
        served.house.painter.finish(job, even_held=True)
        assert again.result().headers["x-request-id"] == job.id


def alive(guest: Guest) -> set[str]:
    rows = [row for row in guest.house.rows("jobs") if row["account_id"] == guest.account_id]
    return {row["id"] for row in rows if row["state"] == "PROCESSING"}


def test_no_memory_at_all(tmp_path: Path) -> None:
    """IMAGEND_OPENAI_RETRY_SECONDS=0."""
    with open_house(tmp_path, working=True, openai_retry_seconds=0.0) as house:
        guest = house.guest()
        assert post(guest, 0).headers["x-request-id"] != post(guest, 1).headers["x-request-id"]


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("2", 2), ("", 0), ("-1", 0), ("²", 0), ("99999", 0), ("x", 0)])
def test_number_of_a_try(text: str, number: int) -> None:
    assert number_of({"x-stainless-retry-count": text}) == number
