"""Google's paths, methods and keys. Row names are those of the contract's edge cases."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.google_calls import CONTENT, KITE, MODEL, PATH, assert_refused, kept, said
from tests.api.house import Guest, House
from tests.api.test_events import until

ONE = {**KITE, "parameters": {"sampleCount": 1}}
CALL = f"models/{MODEL}:predict"


def call(house: House, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
    with house.client(headers=headers or {}) as client:
        return client.request(method, f"http://127.0.0.1:{house.port}{path}", **options)


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        f"/v1/{CALL}",
        f"/v1beta1/{CALL}",
        f"/v1alpha/{CALL}",
        f"/{CALL}",
        f"/v1beta1/publishers/google/{CALL}",
        f"/v1/publishers/google/{CALL}",
        f"/publishers/google/{CALL}",
        f"/v1beta1/projects/my-project/locations/us-central1/publishers/google/{CALL}",
        f"/some/prefix/v1beta/{CALL}",
        f"/v1/v1beta/{CALL}",
        f"/v1host/v1beta/{CALL}",
        f"/prefix/publishers/google/{CALL}",
        f"/v1beta/models/{MODEL}%3Apredict",
        f"/v1beta/models/{MODEL}%3apredict",
        "/v1beta/models/imagen-4:predict",
        "/v1beta/models/models/imagen-4:predict",
        "/v1beta/models/google/imagen-4-ultra:predict",
        "/v1beta1/publishers/google/models/publishers/google/models/imagen-3.0-generate-002:predict",
        "/v1beta1/models/imagen-4.0-generate-preview-06-06:predict",
        "/v1beta/models/imagen-4.0-ultra-generate-preview-06-06:predict",
        f"/v1beta//models///{MODEL}:predict",
        f"{PATH}/",
        f"{PATH}//",
    ],
)
def test_every_path_of_predict(served: Guest, path: str) -> None:
    answer = served.http.post(f"http://127.0.0.1:{served.house.port}{path}", json=ONE)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["predictions"]) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1beta/models/imagen-3.0-capability-001:predict", "Model not found: imagen-3.0-capability-001"),
        ("/v1beta/models/imagen-4.0-upscale-preview:predict", "Model not found"),
        ("/v1beta/models/imagegeneration@006:predict", "Model not found"),
        ("/v1beta/models/gemini-2.5-flash-image:generateContent", "Model not found: gemini-2.5-flash-image"),
        ("/v1beta/models/:predict", "Model not found"),
        (f"/v1beta/models/{MODEL}:countTokens", "Not Found"),
        (f"/v1beta/models/{MODEL}:predictLongRunning", "Not Found"),
        (f"/v1beta/models/{MODEL}:Predict", "Not Found"),
        (f"/v1beta1/publishers/other/{CALL}", "Not Found"),
        (f"/v1beta/my{CALL}", "Not Found"),
        (f"/v3/{CALL}", "Not Found"),
        (f"/v1beta9/publishers/google/{CALL}", "Not Found"),
        ("/v1beta/nothing", "Not Found"),
        ("/v1beta1/projects/p/locations/l/endpoints/7:predict", "Not Found"),
    ],
)
def test_e65_what_is_not_there(served: Guest, path: str, words: str) -> None:
    before = kept(served)
    assert_refused(served.http.post(path, json=ONE), 404, "NOT_FOUND", words)
    assert kept(served) == before


@pytest.mark.parametrize("path", [PATH, f"/v1/{CALL}", CONTENT, f"/v1/publishers/google/{CALL}"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_e59_wrong_method(served: Guest, method: str, path: str) -> None:
    answer = served.http.request(method, path)
    assert_refused(answer, 405, "UNIMPLEMENTED", "Method Not Allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", [PATH, CONTENT])
def test_e61_preflight(house: House, path: str) -> None:
    asked = "content-type, x-goog-api-key, x-goog-api-client, x-server-timeout"
    headers = {"origin": "https://app.example", "access-control-request-headers": asked}
    answer = call(house, "OPTIONS", path, headers)
    assert (answer.status_code, answer.headers["access-control-allow-headers"]) == (204, asked)


def test_what_is_segminds_is_worded_by_segmind(served: Guest) -> None:
    for path in ("/v2/models", "/v2/requests/models", "/v1/imagen-9", "/nowhere"):
        assert served.http.post(path, json=ONE).json().keys() == {"error"}
        assert isinstance(served.http.post(path, json=ONE).json()["error"], str)


PROTECTED = [
    ("POST", PATH), ("POST", CONTENT), ("POST", "/v1beta/models/nobody:predict"), ("GET", "/v1beta/models"),
    ("GET", f"/v1beta/models/{MODEL}"), ("GET", "/v1/publishers/google/models"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_e51_no_key(house: House, method: str, path: str) -> None:
    answer = call(house, method, path, content=b"{broken")
    assert_refused(answer, 401, "UNAUTHENTICATED", "API key not valid")
    uuid.UUID(answer.headers["x-request-id"])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-goog-api-key": "SG_0123456789abcdef"},
        {"x-goog-api-key": ""},
        {"authorization": "Bearer nobody"},
        {"authorization": "Basic YTpi"},
        {"authorization": "nonsense"},
    ],
    ids=str,
)
def test_e52_e56_rejected_keys(house: House, headers: dict[str, str]) -> None:
    assert_refused(call(house, "POST", PATH, headers, json=ONE), 401, "UNAUTHENTICATED", "API key not valid")


def test_e53_a_revoked_key(served: Guest) -> None:
    served.house.services.accounts.revoke(served.key_id)
    assert_refused(served.http.post(PATH, json=ONE), 401, "UNAUTHENTICATED", "API key not valid")


def test_e54_a_key_of_other_models(working_house: House) -> None:
    bound = working_house.guest(models=("imagen",))
    assert bound.http.post("/v1beta/models/imagen-3.0-generate-002:predict", json=ONE).status_code == 200
    assert_refused(bound.http.post(PATH, content=b"{broken"), 403, "PERMISSION_DENIED", "may not use this model")


@pytest.mark.parametrize("name", ["x-goog-api-key", "X-Goog-Api-Key", "Authorization", "x-api-key"])
def test_the_key_in_any_header(served: Guest, name: str) -> None:
    value = f"Bearer {served.secret}" if name == "Authorization" else served.secret
    assert call(served.house, "GET", "/v1beta/models", {name: value}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("POST", CONTENT), ("GET", "/v1/models/imagen-4")])
def test_the_key_in_the_query(served: Guest, method: str, path: str) -> None:
    body = said("a kite") if path == CONTENT else ONE
    assert call(served.house, method, f"{path}?key={served.secret}&alt=json", json=body).status_code == 200
    assert_refused(call(served.house, method, f"{path}?key=nobody", json=body), 401, "UNAUTHENTICATED", "API key")


def test_the_native_header_wins(served: Guest) -> None:
    good, bad = served.secret, "SG_0123456789abcdef"
    assert call(served.house, "GET", f"/v1beta/models?key={bad}", {"x-goog-api-key": good}).status_code == 200
    assert (
        call(served.house, "GET", f"/v1beta/models?key={good}", {"authorization": f"Bearer {bad}"}).status_code == 401
    )
    mixed = {"x-goog-api-key": good, "x-api-key": bad, "authorization": f"Bearer {bad}"}
    assert call(served.house, "GET", "/v1beta/models", mixed).status_code == 200


def test_the_query_is_no_key_on_other_routes(served: Guest) -> None:
    for method, path in (("POST", "/v1/imagen-4"), ("GET", "/v1/get-user-credits")):
        assert call(served.house, method, f"{path}?key={served.secret}", json={"prompt": "a"}).status_code == 401


def test_a_key_in_the_query_is_never_logged(served: Guest, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    answer = call(served.house, "POST", f"{PATH}?key={served.secret}", json=ONE)

    def ours() -> str:
        return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))

    until(lambda: answer.headers["x-request-id"] in ours())  # the line is written after the answer
    assert served.secret not in ours()
