"""What a key may do: scopes, its end, its account's end, and the exceptions that it carries."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from imagend.desk.keys import ADMIN, GENERATE, READ
from tests.api.house import Guest, House, open_house

REJECTED = "Unauthorized. API key is invalid or may have expired..."
ORDERS = ("/v1/imagen-4", "/v2/imagen-4", "/imagen-4")


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("keys"), working=True) as house:
        yield house


def polls(guest: Guest, request_id: str) -> list[tuple[int, str]]:
    """(status, error) of every way to look at a request, and of the balance."""
    paths = (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", f"/v1/requests/{request_id}")
    answers = [guest.http.get(path) for path in (*paths, "/v1/get-user-credits")]
    return [(answer.status_code, answer.json().get("error", "")) for answer in answers]


def test_an_expired_key_answers_401_at_once_also_when_polling(house: House) -> None:
    guest = house.guest(expires_at=house.clock.now + 10)
    request_id = guest.submit()
    house.clock.now += 9.9
    assert {status for status, _ in polls(guest, request_id)} == {200}
    house.clock.now += 0.1
    assert set(polls(guest, request_id)) == {(401, REJECTED)}
    assert guest.http.post("/v2/imagen-4", json={"prompt": "x"}).status_code == 401
    house.painter.step()


def test_a_revoked_key_answers_401_within_five_seconds_also_when_polling(house: House) -> None:
    guest = house.guest()
    request_id = guest.submit()
    house.store.write(lambda tx: tx.revoke_key(guest.key_id, house.clock.now))  # as a command beside the server does
    house.clock.now += 5
    assert set(polls(guest, request_id)) == {(401, REJECTED)}
    house.painter.step()


@pytest.mark.parametrize("path", ORDERS)
def test_a_key_that_only_reads_orders_nothing(house: House, path: str) -> None:
    guest = house.guest(scopes=frozenset({READ}))
    answer = guest.http.post(path, json={"prompt": "a kite"})
    assert (answer.status_code, answer.json()) == (403, {"error": "This API key lacks the scope generate"})
    assert guest.num_jobs == 0
    assert guest.http.get("/v1/get-user-credits").status_code == 200


def test_one_account_with_a_key_that_orders_and_one_that_reads(house: House) -> None:
    accounts = house.services.accounts
    guest = house.guest(scopes=frozenset({GENERATE}))
    request_id = guest.submit()
    assert guest.http.get(f"/v2/requests/{request_id}").status_code == 403
    reader, _ = accounts.add_key(guest.account_id, {"name": "reader", "scopes": frozenset({READ})})
    with house.client(headers={"x-api-key": reader}) as http:
        assert http.get(f"/v2/requests/{request_id}").json()["status"] == "QUEUED"
        assert http.delete(f"/v2/requests/{request_id}").status_code == 403
    assert guest.http.delete(f"/v2/requests/{request_id}").status_code == 200


def test_scope_is_asked_before_the_model(house: House) -> None:
    guest = house.guest(scopes=frozenset({READ, ADMIN}))
    assert guest.http.post("/v2/no-such-model", content=b"{").status_code == 403


def test_a_disabled_account_is_forbidden_until_it_is_enabled(house: House) -> None:
    guest = house.guest()
    house.services.accounts.change_account(guest.account_id, {"disabled_at": 1.0})
    for answer in (guest.http.post("/v2/imagen-4", json={"prompt": "x"}), guest.http.get("/v1/get-user-credits")):
        assert (answer.status_code, answer.json()) == (403, {"error": "This account is disabled"})
    house.services.accounts.change_account(guest.account_id, {"disabled_at": None})
    assert guest.http.get("/v1/get-user-credits").status_code == 200


@pytest.mark.parametrize("secret", ["sk-proj-abcdefghijklmnop", "AIzaSyA-0_" + "x" * 29, "!" * 8])
def test_imported_keys_of_any_shape(house: House, secret: str) -> None:
    _, key = house.services.accounts.create_key("imported", 10, secret=secret)
    for headers in ({"x-api-key": secret}, {"authorization": f"Bearer {secret}"}, {"x-goog-api-key": secret}):
        with house.client(headers=headers) as http:
            assert http.get("/v1/get-user-credits").status_code == 200, headers
    house.services.accounts.revoke(key.id)


@pytest.mark.parametrize(("terms", "expected"), [({}, "application/json"), ({"v1_response": "binary"}, "image/jpeg")])
def test_v1_answers_as_the_key_says_unless_the_caller_does(
    working: House, terms: dict[str, str], expected: str
) -> None:
    guest = working.guest(**terms)
    body = {"prompt": "a kite", "width": 256, "height": 256}

    def content_type(**more: str) -> str:
        answer = guest.http.post("/v1/imagen-4-fast", json={**body, **more})
        assert answer.status_code == 200, answer.text
        if answer.headers["content-type"].startswith("image/"):
            assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
        return str(answer.headers["content-type"])

    assert content_type() == expected
    assert content_type(response_format="json") == "application/json"
    assert content_type(response_format="binary") == "image/jpeg"


def test_a_key_overrides_a_server_that_answers_bytes(tmp_path: Path) -> None:
    with open_house(tmp_path, working=True, v1_response="binary") as house:
        guest, other = house.guest(v1_response="json"), house.guest()
        for who, expected in ((guest, "application/json"), (other, "image/jpeg")):
            answer = who.http.post("/v1/imagen-4-fast", json={"prompt": "a kite", "width": 256, "height": 256})
            assert answer.headers["content-type"] == expected


def test_restricted_values_are_for_keys_that_have_them(house: House) -> None:
    ordinary, allowed = house.guest(), house.guest(choices=frozenset({"BLOCK_NONE"}))
    body = {"prompt": "a kite", "safety_filter_level": "block_none"}
    refusal = ordinary.http.post("/v2/imagen", json=body)
    assert refusal.status_code == 400
    assert "BLOCK_NONE" not in refusal.json()["error"]
    assert allowed.http.post("/v2/imagen", json=body).status_code == 200
    assert allowed.http.post("/v2/imagen", json={**body, "person_generation": "ALLOW_ALL"}).status_code == 400
    assert [job.recipe.safety.level for job in house.painter.step()] == ["BLOCK_NONE"]


def test_a_floor_holds_for_what_is_sent_and_for_what_is_not(house: House) -> None:
    guest = house.guest(safety_floor="BLOCK_LOW_AND_ABOVE", choices=frozenset({"BLOCK_NONE"}))
    loose = {"prompt": "a kite", "safety_filter_level": "BLOCK_MEDIUM_AND_ABOVE"}
    refusal = guest.http.post("/v2/imagen", json=loose)
    expected = "safety_filter_level must be one of BLOCK_LOW_AND_ABOVE"
    assert (refusal.status_code, refusal.json()["error"]) == (400, expected)
    ignored = guest.http.post("/v2/imagen-4", json=loose)  # where the field is not documented, as ever
    assert (ignored.status_code, ignored.headers["x-ignored-params"]) == (200, "safety_filter_level")
    guest.submit("a kite", "imagen-4-ultra")
    assert {job.recipe.safety.level for job in house.painter.step()} == {"BLOCK_LOW_AND_ABOVE"}


def test_the_watermark_stays_unless_the_key_may_go_without(house: House) -> None:
    ordinary, allowed = house.guest(), house.guest(may_skip_watermark=True)
    body = {"prompt": "a kite", "add_watermark": False}
    kept = ordinary.http.post("/v2/imagen-4", json=body)
    gone = allowed.http.post("/v2/imagen-4", json=body)
    assert (kept.headers.get("x-ignored-params"), gone.headers.get("x-ignored-params")) == ("add_watermark", None)
    assert {job.account_id: job.recipe.watermark for job in house.painter.step()} == {
        ordinary.account_id: True,
        allowed.account_id: False,
    }


def test_jobs_know_their_key_for_ever(house: House) -> None:
    guest = house.guest()
    request_id = guest.finished()
    assert house.services.desk.look(guest.account_id, request_id).key_id == guest.key_id
    house.clock.now += 3600
    house.services.desk.forget()
    row = next(row for row in house.rows("jobs") if row["id"] == request_id)
    assert (row["kept"], row["key_id"]) == (0, guest.key_id)
