"""`stream: true`: previews, completed pictures, errors in the middle, and readers who go away."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imagend.api.dialects import openai_stream
from imagend.core.job import Job, State
from imagend.core.outcome import Failure, Verdict
from imagend.desk.audit import audit
from tests.api.house import Guest, open_house
from tests.api.streams import Event, read_events, tell

PATH = "/v1/images/generations"
HOLD = {"prompt": "hold it", "size": "320x256", "stream": True, "output_format": "jpeg", "response_format": "b64_json"}
PARTIAL, COMPLETED = "image_generation.partial_image", "image_generation.completed"


@pytest.fixture(autouse=True)
def sound_books(served: Guest) -> Iterator[None]:
    yield
    assert audit(served.house.store) == []


@contextmanager
def stream(guest: Guest, **fields: Any) -> Iterator[Iterator[Event]]:
    with guest.http.stream("POST", PATH, json=HOLD | fields) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-request-id"]
        assert answer.headers["cache-control"] == "no-store"
        yield read_events(answer.iter_lines())


def leased(guest: Guest) -> Job:
    return guest.house.painter.held.get(timeout=10)


def finish(guest: Guest, job: Job) -> None:
    guest.house.painter.finish(job, even_held=True)


def show(guest: Guest, job: Job, done: int, picture: bytes, total: int = 20) -> None:
    tell(guest.house.services.desk, job, done, total, preview=picture)


def test_previews_and_then_the_picture(served: Guest) -> None:
    with stream(served, partial_images=2, quality="low", user="u-1") as events:
        job = leased(served)
        assert served.house.services.desk.live.wanted(job) == 2
        seen = []
        for index, done in enumerate((7, 13)):
            tell(served.house.services.desk, job, done - 1)  # progress alone is not told
            show(served, job, done, b"picture %d" % index)
            seen.append(next(events))
        finish(served, job)
        (completed,) = events
    now = int(served.house.clock.now)
    common = {"background": "opaque", "output_format": "jpeg", "quality": "low", "size": "320x256", "created_at": now}
    for index, event in enumerate(seen):
        picture = base64.b64encode(b"picture %d" % index).decode()
        assert event.kind == PARTIAL
        assert event.data == common | {"type": PARTIAL, "b64_json": picture, "partial_image_index": index}
    assert completed.kind == COMPLETED
    assert base64.b64decode(completed.data.pop("b64_json"))[:2] == b"\xff\xd8"
    assert completed.data == common | {
        "type": COMPLETED,
        "revised_prompt": "hold it",
        "seed": completed.data["seed"],
        "safety_identifier": "u-1",
        "usage": {
            "input_tokens": 2,
            "output_tokens": 320,
            "total_tokens": 322,
            "input_tokens_details": {"text_tokens": 2, "image_tokens": 0},
            "output_tokens_details": {"text_tokens": 0, "image_tokens": 320},
        },
    }
    assert served.available == 100_000_000 - 60_000


@pytest.mark.parametrize(
    ("asked", "drawn", "shown"),
    [
        (0, range(1, 20), []),
        (1, range(1, 20), [5]),
        (3, [5, 10, 15], [5, 10, 15]),  # just ours
        (3, [2, 4, 5, 7, 9, 11, 13, 15, 16, 18], [4, 9, 13]),  # somebody else watches and wants ten
        (2, [19], [19]),  # a short run draws fewer
    ],
)
def test_at_most_as_many_previews_as_were_asked_for_evenly_spread(
    served: Guest, asked: int, drawn: list[int], shown: list[int]
) -> None:
    with stream(served, partial_images=asked) as events:
        job = leased(served)
        for done in drawn:
            show(served, job, done, str(done).encode())
        finish(served, job)
        pictures = [event.data["b64_json"] for event in events if event.kind == PARTIAL]
    assert [int(base64.b64decode(picture)) for picture in pictures] == shown


def test_each_of_several_pictures_has_its_event(served: Guest) -> None:
    with stream(served, n=3, model="imagen-4-fast", output_format="png") as events:
        finish(served, leased(served))
        completed = list(events)
    assert [event.kind for event in completed] == [COMPLETED] * 3
    assert len({event.data["b64_json"] for event in completed}) == 3
    usages = [event.data["usage"] for event in completed]
    assert [usage["input_tokens"] for usage in usages] == [2, 0, 0]
    assert sum(usage["total_tokens"] for usage in usages) == 2 + 3 * 320
    assert served.available == 100_000_000 - 3 * 25_000


def test_what_was_held_back_is_said_in_the_last_event(served: Guest) -> None:
    with stream(served, prompt="strange things", n=2) as events:
        (only,) = events
    assert only.data["filtered"] == [{"index": 1, "category": "sexual", "support_code": "63429089"}]


def test_links_come_too_unless_only_bytes_were_asked_for(served: Guest) -> None:
    for shape, there in (("url", True), (None, True), ("b64_json", False)):
        with stream(served, prompt="a kite", response_format=shape) as events:
            (only,) = events
        assert "b64_json" in only.data
        assert ("url" in only.data) == there


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (Failure(code="backend_failed", message="The model failed"), "server_error", "server_error"),
        (Failure(code="cancelled", message="The request was cancelled"), "invalid_request_error", "cancelled"),
        (Failure(code="deadline_exceeded", message="late"), "server_error", "timeout"),
        (
            Failure(
                code="content_blocked",
                message="Content blocked",
                verdicts=(Verdict(stage="image", category="violence", support_code="61493863", index=0),),
            ),
            "image_generation_user_error",
            "moderation_blocked",
        ),
    ],
)
def test_an_error_in_the_middle(served: Guest, failure: Failure, kind: str, code: str) -> None:
    with stream(served, partial_images=1) as events:
        job = leased(served)
        show(served, job, 10, b"half")
        assert next(events).kind == PARTIAL
        assert job.lease
        served.house.services.desk.fail(job.id, job.lease.token, failure, False)
        (last,) = events
    error = last.data["error"]
    assert (last.kind, last.data["type"]) == ("error", "error")
    assert (error["type"], error["code"]) == (kind, code)
    assert error["message"]
    assert served.available == 100_000_000


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"partial_images": 4}, 400, "partial_images"),
        ({"n": 0}, 400, "n"),
        ({"prompt": ""}, 400, "prompt"),
        ({"model": "dall-e-3"}, 404, "model"),
    ],
)
def test_refusals_before_the_stream_are_ordinary_answers(
    served: Guest, fields: dict[str, Any], status: int, param: str
) -> None:
    answer = served.http.post(PATH, json=HOLD | fields)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["error"]["param"] == param
    assert served.num_jobs == 0


def test_no_credits_and_no_key_too(served: Guest) -> None:
    poor = served.house.guest(credits=0.01)
    assert poor.http.post(PATH, json=HOLD).status_code == 429
    assert served.http.post(PATH, json=HOLD, headers={"authorization": "Bearer x"}).status_code == 401


def test_a_forbidden_prompt_is_an_ordinary_answer(served: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Verdict(stage="prompt", category="hate", support_code="57734940"),)
    monkeypatch.setattr(type(served.house.services.safety), "judge_prompt", lambda self, recipe: found)
    answer = served.http.post(PATH, json=HOLD)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert answer.json()["error"]["code"] == "moderation_blocked"
    assert "hate (prompt, 57734940)" in answer.json()["error"]["message"]
    assert served.available == 100_000_000


def until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 20
    while not true():
        assert time.monotonic() < give_up_at, "it did not come true"
        time.sleep(0.005)


def state(guest: Guest, job: Job) -> State:
    return guest.house.services.desk.look(guest.account_id, job.id).state


def test_who_goes_away_cancels_and_pays_nothing(served: Guest) -> None:
    with stream(served, partial_images=1) as events:
        job = leased(served)
        show(served, job, 10, b"half")
        assert next(events).kind == PARTIAL
    until(lambda: state(served, job) is State.FAILED)
    assert served.available == 100_000_000


def test_who_goes_away_before_the_first_event_too(served: Guest) -> None:
    content = json.dumps(HOLD)
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: {served.secret}\r\ncontent-length: {len(content)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.house.port)) as line:
        line.sendall((head + content).encode())
        job = leased(served)
    until(lambda: state(served, job) is State.FAILED)
    assert served.available == 100_000_000


def test_with_an_idempotency_key_the_job_goes_on_and_can_be_had_again(served: Guest) -> None:
    key = {"idempotency-key": "stream-1"}
    with served.http.stream("POST", PATH, json=HOLD, headers=key):
        job = leased(served)
    assert state(served, job) is State.PROCESSING
    finish(served, job)
    answer = served.http.post(PATH, json=HOLD, headers=key)
    assert answer.headers["x-request-id"] == job.id
    (completed,) = read_events(iter(answer.text.splitlines()))
    assert completed.kind == COMPLETED
    assert served.available == 100_000_000 - 60_000


def test_a_seat_is_held_as_long_as_the_stream(tmp_path: Path, served: Guest) -> None:
    with open_house(tmp_path, working=True, max_waiters_per_account=1) as house:
        guest = house.guest()
        with stream(guest) as events:
            job = leased(guest)
            assert guest.http.post(PATH, json=HOLD).status_code == 429
            finish(guest, job)
            assert [event.kind for event in events] == [COMPLETED]
        until(lambda: guest.http.post(PATH, json=HOLD | {"prompt": "a kite"}).status_code == 200)


def test_the_line_is_kept_alive_and_ends_at_the_deadline(served: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_stream, "KEEP_ALIVE_SECONDS", 1.0)
    with stream(served) as events:
        leased(served)
        assert next(events) == Event(kind="", data=": keep-alive")
        served.house.clock.now += 61
        last = next(event for event in events if event.kind)
    assert (last.kind, last.data["error"]["code"]) == ("error", "timeout")
    assert served.available == 100_000_000
