"""Server-sent events: order, resuming, several watchers, slow and vanished ones."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imagend.core.job import Job, JobPolicy
from imagend.desk.audit import audit
from imagend.desk.moments import END, TRY
from tests.api.house import Guest, House, open_house
from tests.api.streams import Event, all_events, stream, tell


@pytest.fixture(autouse=True)
def sound_books(house: House) -> Iterator[None]:
    yield
    assert audit(house.store) == []


def finish(guest: Guest, job: Job) -> None:
    guest.house.painter.finish(job, even_held=True)


def report(guest: Guest, job: Job, done: int, **more: Any) -> None:
    tell(guest.house.services.desk, job, done, **more)


def until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 20
    while not true():
        assert time.monotonic() < give_up_at, "it did not come true"
        time.sleep(0.005)


def watchers(house: House, job: Job) -> int:
    return len(house.services.bell._callbacks.get(job.id, {}))


def test_a_request_from_queue_to_picture(guest: Guest) -> None:
    request_id = guest.submit("hold it", width=256, height=256)
    with stream(guest.http, request_id) as events:
        queued = next(events)
        assert (queued.kind, queued.id, queued.data["status"]) == ("status", 1, "QUEUED")
        assert queued.data["queue_position"] == 0
        [job] = guest.house.painter.step()
        started = next(events)
        assert (started.kind, started.id, started.data["status"]) == ("status", TRY + 1, "PROCESSING")
        report(guest, job, 10)
        moved = next(events)
        assert (moved.kind, moved.id) == ("progress", TRY + 102)
        eta = moved.data.pop("eta_seconds")
        assert eta >= 0
        assert moved.data == {"request_id": request_id, "progress": 0.4, "steps": {"done": 10, "total": 25}}
        report(guest, job, 20, preview=b"a small picture")
        moved, preview = next(events), next(events)
        assert [moved.kind, preview.kind] == ["progress", "preview"]
        assert base64.b64decode(preview.data["image"]) == b"a small picture"
        assert (preview.data["content_type"], preview.data["steps"]["done"]) == ("image/jpeg", 20)
        finish(guest, job)
        end = next(events)
        assert (end.kind, end.id) == ("completed", TRY + END)
        assert end.data == guest.http.get(f"/v2/requests/{request_id}").json()
        assert list(events) == []


@pytest.mark.parametrize("how", ["fail", "cancel", "cancel while it waits"])
def test_a_failure_ends_the_stream_with_the_body_of_the_result(guest: Guest, how: str) -> None:
    request_id = guest.submit("hold it" if how != "fail" else "break it")
    with stream(guest.http, request_id) as events:
        assert next(events).kind == "status"
        if how == "cancel while it waits":
            guest.http.delete(f"/v2/requests/{request_id}")
        else:
            guest.house.painter.step()
            if how == "cancel":
                guest.http.delete(f"/v2/requests/{request_id}")
        rest = [event for event in events if event.kind != "status"]
    assert [event.kind for event in rest] == ["failed"]
    assert rest[0].data == guest.http.get(f"/v2/requests/{request_id}").json()


def watched(guest: Guest, num_reports: int = 8) -> tuple[str, list[Event]]:
    """A finished request, and all that a patient watcher saw of it."""
    job = guest.leased()
    with stream(guest.http, job.id) as events:
        seen = [next(events)]
        for done in range(1, num_reports):
            report(guest, job, done, preview=b"picture" if done % 3 == 0 else None)
            seen += [next(events) for _ in range(2 if done % 3 == 0 else 1)]
        finish(guest, job)
        seen += events
    return job.id, seen


def numbered(events: list[Event]) -> list[tuple[int | None, str]]:
    return [(event.id, event.kind) for event in events]


def test_resuming_behind_any_event_has_no_gap_and_no_repetition(guest: Guest) -> None:
    request_id, seen = watched(guest)
    ids = [event.id for event in seen if event.id is not None]
    assert ids == sorted(set(ids))
    for position, last in enumerate(ids[:-1]):
        # The state that has passed by is not told again; everything else is.
        assert numbered(all_events(guest.http, request_id, last)) == numbered(seen[position + 1 :])


def test_who_has_seen_the_end_is_told_not_to_come_back(guest: Guest) -> None:
    request_id, seen = watched(guest, 2)
    answer = guest.http.get(f"/v2/requests/{request_id}/events", headers={"last-event-id": str(seen[-1].id)})
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_id_may_come_in_the_address_and_the_header_wins(guest: Guest) -> None:
    request_id, seen = watched(guest)
    with stream(guest.http, request_id, query=f"?last_event_id={seen[-2].id}") as events:
        assert [event.id for event in events] == [seen[-1].id]
    with stream(guest.http, request_id, after=seen[-2].id, query="?last_event_id=0") as events:
        assert [event.id for event in events] == [seen[-1].id]


def test_resuming_after_a_restart_goes_on_with_the_next_attempt(tmp_path: Path) -> None:
    secret = ""
    with open_house(tmp_path) as house:
        guest = house.guest()
        secret, job = guest.secret, guest.leased()
        with stream(guest.http, job.id) as events:
            next(events)
            report(guest, job, 7)
            last = next(events)
    with open_house(tmp_path) as house, house.client(headers={"x-api-key": secret}) as http:
        house.services.desk.recover("boot-2")
        with stream(http, job.id, last.id) as events:
            [again] = house.painter.step()
            started = next(events)
            assert (started.kind, started.id) == ("status", 2 * TRY + 1)
            tell(house.services.desk, again, 3)
            assert next(events).id == 2 * TRY + 32
            house.painter.finish(again, even_held=True)
            assert [(event.kind, event.id) for event in events] == [("completed", 2 * TRY + END)]


def test_two_watchers_see_the_same(guest: Guest) -> None:
    job = guest.leased()
    with stream(guest.http, job.id) as one, stream(guest.http, job.id) as other:
        assert next(one) == next(other)
        for done in (1, 2, 3):
            report(guest, job, done)
            assert next(one).id == next(other).id == TRY + done * 10 + 2
        finish(guest, job)
        assert numbered(list(one)) == numbered(list(other))
    until(lambda: watchers(guest.house, job) == 0)


def raw_stream(guest: Guest, request_id: str, query: str = "", window: int | None = None) -> socket.socket:
    connection = socket.socket()
    if window:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    connection.connect(("127.0.0.1", guest.house.port))
    head = f"GET /v2/requests/{request_id}/events{query} HTTP/1.1\r\nhost: x\r\nx-api-key: {guest.secret}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_a_reader_that_takes_nothing_delays_nobody(guest: Guest) -> None:
    job = guest.leased()
    with raw_stream(guest, job.id, window=4096), stream(guest.http, job.id) as events:
        next(events)
        until(lambda: watchers(guest.house, job) == 2)
        for done in range(1, 25):  # 24 MB, more than all buffers between here and there take
            report(guest, job, done, preview=bytes(750_000))
            assert [next(events).kind, next(events).kind] == ["progress", "preview"]
        finish(guest, job)
        assert [event.kind for event in events] == ["completed"]
    until(lambda: watchers(guest.house, job) == 0)


def test_hanging_up_leaves_nothing_behind(guest: Guest) -> None:
    job, live = guest.leased(), guest.house.services.desk.live
    with raw_stream(guest, job.id, "?previews=3"):
        until(lambda: live.wanted(job) == 3)
    until(lambda: live.wanted(job) == 0 and watchers(guest.house, job) == 0)
    assert job.id not in live._bell._callbacks
    assert [notice.previews for notice in live.news.after("painter", 0).leases if notice.job_id == job.id] == [3, 0]
    finish(guest, job)


@pytest.mark.parametrize(("query", "wanted"), [("", 0), ("?previews=4", 4), ("?previews=true", 10), ("?previews=0", 0)])
def test_previews_cost_nothing_unless_asked_for(guest: Guest, query: str, wanted: int) -> None:
    job = guest.leased()
    with stream(guest.http, job.id, query=query) as events:
        next(events)
        assert guest.house.services.desk.live.wanted(job) == wanted
    finish(guest, job)


@pytest.mark.parametrize(("asked", "wanted"), [(3, 3), ("3", 3), (True, 10), (False, 0), (None, 0)])
def test_previews_can_be_asked_for_at_submit(guest: Guest, asked: object, wanted: int) -> None:
    job = guest.leased(previews=asked)
    assert guest.house.services.desk.live.wanted(job) == wanted
    finish(guest, job)
    assert "x-ignored-params" not in guest.http.post("/v2/imagen", json={"prompt": "x", "previews": 1}).headers
    refused = guest.http.post("/v2/imagen", json={"prompt": "x", "previews": 11})
    assert (refused.status_code, refused.json()["error"]) == (400, "previews must be true, false or from 0 to 10")


@pytest.mark.parametrize(
    ("query", "headers", "named"),
    [
        ("?previews=11", {}, "previews must be true, false or from 0 to 10"),
        ("?previews=-1", {}, "previews must be"),
        ("?last_event_id=x", {}, "last_event_id must be"),
        ("", {"last-event-id": "-5"}, "last-event-id must be"),
        ("", {"last-event-id": "9" * 30}, "last-event-id must be"),
    ],
)
def test_bad_questions_are_named(guest: Guest, query: str, headers: dict[str, str], named: str) -> None:
    answer = guest.http.get(f"/v2/requests/{guest.submit()}/events{query}", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(named)


def test_strangers_and_unknown_requests(guest: Guest) -> None:
    request_id = guest.submit()
    other = guest.house.guest()
    assert other.http.get(f"/v2/requests/{request_id}/events").status_code == 404
    unknown = guest.http.get("/v2/requests/nothing/events")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Request nothing not found"})
    with guest.house.client() as nobody:
        assert nobody.get(f"/v2/requests/{request_id}/events").status_code == 401


def test_head_does_not_stream(guest: Guest) -> None:
    answer = guest.http.head(f"/v2/requests/{guest.submit()}/events")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_streams_are_limited_per_account(tmp_path: Path) -> None:
    with open_house(tmp_path, max_event_streams_per_account=1) as house:
        guest, other = house.guest(), house.guest()
        request_id = guest.submit()
        with stream(guest.http, request_id) as events:
            next(events)
            refused = guest.http.get(f"/v2/requests/{request_id}/events")
            assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
            with stream(other.http, other.submit()) as others:
                next(others)
        until(lambda: guest.http.head(f"/v2/requests/{request_id}/events").status_code == 200)
        until(lambda: _opens(guest, request_id))


def _opens(guest: Guest, request_id: str) -> bool:
    with guest.http.stream("GET", f"/v2/requests/{request_id}/events") as answer:
        return answer.status_code == 200


def test_a_waiting_request_tells_its_new_place(tmp_path: Path) -> None:
    with open_house(tmp_path, policy=JobPolicy()) as house:
        guest = house.guest()
        first, second = guest.submit(), guest.submit()
        with stream(guest.http, second) as events:
            assert next(events).data["queue_position"] == 1
            guest.http.delete(f"/v2/requests/{first}")
            house.clock.now += 2  # the copy of the queue is a second old at the most
            moved = next(events)
            assert (moved.kind, moved.id, moved.data["queue_position"]) == ("status", None, 0)


def test_a_silent_stream_is_kept_alive(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.api.events.KEEP_ALIVE_SECONDS", 0.5)
    job = guest.leased()
    with stream(guest.http, job.id) as events:
        assert next(events).kind == "status"
        assert next(events) == Event(kind="", data=": keep-alive")
    finish(guest, job)
