"""The webhook routes, and `webhook_url` in a request's body."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from imagend.core.targets import TargetGate, TargetPolicy
from imagend.desk.webhooks import Webhooks
from tests.api.house import Guest, House
from tests.webhooks.gates import PUBLIC, Names, nobody

URL = "http://127.0.0.1:9/hook"
EVENT = {"types": ["GENERATION"]}
ALLOWED = "event.types must be a list of GENERATION, INFERENCE, PIXELFLOW, NODE_RUN, GRAPH_RUN"


def add(guest: Guest, **changes: Any) -> httpx.Response:
    return guest.http.post("/webhook/add", json={"webhook_url": URL, "event": EVENT} | changes)


def added(guest: Guest) -> str:
    answer = add(guest)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["webhook_id"])


def listed(guest: Guest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = guest.http.get("/webhook/get").json()["webhooks"]
    return found


def test_add_get_update_inactive(guest: Guest) -> None:
    answer = add(guest).json()
    assert (answer["status"], answer["message"]) == ("success", "Webhook added")
    assert answer["secret"].startswith("whsec_")
    (row,) = listed(guest)
    assert (row["webhook_id"], row["webhook_url"], row["event"]) == (answer["webhook_id"], URL, EVENT)
    assert (row["status"], row["is_active"], row["failures_in_a_row"]) == ("active", True, 0)
    assert "secret" not in str(row)
    changed = {"webhook_id": row["id"], "webhook_url": URL + "2", "event": {"types": ["PIXELFLOW"]}}
    assert guest.http.post("/webhook/update", json=changed).json()["status"] == "success"
    assert [(row["webhook_url"], row["event"]["types"]) for row in listed(guest)] == [(URL + "2", ["PIXELFLOW"])]
    gone = guest.http.get("/webhook/inactive", params={"webhook_id": row["id"]})
    assert gone.json() == {"status": "success", "webhook_id": row["id"], "message": "Webhook removed"}
    assert listed(guest) == []
    assert guest.http.get("/webhook/dispatch-logs", params={"webhook_id": row["id"]}).json() == {"logs": []}


def test_secrets(guest: Guest) -> None:
    answer = add(guest).json()
    name = {"webhook_id": answer["webhook_id"]}
    assert guest.http.get("/webhook/secret", params=name).json() == name | {"secret": answer["secret"]}
    mine = guest.http.get("/webhook/secret").json()
    assert mine["webhook_id"] is None
    assert mine["secret"] != answer["secret"]
    for body, old in ((name, answer["secret"]), ({}, mine["secret"])):
        rotated = guest.http.post("/webhook/rotate-secret", json=body).json()
        assert rotated["secret"] not in (old, None)
        assert rotated["previous_secret_valid_until"].endswith("Z")
        assert guest.http.get("/webhook/secret", params=body).json()["secret"] == rotated["secret"]


def test_test_and_replay(guest: Guest) -> None:
    name = added(guest)
    tested = guest.http.post("/webhook/test", json={"webhook_id": name}).json()
    assert tested["delivery_id"].startswith(f"{name}:test")
    replayed = guest.http.post("/webhook/replay", json={"webhook_id": name}).json()
    assert (replayed["delivery_ids"], replayed["status"]) == ([], "success")
    waits = guest.http.post("/webhook/replay", json={"webhook_id": name, "delivery_id": tested["delivery_id"]})
    assert waits.status_code == 400
    assert "delivery_id" in waits.json()["error"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1/", "webhook_url must begin with https:// (scheme)"),
        ("https://127.0.0.1/", "webhook_url must have a host with a public address (address)"),
        ("https://169.254.169.254/latest/meta-data", "webhook_url must have a host with a public address (address)"),
        ("https://[64:ff9b::a9fe:a9fe]/", "webhook_url must have a host with a public address (address)"),
        ("https://localhost/", "webhook_url must have a host with a public address (address)"),
        ("https://nowhere.example/", "webhook_url must have a host name that resolves (unresolvable)"),
        ("https://public.example:22/", "webhook_url must use one of the ports 443, 8443 (port)"),
        ("https://user@public.example/", "webhook_url must not hold a user name or password (userinfo)"),
        ("https://0x7f.1/", "webhook_url must write a numeric host as four decimal numbers (host)"),
        ("file:///etc/passwd", "webhook_url must begin with https:// (scheme)"),
        ("no url", "webhook_url must be an absolute https URL (syntax)"),
        ("", "webhook_url is required and must be a string"),
        (7, "webhook_url is required and must be a string"),
        (None, "webhook_url is required and must be a string"),
    ],
)
def test_urls_that_may_not_be_called(url: object, words: str, guest: Guest, strict: None) -> None:
    answer = add(guest, webhook_url=url)
    assert (answer.status_code, answer.json()["error"]) == (400, words)
    assert listed(guest) == []
    if url not in ("", None, 7):
        sent = {"prompt": "a kite", "webhook_url": url}
        for path in ("/v2/imagen-4-fast", "/v1/imagen-4-fast"):
            refused = guest.http.post(path, json=sent)
            assert (refused.status_code, refused.json()["error"]) == (400, words)
        assert guest.num_jobs == 0


@pytest.fixture
def strict(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate as it is when the operator allows nothing more."""
    names = Names(public_example=[PUBLIC], localhost=["127.0.0.1"])
    monkeypatch.setattr(house.services.webhooks, "_gate", TargetGate(TargetPolicy(), names, nobody))
    assert isinstance(house.services.webhooks, Webhooks)


