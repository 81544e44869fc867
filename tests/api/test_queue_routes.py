"""The life of a request through v2: golden bodies per state, retention, billing, cancel, idempotency."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagend.core.errors import StaleLease
from imagend.core.job import JobPolicy
from imagend.desk.audit import audit
from tests.api.house import FAILURES, Guest, House, open_house

PRICE = 25_000


@pytest.fixture(autouse=True)
def sound_books(house: House) -> Any:
    yield
    assert audit(house.store) == []


def origin(guest: Guest) -> str:
    return f"http://127.0.0.1:{guest.house.port}"


def pending(guest: Guest, request_id: str, state: str) -> dict[str, Any]:
    return {
        "status": state,
        "request_id": request_id,
        "status_url": f"{origin(guest)}/v2/requests/{request_id}/status",
        "response_url": f"{origin(guest)}/v2/requests/{request_id}",
        "metrics": {},
        "progress": 0.0,
        "steps": {"done": 0, "total": 25},
    }


def look(guest: Guest, request_id: str) -> list[tuple[int, dict[str, Any]]]:
    paths = (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", f"/v1/requests/{request_id}")
    answers = [guest.http.get(path) for path in paths]
    assert all(answer.headers["x-request-id"] == request_id for answer in answers if answer.status_code != 404)
    return [(answer.status_code, answer.json()) for answer in answers]


def test_submit_has_five_keys(guest: Guest) -> None:
    answer = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a kite"})
    assert answer.status_code == 200
    request_id = answer.json()["request_id"]
    assert uuid.UUID(request_id).version == 4
    assert answer.headers["x-request-id"] == request_id
    assert answer.json() == {
        "request_id": request_id,
        "status": "QUEUED",
        "poll_url": f"{origin(guest)}/v1/requests/{request_id}",
        "status_url": f"{origin(guest)}/v2/requests/{request_id}/status",
        "response_url": f"{origin(guest)}/v2/requests/{request_id}",
    }


def test_e69_queued_and_processing_bodies(guest: Guest) -> None:
    request_id = guest.submit("hold it")
    for state, more in (("QUEUED", {"queue_position", "eta_seconds"}), ("PROCESSING", {"eta_seconds"})):
        for code, body in look(guest, request_id):
            assert code == 200
            assert {name: body.pop(name) for name in more}.keys() == more
            assert body == pending(guest, request_id, state)
        guest.house.painter.step()


def test_completed_bodies(guest: Guest) -> None:
    house = guest.house
    request_id = guest.submit("a red kite", seed=77, aspect_ratio="1:1")
    house.clock.now += 1.5
    house.painter.step()
    (light, light_body), (full, body), (alias, alias_body) = look(guest, request_id)
    assert (light, full, alias) == (200, 200, 200)
    assert light_body == {"status": "COMPLETED", "request_id": request_id, "metrics": {"inference_time": 0.25}}
    assert alias_body == body
    url, image = body["output"], body["images"][0]
    assert body == {
        "status": "COMPLETED",
        "error": None,
        "request_id": request_id,
        "output": url,
        "images": [
            {
                "url": url,
                "content_type": "image/jpeg",
                "file_name": url.partition("?")[0].rpartition("/")[2],
                "file_size": image["file_size"],
                "width": 1024,
                "height": 1024,
                "seed": "77",
            }
        ],
        "seed": "77",
        "prompt": "a red kite",
        "metrics": {
            "inference_time": 0.25,
            "queue_time": 1.5,
            "total_time": 1.5,
            "cost": 0.025,
            "remaining_credits": 99.975,
        },
        "timings": {"inference": 0.25},
    }
    assert url.startswith(f"{origin(guest)}/generations/")
    assert guest.secret not in url
    with house.client() as nobody:
        assert len(nobody.get(url).content) == int(image["file_size"])


def test_e71_the_result_never_changes(guest: Guest) -> None:
    request_id = guest.finished(foo=1)
    first = guest.http.get(f"/v2/requests/{request_id}").content
    for _ in range(50):
        guest.house.clock.now += 1
        guest.submit()
        assert guest.http.get(f"/v2/requests/{request_id}").content == first


@pytest.mark.parametrize("word", ["block", "break", "lose", "invalid"])
def test_e72_e73_e74_e75_failed_is_422_on_both_urls_and_free(guest: Guest, word: str) -> None:
    answer = guest.http.post("/v2/imagen-4-fast", json={"prompt": f"{word} this"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "QUEUED"
    request_id = answer.json()["request_id"]
    assert guest.available == 100_000_000 - PRICE
    guest.house.painter.step()
    failed = {
        "status": "FAILED",
        "error": FAILURES[word].message,
        "request_id": request_id,
        "metrics": {"inference_time": 0.0, "queue_time": 0.0, "total_time": 0.0},
    }
    assert look(guest, request_id) == [(422, failed)] * 3
    assert guest.available == 100_000_000


def test_unknown_foreign_and_malformed_ids_are_one_404(guest: Guest) -> None:
    stranger = guest.house.guest()
    for request_id in (str(uuid.uuid4()), stranger.finished(), "no-uuid", "ünï", "x" * 300):
        gone = {"error": f"Request {request_id} not found"}
        assert look(guest, request_id) == [(404, gone)] * 3
        deleted = guest.http.delete(f"/v2/requests/{request_id}")
        assert (deleted.status_code, deleted.json()) == (404, gone)


def test_e78_e79_results_live_an_hour_after_they_are_final(tmp_path: Path) -> None:
    with open_house(tmp_path, policy=JobPolicy(deadline_seconds=10_000)) as house:
        guest = house.guest()
        request_id = guest.submit()
        house.clock.now += 5000  # longer in the queue than results are kept
        house.painter.step()
        body = guest.http.get(f"/v2/requests/{request_id}").json()
        house.clock.now += 3599
        assert guest.http.get(f"/v2/requests/{request_id}").json() == body
        house.clock.now += 2
        answer = guest.http.get(f"/v2/requests/{request_id}")
        assert (answer.status_code, answer.json()) == (404, {"error": f"Request {request_id} not found"})
        assert guest.http.get(body["output"]).status_code == 200  # the file outlives the record


def test_retries_never_show_a_step_back(guest: Guest) -> None:
    job = guest.leased()
    assert job.lease is not None
    guest.house.services.desk.release(job.id, job.lease.token)
    assert guest.http.get(f"/v2/requests/{job.id}/status").json()["status"] == "PROCESSING"


def test_retry_count_is_told(guest: Guest) -> None:
    job = guest.leased()
    assert job.lease is not None
    guest.house.services.desk.fail(job.id, job.lease.token, FAILURES["break"], True)
    guest.house.clock.now += 10
    again = next(one for one in guest.house.painter.step() if one.id == job.id)
    guest.house.painter.finish(again, even_held=True)
    assert guest.http.get(f"/v2/requests/{job.id}").json()["metrics"]["retry_count"] == 1


def test_cancel_is_final_and_free_whether_the_job_waits_or_runs(guest: Guest) -> None:
    running = guest.leased()
    for request_id in (guest.submit(), running.id):
        answer = guest.http.delete(f"/v2/requests/{request_id}")
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["error"]) == ("FAILED", "The request was cancelled")
        assert guest.http.get(f"/v2/requests/{request_id}").status_code == 422
    with pytest.raises(StaleLease):
        guest.house.painter.finish(running, even_held=True)
    assert guest.available == 100_000_000


def test_cancel_after_the_end_changes_nothing(guest: Guest) -> None:
    done = guest.finished()
    assert guest.http.delete(f"/v2/requests/{done}").json()["status"] == "COMPLETED"
    assert guest.http.get(f"/v2/requests/{done}").status_code == 200
    assert guest.available == 100_000_000 - PRICE


def test_e84_two_posts_are_two_jobs(guest: Guest) -> None:
    assert guest.submit(seed=1) != guest.submit(seed=1)
    assert guest.available == 100_000_000 - 2 * PRICE


def test_e84_an_idempotency_key_makes_them_one(guest: Guest) -> None:
    key = {"idempotency-key": "order 66"}
    first = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a kite", "seed": None}, headers=key)
    twin = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a kite"}, headers=key)
    assert twin.status_code == 200
    assert twin.json() == first.json()
    assert guest.available == 100_000_000 - PRICE
    other = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a cat"}, headers=key)
    assert other.status_code == 409
    assert other.headers["x-should-retry"] == "false"
    assert other.json()["code"] == "idempotency_key_reused"
    assert guest.available == 100_000_000 - PRICE


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "ü"])
def test_a_bad_idempotency_key_is_named(guest: Guest, key: str) -> None:
    headers = [(b"idempotency-key", key.encode())]
    answer = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a kite"}, headers=headers)
    assert answer.status_code == 400
    assert "idempotency-key" in answer.json()["error"]
    assert guest.available == 100_000_000


def test_e89_many_pictures(guest: Guest) -> None:
    request_id = guest.finished(num_images=3, seed=5, width=256, height=300, output_format="png")
    body = guest.http.get(f"/v2/requests/{request_id}").json()
    assert body["output"] == body["images"][0]["url"]
    assert [image["seed"] for image in body["images"]] == ["5", "6", "7"]
    assert body["metrics"]["cost"] == 0.075
    for image in body["images"]:
        answer = guest.http.get(image["url"])
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).size == (256, 300)


def test_ignored_fields_are_named_not_refused(guest: Guest) -> None:
    """E20, E30: unknown fields, and known ones with values that this model does not document."""
    answer = guest.http.post(
        "/v2/imagen",
        json={"prompt": "a kite", "foo": 1, "timeout": 600, "scheduler": "DPM++ 2M", "ünï\n": 2, "base64": True},
    )
    assert answer.status_code == 200
    assert answer.headers["x-ignored-params"] == "base64, foo, scheduler, timeout"
    guest.house.painter.step()
    warnings = guest.http.get(f"/v2/requests/{answer.json()['request_id']}").json()["warnings"]
    assert len(warnings) == 5
    assert "foo: ignored, it does not apply to imagen" in warnings


def test_what_the_worker_noted(guest: Guest) -> None:
    """12.3: fewer pictures than were asked for are COMPLETED, said, and not paid."""
    request_id = guest.finished("strange kite", num_images=3)
    body = guest.http.get(f"/v2/requests/{request_id}").json()
    assert body["receipt"] == {"weights": "w1"}
    assert body["warnings"] == [
        "words the model does not know: strange",
        "2 of 3 pictures held back by the safety filter (stage=image, category=sexual). Support codes: 63429089",
    ]
    assert len(body["images"]) == 1
    assert body["metrics"]["cost"] == 0.025
    assert body["metrics"]["remaining_credits"] == 99.975
    assert guest.available == 99_975_000


def test_e82_a_full_queue_is_429(tmp_path: Path) -> None:
    with open_house(tmp_path, policy=JobPolicy(max_queued_per_account=2)) as house:
        guest = house.guest()
        guest.submit()
        guest.submit()
        answer = guest.http.post("/v2/imagen", json={"prompt": "a kite"})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert guest.available == 100_000_000 - 2 * PRICE
        assert audit(house.store) == []
