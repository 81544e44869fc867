"""An Idempotency-Key makes an order repeatable: on every route that orders, whatever goes wrong in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from imagend.core.bucket import Limit
from tests.api.house import Guest, House, open_house

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Route:
    """A way to order; `asked` is its body."""

    path: str
    kind: str  # how prompts are written

    def body(self, prompt: str = "a kite") -> dict[str, Any]:
        if self.kind == "predict":
            return {"instances": [{"prompt": prompt}], "parameters": {"sampleCount": 1}}
        if self.kind == "content":
            return {"contents": [{"parts": [{"text": prompt}]}]}
        return {"prompt": prompt}


QUEUE = Route("/v2/imagen-4-fast", "plain")
WAITING = (
    Route("/v1/imagen-4-fast", "plain"),
    Route("/imagen-4-fast", "plain"),
    Route("/v1beta/models/imagen-4.0-generate-001:predict", "predict"),
    Route("/v1/projects/p/locations/l/publishers/google/models/imagen-4.0-fast-generate-001:predict", "predict"),
    Route("/v1beta/models/imagen-4.0-generate-001:generateContent", "content"),
    Route("/v1/images/generations", "plain"),
)
every = pytest.mark.parametrize("route", [QUEUE, *WAITING], ids=lambda route: route.path)


def post(guest: Guest, route: Route, key: str, prompt: str = "a kite", **headers: str) -> httpx.Response:
    headers["idempotency-key"] = key
    return guest.http.post(route.path, json=route.body(prompt), headers=headers)


def charged(guest: Guest) -> list[str]:
    """The requests that the account paid for or pays now."""
    rows = guest.house.rows("ledger")
    return [row["request_id"] for row in rows if row["account_id"] == guest.account_id and row["kind"] == "reserve"]


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("twice"), working=True) as house:
        yield house


@every
def test_again_is_the_same_and_free(working: House, route: Route) -> None:
    guest = working.guest()
    first, second = post(guest, route, "k"), post(guest, route, "k")
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert len(charged(guest)) == 1
    if route in (QUEUE, WAITING[0]):
        assert first.json()["request_id"] == second.json()["request_id"] == charged(guest)[0]


@every
def test_twins_at_the_same_moment_are_one(working: House, route: Route) -> None:
    guest = working.guest()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(guest, route, "twins"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(charged(guest)) == 1


@every
def test_another_body_is_a_conflict_that_is_not_to_be_retried(working: House, route: Route) -> None:
    guest = working.guest()
    post(guest, route, "k")
    answer = post(guest, route, "k", "another kite")
    assert answer.status_code == 409
    assert answer.headers["x-should-retry"] == "false"
    assert len(charged(guest)) == 1


@every
def test_a_failed_request_stays_what_the_key_stands_for(working: House, route: Route) -> None:
    guest = working.guest()
    answers = [post(guest, route, "k", "block it") for _ in range(2)]
    assert len({answer.status_code for answer in answers}) == 1
    assert len(charged(guest)) == 1
    assert guest.num_jobs == 1


@every
def test_what_was_refused_leaves_the_key_free(tmp_path: Path, route: Route) -> None:
    with open_house(tmp_path, working=True, rate_limit=Limit(per_minute=60, burst=1)) as house:
        guest = house.guest()
        assert post(guest, route, "k", "").status_code == 400
        assert post(guest, route, "k", **{"x-api-key": "wrong", "x-goog-api-key": "wrong"}).status_code == 401
        house.services.accounts.grant(guest.account_id, -guest.available, "poor")
        assert post(guest, route, "k", "no credits").status_code in (406, 429)
        assert post(guest, route, "k", "too fast").status_code == 429
        house.services.accounts.grant(guest.account_id, 10**6, "rich")
        house.clock.now += 1
        assert post(guest, route, "k", "another body than all of these").status_code == 200
        assert len(charged(guest)) == guest.num_jobs == 1


@every
def test_after_its_hour_it_says_expired_and_after_its_day_it_is_new(tmp_path: Path, route: Route) -> None:
    with open_house(tmp_path, working=True) as house:
        guest, desk = house.guest(), house.services.desk
        post(guest, route, "k")
        if route is QUEUE:
            guest.http.get("/v1/get-user-credits")
            wait_until_final(guest)
        house.clock.now += 3601
        for _ in range(2):  # before and after the row is gone
            answer = post(guest, route, "k")
            assert answer.status_code == 404, answer.text
            assert len(charged(guest)) == 1
            desk.forget()
        house.clock.now += DAY - 3602
        desk.forget()
        assert post(guest, route, "k").status_code == 404
        house.clock.now += 2
        desk.forget()
        assert post(guest, route, "k").status_code == 200
        assert len(charged(guest)) == 2


def wait_until_final(guest: Guest) -> None:
    (request_id,) = charged(guest)
    guest.house.painter.step()
    while guest.http.get(f"/v2/requests/{request_id}/status").json()["status"] != "COMPLETED":
        guest.house.painter.step()


def test_expired_is_said_in_a_word(guest: Guest) -> None:
    post(guest, QUEUE, "k")
    guest.house.painter.step()
    guest.house.clock.now += 3601
    answer = post(guest, QUEUE, "k")
    assert (answer.status_code, answer.json()["code"]) == (404, "expired")


def test_another_route_or_model_is_another_order(guest: Guest) -> None:
    assert post(guest, QUEUE, "k").status_code == 200
    for path in ("/v2/imagen-4", "/v1/imagen-4-fast"):
        assert post(guest, Route(path, "plain"), "k").status_code == 409
    assert guest.num_jobs == 1
    guest.house.painter.step()


def test_order_of_names_spaces_and_nulls_do_not_matter(guest: Guest) -> None:
    bodies = (
        b'{"prompt": "a kite", "seed": 5}',
        b'{"seed":5,"prompt":"a kite"}',
        b'{"seed":5,"prompt":"a kite","steps":null}',
    )
    headers = {"idempotency-key": "k", "content-type": "application/json"}
    answers = [guest.http.post(QUEUE.path, content=body, headers=headers).json() for body in bodies]
    assert answers[0] == answers[1] == answers[2]
    guest.house.painter.step()


def test_keys_of_two_accounts_are_strangers_and_of_one_account_the_same(house: House) -> None:
    guest, other = house.guest(), house.guest()
    first, foreign = post(guest, QUEUE, "k"), post(other, QUEUE, "k")
    assert first.json()["request_id"] != foreign.json()["request_id"]
    second_key, _ = house.services.accounts.add_key(guest.account_id, {"name": "second"})
    same = post(guest, QUEUE, "k", **{"x-api-key": second_key})
    assert same.json() == first.json()
    house.painter.step()