@pytest.mark.parametrize(
    "event", [None, {}, [], "GENERATION", {"types": None}, {"types": []}, {"types": "GENERATION"}, {"types": ["X"]}]
)
def test_unknown_events_are_refused_and_the_known_named(event: object, guest: Guest) -> None:
    answer = add(guest, event=event)
    assert (answer.status_code, answer.json()["error"]) == (400, ALLOWED)


CALLS: dict[str, Callable[[httpx.Client, str], httpx.Response]] = {
    "update": lambda http, name: http.post(
        "/webhook/update", json={"webhook_id": name, "webhook_url": URL, "event": EVENT}
    ),
    "inactive": lambda http, name: http.get("/webhook/inactive", params={"webhook_id": name}),
    "dispatch-logs": lambda http, name: http.get("/webhook/dispatch-logs", params={"webhook_id": name}),
    "secret": lambda http, name: http.get("/webhook/secret", params={"webhook_id": name}),
    "rotate-secret": lambda http, name: http.post("/webhook/rotate-secret", json={"webhook_id": name}),
    "replay": lambda http, name: http.post("/webhook/replay", json={"webhook_id": name}),
    "test": lambda http, name: http.post("/webhook/test", json={"webhook_id": name}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_other_accounts_webhooks_are_unknown(
    call: Callable[[httpx.Client, str], httpx.Response], guest: Guest, house: House
) -> None:
    name, other = added(guest), house.guest()
    foreign, unknown = call(other.http, name), call(other.http, "wh_0")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == {"error": f"Webhook {name} not found"}
    assert listed(guest)[0]["is_active"]
    with house.client() as nobody_known:
        assert call(nobody_known, name).status_code == 401


@pytest.mark.parametrize("path", ["inactive", "dispatch-logs"])
def test_webhook_id_is_required(path: str, guest: Guest) -> None:
    answer = guest.http.get(f"/webhook/{path}")
    assert (answer.status_code, answer.json()["error"]) == (400, "webhook_id is required and must be a string")


def test_wrong_methods(guest: Guest) -> None:
    for answer in (guest.http.get("/webhook/add"), guest.http.post("/webhook/get", json={})):
        assert answer.status_code == 405


def test_asking_for_headers_deletes_nothing(guest: Guest) -> None:
    assert guest.http.head("/webhook/inactive", params={"webhook_id": added(guest)}).status_code == 405
    assert listed(guest)[0]["is_active"]


def test_a_key_that_only_reads_sees_no_secret(house: House) -> None:
    reader = house.guest(scopes=["read"])
    assert reader.http.get("/webhook/get").json() == {"webhooks": []}
    assert add(reader).status_code == 403
    assert reader.http.get("/webhook/secret").status_code == 403


def test_one_account_cannot_take_all_lookups(guest: Guest, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    freed = threading.Event()

    def slow(_: str) -> list[str]:
        assert freed.wait(20)
        return [PUBLIC]

    monkeypatch.setattr(house.services.webhooks, "_gate", TargetGate(TargetPolicy(), slow, nobody))
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(add(guest, webhook_url="https://slow.example/").status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 20
    while len(answers) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    freed.set()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 200, 429, 429]


def test_a_url_is_kept_with_its_request_and_part_of_its_print(guest: Guest, house: House) -> None:
    headers = {"idempotency-key": f"key {guest.key_id}"}
    body = {"prompt": "a kite", "webhook_url": URL}
    first = guest.http.post("/v2/imagen-4-fast", json=body, headers=headers)
    assert first.status_code == 200
    assert "x-ignored-params" not in first.headers
    again = guest.http.post("/v2/imagen-4-fast", json=body, headers=headers)
    assert again.json() == first.json()
    other = guest.http.post("/v2/imagen-4-fast", json=body | {"webhook_url": URL + "2"}, headers=headers)
    assert other.status_code == 409
    job = house.services.desk.look(guest.account_id, first.json()["request_id"])
    assert job.options["webhook_url"] == URL
    assert job.options["origin"] == f"http://127.0.0.1:{house.port}"
    without = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a kite", "webhook_url": None})
    assert without.status_code == 200


def test_v1_takes_a_url_too(served: Guest) -> None:
    answer = served.http.post("/v1/imagen-4-fast", json={"prompt": "a kite", "webhook_url": URL})
    assert answer.status_code == 200
    assert "x-ignored-params" not in answer.headers
    logs = served.http.get("/webhook/dispatch-logs", params={"request_id": answer.json()["request_id"]})
    assert logs.json() == {"logs": []}
