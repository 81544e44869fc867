"""Lists of models, for the clients of each dialect and of two at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.google_calls import assert_refused
from tests.api.house import Guest, House

SLUGS = {"imagen", "imagen-4", "imagen-4-fast", "imagen-4-ultra"}
CANONICAL = {
    "imagen-3.0-generate-002",
    "imagen-4.0-generate-001",
    "imagen-4.0-fast-generate-001",
    "imagen-4.0-ultra-generate-001",
}


def rows(guest: Guest, path: str, key: str) -> list[dict[str, Any]]:
    answer = guest.http.get(path)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()[key]
    return listed


@pytest.mark.parametrize(
    "path", ["/v1beta/models", "/v1alpha/models", "/v1beta1/models", "/models", "/v1beta/models/", "/p/v1beta/models"]
)
def test_gemini(guest: Guest, path: str) -> None:
    listed = rows(guest, path, "models")
    assert {row["name"] for row in listed} == {f"models/{name}" for name in CANONICAL}
    for row in listed:
        assert row["supportedGenerationMethods"] == ["predict", "generateContent"]
        assert row["displayName"]
        assert row["version"] in ("001", "002")


@pytest.mark.parametrize("path", ["/v1/publishers/google/models", "/v1beta1/publishers/google/models?pageSize=5"])
def test_vertex(guest: Guest, path: str) -> None:
    names = {row["name"] for row in rows(guest, path, "publisherModels")}
    assert names == {f"publishers/google/models/{name}" for name in CANONICAL}


def test_two_dialects_at_once(guest: Guest) -> None:
    body = guest.http.get("/v1/models").json()
    assert body["object"] == "list"
    assert body["data"] == body["models"]
    assert {row["id"] for row in body["data"]} == SLUGS
    assert {row["name"] for row in body["data"]} == {f"models/{name}" for name in CANONICAL}
    for row in body["data"]:
        assert (row["object"], row["owned_by"], type(row["created"])) == ("model", "imagend", int)
        assert row["created"] > 1_700_000_000
    assert guest.http.get("/v1/models").json() == body


@pytest.mark.parametrize(
    ("path", "key", "name"),
    [
        ("/v1/models/imagen-4", "id", "imagen-4"),
        ("/v1/models/imagen-4.0-generate-001", "id", "imagen-4.0-generate-001"),
        ("/v1/models/imagen-4.0-generate-001", "name", "models/imagen-4.0-generate-001"),
        ("/v1/models/models/imagen-4", "name", "models/imagen-4"),
        ("/v1beta/models/imagen-4-ultra", "name", "models/imagen-4-ultra"),
        ("/v1beta/models/imagen-4.0-fast-generate-preview-06-06", "baseModelId", "imagen-4-fast"),
        ("/v1/publishers/google/models/imagen-4", "name", "publishers/google/models/imagen-4"),
    ],
)
def test_one_model_is_named_as_it_was_asked_for(guest: Guest, path: str, key: str, name: str) -> None:
    assert guest.http.get(path).json()[key] == name


def test_unknown_models_are_refused_in_the_words_of_the_caller(guest: Guest) -> None:
    google = {"x-goog-api-key": guest.secret}
    for path in ("/v1/models/imagen-9", "/v1beta/models/imagen-9", "/v1/publishers/google/models/imagen-9"):
        assert_refused(guest.http.get(path, headers=google), 404, "NOT_FOUND", "Model not found: imagen-9")
    assert_refused(guest.http.get(f"/v1/models/imagen-9?key={guest.secret}"), 404, "NOT_FOUND", "imagen-9")
    other = guest.http.get("/v1/models/imagen-9")
    assert other.status_code == 404
    assert "status" not in other.json()["error"]


def test_no_key(house: House) -> None:
    with house.client() as client:
        assert client.get("/v1/models").status_code == 401
        assert_refused(client.get("/v1beta/models"), 401, "UNAUTHENTICATED")
        assert_refused(client.get("/v1/models?key=nobody"), 401, "UNAUTHENTICATED")
        assert_refused(client.get("/v1/models/imagen-4", headers={"x-goog-api-key": "x"}), 401, "UNAUTHENTICATED")


def test_a_key_sees_the_models_that_it_may_use(house: House) -> None:
    bound = house.guest(models=("imagen", "imagen-4"))
    assert {row["id"] for row in rows(bound, "/v1/models", "data")} == {"imagen", "imagen-4"}
    assert len(rows(bound, "/v1beta/models", "models")) == 2
    assert bound.http.get("/v1/models/imagen-4-fast").status_code == 404


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/imagen-4"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_lists_are_read_only(guest: Guest, method: str, path: str) -> None:
    answer = guest.http.request(method, path, json={"prompt": "a kite"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "error" in answer.json()
    assert guest.num_jobs == 0
