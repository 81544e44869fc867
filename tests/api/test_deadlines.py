"""Callers who say how long they are willing to wait."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imagend.desk.audit import audit
from tests.api.house import Guest, House, open_house

KITE = {"prompt": "hold a kite", "width": 256, "height": 256}


def deadline_in(guest: Guest, request_id: str) -> float:
    job = guest.house.services.desk.look(guest.account_id, request_id)
    return job.deadline_at - job.created_at


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 600.0),
        ({"x-request-timeout": "30"}, 30.0),
        ({"Cancel-After": "2.5"}, 2.5),
        ({"cancel-after": "20", "x-request-timeout": "7"}, 7.0),
        ({"x-server-timeout": "45"}, 45.0),
        ({"x-server-timeout": "86400"}, 600.0),
        ({"x-request-timeout": "600"}, 600.0),
        ({"x-request-timeout": "1"}, 1.0),
    ],
)
def test_the_caller_sets_the_deadline(guest: Guest, headers: dict[str, str], seconds: float) -> None:
    answer = guest.http.post("/v2/imagen-4-fast", json=KITE, headers=headers)
    assert deadline_in(guest, answer.json()["request_id"]) == pytest.approx(seconds)


@pytest.mark.parametrize("name", ["x-request-timeout", "cancel-after", "x-server-timeout"])
@pytest.mark.parametrize("value", ["0", "0.5", "-3", "601", "1e2", "soon", "", "nan", "inf", "5s", "5 5"])
@pytest.mark.parametrize("path", ["/v1/imagen-4-fast", "/v2/imagen-4-fast"])
def test_bad_values_are_named_and_nothing_is_written(guest: Guest, name: str, value: str, path: str) -> None:
    if (name, value) == ("x-server-timeout", "601"):
        return  # what a client's library sends by itself is never too long
    answer = guest.http.post(path, json=KITE, headers={name: value})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].startswith(f"{name} must be a decimal number of seconds, 1")
    assert guest.num_jobs == 0


@pytest.mark.parametrize("running", [False, True])
def test_after_it_the_request_has_failed_and_is_free(guest: Guest, running: bool) -> None:
    house = guest.house
    answer = guest.http.post("/v2/imagen-4-fast", json=KITE, headers={"cancel-after": "3"})
    request_id = answer.json()["request_id"]
    if running:
        house.painter.step()
    house.clock.now += 2
    house.services.desk.sweep()
    assert guest.http.get(f"/v2/requests/{request_id}").status_code == 200
    house.clock.now += 10
    house.services.desk.sweep()
    answer = guest.http.get(f"/v2/requests/{request_id}")
    assert (answer.status_code, answer.json()["error"]) == (422, "The request did not finish before its deadline")
    assert guest.available == 100_000_000
    assert audit(house.store) == []


def test_v1_is_answered_when_the_caller_wants_it(house: House) -> None:
    """A header shortens the time that v1 takes, and does not lengthen it."""
    guest = house.guest()
    began_at = time.monotonic()
    answer = guest.http.post("/v1/imagen-4-fast", json=KITE, headers={"x-request-timeout": "1"})
    assert (answer.status_code, answer.json()) == (504, {"error": "Request timed out"})
    assert 0.9 < time.monotonic() - began_at < 10
    assert guest.available == 100_000_000


def test_v1_waits_no_longer_than_the_server_lets_it(tmp_path: Path) -> None:
    with open_house(tmp_path, v1_timeout_seconds=0.3) as house:
        answer = house.guest().http.post("/v1/imagen-4-fast", json=KITE, headers={"x-request-timeout": "100"})
        assert answer.status_code == 504
