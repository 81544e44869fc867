"""The contract's table of edge cases, one row each: the life of a request. The painter moves when a row says so."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from imagend.core.job import JobPolicy
from tests.api.edge_cases import FAST, SMALL, accepted, error, openai, v1, v2
from tests.api.house import Guest, open_house


def states(guest: Guest, request_id: str) -> list[tuple[int, str]]:
    paths = (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", f"/v1/requests/{request_id}")
    return [(answer.status_code, answer.json().get("status")) for answer in map(guest.http.get, paths)]


def e69_status_at_once(guest: Guest) -> None:
    for _ in range(20):
        assert states(guest, guest.submit()) == [(200, "QUEUED")] * 3
    guest.house.painter.step()


def e71_the_same_body_for_ever(guest: Guest) -> None:
    request_id = guest.finished(**SMALL)
    for path in (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}"):
        bodies = set()
        for _ in range(50):
            guest.house.clock.now += 7
            bodies.add(guest.http.get(path).content)
        assert len(bodies) == 1


def e72_refused_inside_the_backend(guest: Guest) -> None:
    answer = guest.http.get(f"/v2/requests/{guest.finished('invalid one')}")
    assert (answer.status_code, error(answer)) == (422, "prompt: nothing in it can be drawn")
    assert isinstance(answer.json()["metrics"]["inference_time"], float)


def e73_a_forbidden_prompt(guest: Guest) -> None:
    answer = v2(guest, prompt="explicit pornography of two adults")
    assert accepted(answer)["status"] == "QUEUED"
    request_id = answer.json()["request_id"]
    assert states(guest, request_id) == [(422, "FAILED")] * 3
    words = error(guest.http.get(f"/v2/requests/{request_id}"))
    assert "stage=prompt" in words
    assert "pornography of" not in words


def e74_failed_on_the_result_url(guest: Guest) -> None:
    request_id = guest.finished("break it")
    status, result = (guest.http.get(f"/v2/requests/{request_id}{tail}") for tail in ("/status", ""))
    assert (status.status_code, result.status_code, status.json()) == (422, 422, result.json())


def e75_a_failed_request_costs_nothing(guest: Guest) -> None:
    request_id = guest.finished("break it")
    assert guest.available == 100_000_000
    assert "cost" not in guest.http.get(f"/v2/requests/{request_id}").json()["metrics"]
    row = guest.http.get(f"/inference-request/request-history/{request_id}").json()
    assert (row["model_status"], row["credits_deduction"]) == ("FAILED", 0)


def e78_an_expired_id(guest: Guest) -> None:
    request_id = guest.finished(**SMALL)
    output = guest.http.get(f"/v2/requests/{request_id}").json()["output"]
    guest.house.clock.now += 3600
    assert [status for status, _ in states(guest, request_id)] == [404] * 3
    guest.house.services.desk.forget()
    assert guest.http.get(output).status_code == 200
    row = guest.http.get(f"/inference-request/request-history/{request_id}").json()
    assert row["generation_url"] == output


def e79_longer_than_an_hour_in_the_queue(guest: Guest) -> None:
    """Retention begins at the end, however late that is."""
    with_patience = JobPolicy(deadline_seconds=10_000.0)
    assert with_patience.retention_seconds == 3600.0
    request_id = guest.leased(**SMALL).id
    guest.house.clock.now += 500  # of the 600 seconds that a request has here
    guest.house.painter.finish(guest.house.painter.held.get(timeout=5), even_held=True)
    guest.house.clock.now += 3599
    assert states(guest, request_id) == [(200, "COMPLETED")] * 3
    guest.house.clock.now += 1
    assert states(guest, request_id)[0][0] == 404


def e81_a_worker_that_dies(guest: Guest) -> None:
    """Once: tried again, and still PROCESSING for the caller. Twice: FAILED. Real kills are in tests/system."""
    request_id = guest.leased(**SMALL).id
    guest.house.painter.held.get(timeout=5)
    guest.house.services.desk.worker_lost("painter")
    assert states(guest, request_id) == [(200, "PROCESSING")] * 3
    guest.house.painter.step()
    guest.house.painter.held.get(timeout=5)
    guest.house.services.desk.worker_lost("painter")
    assert states(guest, request_id) == [(422, "FAILED")] * 3


def e83_a_thousand_polls(guest: Guest) -> None:
    request_id = guest.submit(**SMALL)
    codes = {guest.http.get(f"/v2/requests/{request_id}/status").status_code for _ in range(1000)}
    assert codes == {200}
    guest.house.painter.step()


def e84_twice_the_same(guest: Guest) -> None:
    ids = {accepted(v2(guest))["request_id"] for _ in range(2)}
    assert len(ids) == 2
    keyed = {accepted(v2(guest, headers={"idempotency-key": "once"}))["request_id"] for _ in range(2)}
    assert len(keyed) == 1
    assert guest.available == 100_000_000 - 3 * 25_000
    other = v2(guest, headers={"idempotency-key": "once"}, steps=3)
    assert (other.status_code, other.headers["x-should-retry"]) == (409, "false")
    guest.house.painter.step()


def e89_several_pictures(guest: Guest) -> None:
    request_id = guest.finished(num_images=3, **SMALL)
    body = guest.http.get(f"/v2/requests/{request_id}").json()
    assert (body["output"], len(body["images"])) == (body["images"][0]["url"], 3)
    rows = guest.http.get("/inference-request/request-history").json()["history"]
    assert [(row["request_id"], row["credits_deduction"]) for row in rows] == [(request_id, 0.075)] * 3


def e90_inference_time_is_a_number(guest: Guest) -> None:
    for prompt in ("a kite", "break it", "explicit pornography"):
        answer = guest.http.get(f"/v2/requests/{guest.finished(prompt, **SMALL)}/status")
        assert isinstance(answer.json()["metrics"]["inference_time"], float)


def e91_the_light_body_is_light(guest: Guest) -> None:
    body = guest.http.get(f"/v2/requests/{guest.finished(**SMALL)}/status").json()
    assert set(body) == {"status", "request_id", "metrics"}
    assert len(json.dumps(body)) < 300


def e92_only_four_states(guest: Guest) -> None:
    seen = set()
    for prompt in ("hold it", "break it", "a kite"):
        request_id = guest.submit(prompt, **SMALL)
        seen |= {state for _, state in states(guest, request_id)}
        guest.house.painter.step()
        seen |= {state for _, state in states(guest, request_id)}
    cancelled = guest.submit()
    guest.http.delete(f"/v2/requests/{cancelled}")
    seen |= {state for _, state in states(guest, cancelled)}
    assert seen == {"QUEUED", "PROCESSING", "COMPLETED", "FAILED"}


def e111_where_webhooks_may_not_go(guest: Guest) -> None:
    """The operator of this server allows its own machine; tests/webhooks has the rows where nothing is allowed."""
    for url in ("http://10.0.0.8/x", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "ftp://a.b/"):
        answer = guest.http.post("/webhook/add", json={"webhook_url": url, "event": {"types": ["GENERATION"]}})
        assert answer.status_code == 400, url
        assert "webhook_url" in error(answer)


def e114_times_are_utc(guest: Guest) -> None:
    guest.finished(**SMALL)
    [row] = guest.http.get("/inference-request/request-history").json()["history"]
    assert row["model_created"].endswith("Z")


ROWS = [value for name, value in sorted(globals().items()) if name[0] == "e" and name[1].isdigit()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_row(row: Callable[[Guest], None], guest: Guest) -> None:
    row(guest)


def test_e82_a_full_queue(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_house(tmp_path_factory.mktemp("full"), policy=JobPolicy(max_queued_per_account=1)) as house:
        guest = house.guest()
        guest.submit()
        for answer in (v1(guest), v2(guest), openai(guest)):
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1


def test_e86_e87_a_v1_call_that_takes_too_long(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_house(tmp_path_factory.mktemp("slow"), v1_timeout_seconds=0.2) as house:
        guest = house.guest()
        began = time.monotonic()
        answer = v1(guest, FAST)
        assert (answer.status_code, answer.json()) == (504, {"error": "Request timed out"})
        assert time.monotonic() - began >= 0.2
        assert guest.available == 100_000_000
