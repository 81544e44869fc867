"""The same refusals of keys and limits on every route that orders, each in its dialect's envelope."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from imagend.desk.keys import READ
from tests.api.house import Guest, House
from tests.api.test_idempotency import QUEUE, WAITING, Route

every = pytest.mark.parametrize("route", [QUEUE, *WAITING], ids=lambda route: route.path)

LIMITS: dict[str, dict[str, Any]] = {
    "rate": {"rpm": 1, "burst": 1},
    "jobs": {"max_jobs": 1},
    "day": {"daily_cap_microcredits": 30_000},
}


def order(guest: Guest, route: Route) -> httpx.Response:
    return guest.http.post(route.path, json=route.body())


def message(route: Route, answer: httpx.Response) -> str:
    """The words of an error, from where this dialect's clients look for them."""
    error = answer.json()["error"]
    if route.kind in ("predict", "content"):
        assert error["code"] == answer.status_code
        return str(error["message"])
    if route.path == "/v1/images/generations":
        assert set(error) >= {"message", "type", "code", "param"}
        return str(error["message"])
    return str(error)


@every
@pytest.mark.parametrize("limit", LIMITS)
def test_limits(house: House, route: Route, limit: str) -> None:
    guest = house.guest(**LIMITS[limit])
    guest.submit("hold it", "imagen-4-fast")  # takes the only token, place and most of the day
    answer = order(guest, route)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert answer.headers["x-rate-limit-reset-at-utc"].endswith("Z")
    assert message(route, answer)
    assert guest.num_jobs == 1
    house.painter.step()


@every
@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"expires_at": 1.0}, 401),
        ({"revoked_at": 1.0}, 401),
        ({"scopes": frozenset({READ})}, 403),
        ({"models": ("imagen",)}, 403),
    ],
    ids=["expired", "revoked", "read-only", "other-model"],
)
def test_keys(house: House, route: Route, terms: dict[str, Any], status: int) -> None:
    revoked = "revoked_at" in terms
    guest = house.guest(**({} if revoked else terms))
    if revoked:
        house.services.accounts.revoke(guest.key_id)
    answer = order(guest, route)
    assert answer.status_code == status
    assert message(route, answer)
    assert guest.num_jobs == 0


@every
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": ""},
        {"authorization": "Basic c2VjcmV0OnNlY3JldA=="},
        {"authorization": "Bearer"},
        {"x-api-key": "SG_0000000000000000"},
        {"x-goog-api-key": "not a key at all"},
    ],
    ids=["none", "empty", "basic", "bearer-nothing", "unknown", "malformed"],
)
def test_strangers(house: House, route: Route, headers: dict[str, str]) -> None:
    with house.client(headers=headers) as http:
        answer = http.post(route.path, json=route.body())
    assert answer.status_code == 401
    assert message(route, answer)
