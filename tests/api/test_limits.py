"""How fast, how much at once, how much in a day; and that only POSTs are ever refused for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from imagend.core.bucket import Limit
from tests.api.house import MILLION, Guest, House, open_house

BODY = {"prompt": "a kite"}
PRICE = 0.06  # of imagen-4


def post(guest: Guest, **headers: str) -> httpx.Response:
    return guest.http.post("/v2/imagen-4", json=BODY, headers=headers)


def books(guest: Guest) -> tuple[Any, ...]:
    """All that a request could leave behind."""
    house = guest.house
    rows = house.store.read(lambda reads: reads.usage(0, 10**6, guest.account_id))
    connection = apsw.Connection(str(house.store._path), flags=apsw.SQLITE_OPEN_READONLY)
    kept = connection.execute("SELECT COUNT(*) FROM idempotency").fetchall()
    connection.close()
    return guest.num_jobs, guest.available, len(house.rows("ledger")), kept, rows


@pytest.fixture
def calm(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, rate_limit=Limit(per_minute=60, burst=2)) as house:
        yield house


def test_a_keys_own_rate_counts_before_the_servers(calm: House) -> None:
    slow, fast, free, plain = calm.guest(rpm=6, burst=1), calm.guest(rpm=600), calm.guest(rpm=0), calm.guest()
    assert [post(slow).status_code for _ in range(2)] == [200, 429]
    assert [post(fast).status_code for _ in range(5)] == [200] * 5
    assert [post(free).status_code for _ in range(5)] == [200] * 5
    assert [post(plain).status_code for _ in range(3)] == [200, 200, 429]
    calm.clock.now += 10
    assert post(slow).status_code == 200


def test_headers_tell_the_limit_what_is_left_and_when_to_come_back(calm: House) -> None:
    guest = calm.guest(rpm=6, burst=2)
    first, _, refused = post(guest), post(guest), post(guest)
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("6", "1")
    assert first.headers["x-rate-limit-reset-at-utc"] == "2027-01-15T08:00:10.000Z"
    assert (refused.status_code, refused.json()) == (429, {"error": "rate_limit_exceeded"})
    assert (refused.headers["retry-after"], refused.headers["x-rate-limit-remaining"]) == ("10", "0")


def test_looking_is_never_limited(calm: House) -> None:
    guest = calm.guest(rpm=1, burst=1)
    request_id = guest.submit()
    assert post(guest).status_code == 429
    statuses = {guest.http.get(f"/v2/requests/{request_id}/status").status_code for _ in range(300)}
    assert statuses == {200}


def test_jobs_at_once_of_a_key_and_of_its_account(house: House) -> None:
    guest = house.guest(max_jobs=2)
    accounts = house.services.accounts
    accounts.change_account(guest.account_id, {"max_jobs": 3})
    other, _ = accounts.add_key(guest.account_id, {"name": "second"})
    ids = [guest.submit(), guest.submit()]
    before = books(guest)
    refused = post(guest, **{"idempotency-key": "k"})
    assert refused.status_code == 429
    assert refused.json()["error"] == "2 requests of this key are not finished yet, which is its limit"
    assert (refused.headers["retry-after"], refused.headers["x-rate-limit-remaining"]) == ("2", "0")
    assert refused.headers["x-rate-limit-reset-at-utc"] == "2027-01-15T08:00:02.000Z"
    assert books(guest) == before
    with house.client(headers={"x-api-key": other}) as http:
        assert [http.post("/v2/imagen-4", json=BODY).status_code for _ in range(2)] == [200, 429]
    guest.http.delete(f"/v2/requests/{ids[0]}")
    assert post(guest, **{"idempotency-key": "k"}).status_code == 200
    house.painter.step()
    assert post(guest).status_code == 200
    house.painter.step()


def test_the_servers_own_limit_of_jobs_per_account(tmp_path: Path) -> None:
    with open_house(tmp_path, max_jobs_per_account=1) as house:
        plain, more = house.guest(), house.guest()
        house.services.accounts.change_account(more.account_id, {"max_jobs": 2})
        assert [post(plain).status_code for _ in range(2)] == [200, 429]
        assert [post(more).status_code for _ in range(3)] == [200, 200, 429]


def test_the_last_place_is_given_once(house: House) -> None:
    guest = house.guest(max_jobs=5)
    with ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(lambda _: post(guest).status_code, range(32)))
    assert statuses == [200] * 5 + [429] * 27
    assert guest.num_jobs == 5
    house.painter.step()


def test_a_repeated_order_needs_no_further_place(house: House) -> None:
    guest = house.guest(max_jobs=1)
    answers = [post(guest, **{"idempotency-key": "again"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    house.painter.step()


def test_a_days_spending_ends_at_midnight(house: House) -> None:
    house.clock.now = (house.clock.now // 86_400 + 1) * 86_400 - 100
    guest = house.guest(daily_cap_microcredits=round(2 * PRICE * MILLION))
    guest.submit(slug="imagen-4")
    block = guest.submit("block it", slug="imagen-4")
    before = books(guest)
    refused = post(guest)
    assert refused.status_code == 429
    assert refused.json()["error"].startswith("The daily spending limit of this key is reached")
    assert (refused.headers["retry-after"], refused.headers["x-rate-limit-reset-at-utc"][-14:]) == (
        "100",
        "T00:00:00.000Z",
    )
    assert books(guest) == before
    house.painter.step()  # one of the two failed, so its money counts no more
    assert guest.http.get(f"/v2/requests/{block}").status_code == 422
    assert post(guest).status_code == 200
    assert post(guest).status_code == 429
    house.clock.now += 100
    assert post(guest).status_code == 200
    house.painter.step()


def test_a_days_spending_of_all_keys_of_an_account(house: House) -> None:
    guest = house.guest()
    accounts = house.services.accounts
    accounts.change_account(guest.account_id, {"daily_cap_microcredits": round(PRICE * MILLION)})
    other, _ = accounts.add_key(guest.account_id, {"name": "second"})
    assert post(guest).status_code == 200
    with house.client(headers={"x-api-key": other}) as http:
        refused = http.post("/v2/imagen-4", json=BODY)
    assert (refused.status_code, "of this account" in refused.json()["error"]) == (429, True)
    house.painter.step()


def test_wrong_keys_are_refused_faster_after_twenty_a_minute(tmp_path: Path) -> None:
    with open_house(tmp_path, failed_keys=Limit(per_minute=20, burst=20)) as house, house.client() as http:
        guest = house.guest()
        wrong = {"x-api-key": "SG_0123456789abcdef"}
        statuses = [http.post("/v2/imagen-4", json=BODY, headers=wrong).status_code for _ in range(22)]
        assert statuses == [401] * 20 + [429] * 2
        refused = http.post("/v2/imagen-4", json=BODY, headers=wrong)
        assert (refused.headers["retry-after"], refused.headers["x-rate-limit-remaining"]) == ("3", "0")
        assert http.get("/v1/get-user-credits", headers=wrong).status_code == 401  # looking is never limited
        assert http.post("/v2/imagen-4", json=BODY).status_code == 401  # no key is no guess
        assert post(guest).status_code == 200  # and a right one is never kept out
        house.clock.now += 3
        assert http.post("/v2/imagen-4", json=BODY, headers=wrong).status_code == 401


def test_behind_a_trusted_proxy_each_address_has_its_own_count(tmp_path: Path) -> None:
    limit = Limit(per_minute=1, burst=1)
    with open_house(tmp_path, failed_keys=limit, trust_proxy=True) as house, house.client() as http:

        def status(address: str) -> int:
            headers = {"x-api-key": "wrong-key", "x-forwarded-for": address}
            return http.post("/v2/imagen-4", json=BODY, headers=headers).status_code

        assert [status("203.0.113.1"), status("203.0.113.1"), status("spoofed, 203.0.113.1")] == [401, 429, 429]
        assert status("203.0.113.1, 203.0.113.2") == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [({"json": {}}, 400), ({"headers": {"x-api-key": "wrong-key"}}, 401), ({"url": "/v2/no-model"}, 404)],
)
def test_refusals_before_the_rate_limit_cost_no_token(calm: House, change: dict[str, Any], status: int) -> None:
    guest = calm.guest(rpm=60, burst=1)
    call: dict[str, Any] = {"method": "POST", "url": "/v2/imagen-4", "json": BODY, **change}
    assert {guest.http.request(**call).status_code for _ in range(3)} == {status}
    assert post(guest).status_code == 200


def test_the_rate_limit_is_asked_before_the_credits(calm: House) -> None:
    guest = calm.guest(credits=0.0, rpm=60, burst=1)
    assert [post(guest).status_code for _ in range(2)] == [406, 429]
