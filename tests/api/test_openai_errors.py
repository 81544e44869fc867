"""Every refusal of the OpenAI paths in OpenAI's envelope, with the headers that steer its SDK's retries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from imagend.api.dialects.openai_errors import failed, refusal
from imagend.api.errors import STATUS
from imagend.core.errors import ImagendError, StorageUnavailable
from imagend.core.job import JobPolicy
from imagend.core.outcome import Failure, Verdict
from imagend.desk.keys import READ
from tests.api.house import Guest, House, open_house

PATH = "/v1/images/generations"
INVALID = "invalid_request_error"
KITE = {"prompt": "a kite", "size": "256x256"}


def blame(answer: httpx.Response) -> tuple[int, str, str | None, str | None]:
    """(status, type, param, code) of a refusal that is worded as it must be."""
    body = answer.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    return answer.status_code, error["type"], error["param"], error["code"]


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b'"x"', b"{bad", b'{"prompt":"a",}', b'{"prompt":"\xff"}', b'{"prompt":"a","seed":NaN}'],
)
def test_e10_bad_json(served: Guest, content: bytes) -> None:
    answer = served.http.post(PATH, content=content, headers={"content-type": "application/json"})
    assert blame(answer) == (400, INVALID, None, None)
    assert served.num_jobs == 0


def test_other_content_types_are_400(served: Guest) -> None:
    assert blame(served.http.post(PATH, data={"prompt": "a kite"})) == (400, INVALID, None, None)


def test_too_large_a_body_is_413(served: Guest) -> None:
    answer = served.http.post(PATH, json={"prompt": "a" * 300_000})
    assert blame(answer) == (413, INVALID, None, "request_too_large")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),  # E51
        ({"authorization": "Bearer SG_0123456789abcdef"}, "invalid_api_key"),  # E52
        ({"authorization": "Bearer sk-something"}, "invalid_api_key"),
        ({"authorization": "Bearer"}, "invalid_api_key"),
        ({"authorization": ""}, "invalid_api_key"),
        ({"authorization": "Basic dTpw"}, "invalid_api_key"),  # E56
    ],
)
@pytest.mark.parametrize("path", [PATH, "/v1/images/edits", "/v1/images/variations"])
def test_e51_e52_e56_keys(working_house: House, headers: dict[str, str], code: str | None, path: str) -> None:
    with working_house.client() as client:
        answer = client.post(path, json=KITE, headers=headers)
    assert blame(answer) == (401, INVALID, None, code)
    assert "www-authenticate" in answer.headers


def test_e53_a_revoked_key(working_house: House) -> None:
    guest = working_house.guest()
    working_house.services.accounts.revoke(guest.key_id)
    assert blame(guest.http.post(PATH, json=KITE)) == (401, INVALID, None, "invalid_api_key")


def test_bearer_wins_over_the_other_headers(served: Guest) -> None:
    wrong = {"x-api-key": "SG_0123456789abcdef", "authorization": f"Bearer {served.secret}"}
    assert served.http.post(PATH, json=KITE, headers=wrong).status_code == 200
    wrong = {"x-api-key": served.secret, "authorization": "Bearer SG_0123456789abcdef"}
    assert served.http.post(PATH, json=KITE, headers=wrong).status_code == 401


def test_e54_a_key_bound_to_other_models(working_house: House) -> None:
    bound = working_house.guest(models=("imagen",))
    assert blame(bound.http.post(PATH, json=KITE)) == (403, INVALID, None, "forbidden")
    assert bound.http.post(PATH, json={**KITE, "model": "imagen"}).status_code == 200


@pytest.mark.parametrize("path", [PATH, "/v1/images/edits"])
def test_a_key_that_only_reads(working_house: House, path: str) -> None:
    reader = working_house.guest(scopes=frozenset({READ}))
    assert blame(reader.http.post(path, json=KITE)) == (403, INVALID, None, "forbidden")


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-2", "imagen-9", "", "../imagen"])
def test_unknown_models_are_404(served: Guest, model: str) -> None:
    answer = served.http.post(PATH, json={**KITE, "model": model})
    assert blame(answer) == (404, INVALID, "model", "model_not_found")
    assert served.num_jobs == 0


@pytest.mark.parametrize(
    ("prompt", "status", "kind", "code", "again"),
    [
        ("block it", 400, "image_generation_user_error", "moderation_blocked", None),  # E102
        ("invalid it", 400, INVALID, "invalid_value", None),
        ("break it", 500, "server_error", "server_error", "false"),
        ("lose it", 500, "server_error", "server_error", "false"),
    ],
)
def test_failed_jobs(served: Guest, prompt: str, status: int, kind: str, code: str, again: str | None) -> None:
    answer = served.http.post(PATH, json={**KITE, "prompt": prompt})
    assert blame(answer) == (status, kind, None, code)
    assert answer.headers.get("x-should-retry") == again
    assert served.available == 100_000_000
    assert served.http.get(f"/v2/requests/{answer.headers['x-request-id']}").json()["status"] == "FAILED"


def test_a_block_names_what_was_found() -> None:
    found = (Verdict(stage="prompt", category="violence", support_code="61493863"),)
    status, error, headers = failed(Failure(code="content_blocked", message="Content blocked", verdicts=found))
    assert (status, headers) == (400, {})
    assert error["message"].endswith("safety_violations=[violence (prompt, 61493863)]")


@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/images/variations", "/images/edits"])
def test_edits_are_not_supported(served: Guest, path: str) -> None:
    """Also with more bytes than a body may have: they are not read."""
    answer = served.http.post(path, data={"prompt": "a hat"}, files={"image": ("a.png", b"x" * 3_000_000)})
    assert blame(answer) == (400, INVALID, "image", "unsupported_operation")
    assert answer.json()["error"]["message"] == "Image editing is not supported by this model"
    assert served.http.post(PATH, json=KITE).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/v1/images", 404, "unknown_url"),
        ("GET", "/v1/images", 404, "unknown_url"),
        ("POST", "/v1/images/nothing", 404, "unknown_url"),
        ("POST", "/v1/chat/completions", 404, "unknown_url"),
        ("POST", "/v1/chat", 404, "unknown_url"),
        ("POST", "/v1/responses", 404, "unknown_url"),
        ("GET", PATH, 405, "method_not_supported"),
        ("DELETE", PATH, 405, "method_not_supported"),
        ("GET", "/v1/images/edits", 405, "method_not_supported"),
    ],
)
def test_wrong_routes(served: Guest, method: str, path: str, status: int, code: str) -> None:
    answer = served.http.request(method, path)
    assert blame(answer) == (status, INVALID, None, code)
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_no_credits_is_429_and_not_tried_again(working_house: House) -> None:
    poor = working_house.guest(credits=0.01)
    answer = poor.http.post(PATH, json=KITE)
    assert blame(answer) == (429, "insufficient_quota", None, "insufficient_quota")
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers


def test_e82_a_full_queue_is_429_to_be_tried_later(tmp_path: Path) -> None:
    with open_house(tmp_path, policy=JobPolicy(max_queued_per_account=1)) as house:
        guest = house.guest()
        guest.submit()
        answer = guest.http.post(PATH, json=KITE)
        assert blame(answer) == (429, "requests", None, "queue_full")
        assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("5", "5000")
        assert "x-should-retry" not in answer.headers


def test_running_out_of_patience_is_504_not_tried_again(tmp_path: Path) -> None:
    with open_house(tmp_path, v1_timeout_seconds=0.2) as house:
        guest = house.guest()
        answer = guest.http.post(PATH, json=KITE)
        assert blame(answer) == (504, "server_error", None, "timeout")
        assert answer.headers["x-should-retry"] == "false"
        assert guest.available == 100_000_000


def test_idempotency_keys(served: Guest) -> None:
    key = {"idempotency-key": "order-7"}
    first = served.http.post(PATH, json=KITE, headers=key)
    again = served.http.post(PATH, json=KITE, headers=key)
    assert first.json() == again.json()
    other = served.http.post(PATH, json={**KITE, "n": 2}, headers=key)
    assert blame(other) == (409, INVALID, None, "idempotency_key_reused")
    assert other.headers["x-should-retry"] == "false"
    assert served.num_jobs == 1


def test_a_malformed_idempotency_key_names_the_header(served: Guest) -> None:
    answer = served.http.post(PATH, json=KITE, headers={"idempotency-key": "x" * 256})
    assert blame(answer) == (400, INVALID, "idempotency-key", "invalid_value")


def test_surprises_are_500(served: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(served.house.services.desk), "submit", broken)
    answer = served.http.post(PATH, json=KITE)
    assert blame(answer) == (500, "server_error", None, "server_error")
    assert "secret" not in answer.text


def test_storage_trouble_is_503(served: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise StorageUnavailable

    monkeypatch.setattr(type(served.house.services.desk), "submit", broken)
    assert blame(served.http.post(PATH, json=KITE)) == (503, "server_error", None, "storage_unavailable")


#: Where OpenAI's status for a refusal is not the one of the other dialects.
OTHERWISE = {"insufficient_credits": 429, "invalid_content_type": 400, "content_blocked": 400, "cancelled": 400}


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_refusal_has_its_status_and_a_type(code: str) -> None:
    answer = refusal(type("Refusal", (ImagendError,), {"code": code})("no"))
    error = json.loads(bytes(answer.body))["error"]
    expected = OTHERWISE.get(code, STATUS[code])
    assert answer.status_code == expected
    assert (error["type"] == "server_error") == (expected >= 500)
    assert error["message"] == "no"


def test_e61_preflight(working_house: House) -> None:
    asked = "authorization, content-type, x-stainless-lang, x-stainless-retry-count"
    with working_house.client() as client:
        answer = client.options(PATH, headers={"access-control-request-headers": asked})
    assert (answer.status_code, answer.headers["access-control-allow-headers"]) == (204, asked)
