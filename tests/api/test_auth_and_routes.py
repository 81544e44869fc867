"""Who may come in, and what each path and method answers. Row names are those of the contract's edge cases."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.house import Guest, House

MISSING = {"error": "Missing Authorization or x-api-key in header"}
REJECTED = {"error": "Unauthorized. API key is invalid or may have expired..."}
KITE = {"prompt": "a kite"}


def call(house: House, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
    with house.client(headers=headers or {}) as client:
        return client.request(method, path, **options)


PROTECTED = [
    ("POST", "/v1/imagen-4"),
    ("POST", "/v2/imagen-4"),
    ("POST", "/imagen-4"),
    ("POST", "/v1/no-such-model"),
    ("GET", f"/v2/requests/{uuid.UUID(int=7)}/status"),
    ("GET", f"/v2/requests/{uuid.UUID(int=7)}"),
    ("GET", f"/v1/requests/{uuid.UUID(int=7)}"),
    ("DELETE", f"/v2/requests/{uuid.UUID(int=7)}"),
    ("GET", "/v1/get-user-credits"),
    ("GET", "/inference-model-information/list"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_e51_no_key(house: House, method: str, path: str) -> None:
    answer = call(house, method, path, content=b"{broken")
    assert answer.status_code == 401
    assert answer.json() == MISSING
    assert answer.headers["content-type"] == "application/json"
    uuid.UUID(answer.headers["x-request-id"])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "SG_0123456789abcdef"},
        {"x-api-key": "not even a key"},
        {"x-api-key": ""},
        {"x-api-key": "k" * 5000},
        {"x-api-key": "clé".encode().decode("latin-1")},
        {"x-goog-api-key": "SG_0123456789abcdef"},
        {"authorization": "Bearer SG_0123456789abcdef"},
        {"authorization": "Bearer"},
        {"authorization": "Basic YTpi"},
        {"authorization": "SG_0123456789abcdef"},
    ],
    ids=lambda headers: str(headers)[:40],
)
def test_e52_e56_rejected_credentials(house: House, headers: dict[str, str]) -> None:
    with house.client() as client:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = client.get("/v1/get-user-credits", headers=raw)
    assert answer.status_code == 401
    assert answer.json() == REJECTED


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "x-goog-api-key", "Authorization"])
def test_the_same_key_in_any_header(guest: Guest, name: str) -> None:
    value = f"bEARER  {guest.secret}" if name == "Authorization" else guest.secret
    answer = call(guest.house, "GET", "/v1/get-user-credits", {name: value})
    assert answer.status_code == 200
    assert answer.json() == {"credits": 100.0, "free-credits": 0.0}


def test_the_native_header_wins(guest: Guest) -> None:
    good, bad = guest.secret, "SG_0123456789abcdef"
    mixed = {"x-api-key": bad, "x-goog-api-key": good, "authorization": f"Bearer {good}"}
    assert call(guest.house, "GET", "/v1/get-user-credits", mixed).status_code == 401
    mixed = {"x-api-key": good, "x-goog-api-key": bad, "authorization": f"Basic {bad}"}
    assert call(guest.house, "GET", "/v1/get-user-credits", mixed).status_code == 200


def test_e53_a_revoked_key_cannot_poll_either(guest: Guest) -> None:
    request_id = guest.finished()
    guest.house.services.accounts.revoke(guest.key_id)
    for path in ("/v1/get-user-credits", f"/v2/requests/{request_id}", f"/v2/requests/{request_id}/status"):
        answer = guest.http.get(path)
        assert (answer.status_code, answer.json()) == (401, REJECTED)


def test_e54_a_key_bound_to_other_models(house: House) -> None:
    bound = house.guest(models=("imagen",))
    assert bound.http.post("/v2/imagen", json=KITE).status_code == 200
    refused = bound.http.post("/v2/imagen-4", content=b"{broken")
    assert refused.status_code == 403
    assert refused.json() == {"error": "This API key may not use this model."}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/imagen-4", {"POST"}),
        ("PUT", "/v2/imagen-4", {"POST"}),
        ("DELETE", "/v1/imagen-4", {"POST"}),
        ("GET", "/imagen-4", {"POST"}),
        ("POST", "/v2/requests/x", {"GET", "HEAD", "DELETE"}),
        ("POST", "/v2/requests/x/status", {"GET", "HEAD"}),
        ("POST", "/v1/get-user-credits", {"GET", "HEAD"}),
        ("DELETE", "/inference-model-information/list", {"GET", "HEAD"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("PUT", "/generations/x.jpeg", {"GET", "HEAD"}),
    ],
)
def test_e59_wrong_method(house: House, method: str, path: str, allow: set[str]) -> None:
    answer = call(house, method, path)
    assert answer.status_code == 405
    assert answer.json() == {"error": "Method Not Allowed"}
    assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize("path", ["/v1/imagen-4", "/v2/requests/x", "/", "/nowhere", "/health"])
def test_e61_preflight_needs_no_key(house: House, path: str) -> None:
    asked = "x-api-key, content-type, authorization, x-goog-api-key, x-goog-api-client, x-stainless-lang"
    headers = {"origin": "https://app.example", "access-control-request-method": "POST"}
    answer = call(house, "OPTIONS", path, headers | {"access-control-request-headers": asked})
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == asked
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) > 0


def test_answers_can_be_read_by_browsers(guest: Guest) -> None:
    answer = guest.http.get("/v1/get-user-credits")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/imagen-4/", 200),
        ("//v2//imagen-4", 200),
        ("/v2/imagen-4///", 200),
        ("/v1/", 404),
        ("/v1", 404),
        ("/v2/", 404),
        ("/v1/requests", 404),
        ("/v2/a/b/c", 404),
        ("/nowhere", 404),
        ("/v1beta/models/imagen-4.0-generate-001:nonsense", 404),
    ],
)
def test_e63_e64_slashes_are_served_in_place(guest: Guest, path: str, status: int) -> None:
    answer = guest.http.post(f"http://127.0.0.1:{guest.house.port}{path}", json=KITE)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert ("error" in answer.json()) == (status == 404)


def test_trailing_slashes_of_polls(guest: Guest) -> None:
    request_id = guest.submit()
    for path in (f"/v2/requests/{request_id}/status/", f"/v2//requests/{request_id}/", f"/v1/requests/{request_id}/"):
        assert guest.http.get(path).json()["status"] == "QUEUED"


@pytest.mark.parametrize("path", ["/health", "/healthz", "/health/", "/"])
def test_health_needs_no_key_and_answers_head(house: House, path: str) -> None:
    answer = call(house, "GET", path)
    assert answer.status_code == 200
    assert answer.json()["version"] == "0.0.0"
    head = call(house, "HEAD", path)
    assert (head.status_code, head.content) == (200, b"")


def test_health_counts_the_queue(guest: Guest) -> None:
    before = guest.http.get("/health").json()["queue"]["queued"]
    guest.submit()
    assert guest.http.get("/health").json()["queue"]["queued"] == before + 1


@pytest.mark.parametrize("host", ["evil host", "a/b", "a@b", "host:port", "", "a,b"])
def test_malformed_host_is_400(guest: Guest, host: str) -> None:
    answer = guest.http.get("/v1/get-user-credits", headers={"host": host})
    assert answer.status_code == 400
    assert answer.json() == {"error": "Invalid Host header"}


def test_models_are_listed_under_both_keys(guest: Guest) -> None:
    listed = guest.http.get("/inference-model-information/list", params={"segmind_model": "True"}).json()
    rows = listed["models"]
    assert listed["Inference Segmind Model Information List With Details"] == rows
    assert {row["slug"] for row in rows} == {"imagen", "imagen-4", "imagen-4-fast", "imagen-4-ultra"}
    for row in rows:
        assert row["id"] == row["model_id"] == row["slug"]
        assert row["parameters"]["required"] == ["prompt"]
        assert row["is_depreciated"] is False
        assert row["pricing"]["credits_per_image"] > 0


def test_an_internal_error_is_json_without_a_trace(guest: Guest, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(self: object, account_id: str) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(guest.house.services.accounts), "balance", broken)
    answer = guest.http.get("/v1/get-user-credits")
    assert answer.status_code == 500
    assert answer.json() == {"error": "Internal server error"}
    assert answer.headers["x-request-id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_logs_hold_no_prompt_and_no_key(guest: Guest, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    request_id = guest.finished("block a very private sentence")
    guest.http.get(f"/v2/requests/{request_id}?key={guest.secret}")
    guest.http.post("/v2/imagen", json={"prompt": 7, "private": "a very private sentence"})
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert request_id in ours
    assert "private sentence" not in ours
    assert guest.secret not in ours
