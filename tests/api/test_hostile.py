"""Hostile requests, one row each: the answer is a refusal in JSON that names what is wrong, or the same as ever."""

from __future__ import annotations

import json
import socket
from http.client import HTTPResponse
from typing import Any

import httpx
import pytest

from imagend.desk.keys import SCOPES
from tests.api.house import Guest, House

BIG = "9" * 5000
DEEP = "[" * 5000 + "]" * 5000
SAID = {"contents": [{"parts": [{"text": "x"}]}]}

#: Method, target, body, status, a part of the answer.
ROWS: list[tuple[str, str, Any, int, str]] = [
    # repeated and odd parameters: the last one counts, and is checked
    ("GET", "/inference-request/request-history?page=1&page=x", None, 400, "page must be an integer"),
    ("GET", f"/inference-request/request-history?page={BIG}", None, 400, "page must be an integer"),
    ("GET", "/inference-request/request-history?page=1000000", None, 200, '"history":[]'),
    ("GET", "/inference-request/request-history?page=1e1", None, 400, "page must be an integer"),
    ("GET", "/inference-request/request-history?page=%D9%A1", None, 400, "page must be an integer"),
    ("GET", "/inference-request/request-history?from_date=0001-01-01", None, 400, "from_date"),
    ("GET", "/inference-request/request-history?to_date=9999-12-31", None, 200, '"history":[]'),
    ("GET", "/inference-request/generations?model_name=%00%ff", None, 200, '"generations":[]'),
    ("GET", "/inference-request/generations?end_date=9999-12-31", None, 200, '"generations":[]'),
    ("GET", f"/inference-request/recent-generations?model_name={'x' * 201}", None, 400, "model_name"),
    ("GET", "/inference-request/request-history/%00", None, 404, "error"),
    ("GET", "/v1/usage?from=0001-01-01", None, 400, "from"),
    ("GET", "/v1/usage?from=2026-01-01T00:00:00%2B99:00", None, 400, "from"),
    ("GET", "/v1/usage?format=XML", None, 400, "format"),
    ("GET", "/webhook/dispatch-logs?webhook_id=%00", None, 404, "error"),
    ("GET", "/webhook/secret?webhook_id=%F0%9F%92%A9", None, 404, "error"),
    # paths
    ("GET", "/v2/requests/..%2F..%2Fetc%2Fpasswd", None, 404, "error"),
    ("GET", "/v2/requests/%F0%9F%92%A9/status", None, 404, "error"),
    ("GET", "/generations/..%2F..%2Fpepper?expires=1&signature=x", None, 404, "error"),
    ("GET", f"/generations/a.png?expires={BIG}&signature=x", None, 404, "error"),
    ("GET", "/generations/a.png?expires=%D9%A1&signature=%C3%A9", None, 404, "error"),
    ("GET", "/assets/%2e%2e/%2e%2e/x.png?expires=-1&signature=x", None, 404, "error"),
    ("GET", "/v1beta/models/%2F", None, 200, '"models":'),  # as any slash at the end
    ("GET", "/v1/models/imagen%2F4", None, 404, "error"),
    ("POST", "/v1beta/models/imagen-4:predict%3Fx", {}, 404, "error"),
    ("POST", "/v2/%00", {"prompt": "x"}, 404, "error"),
    # bodies
    ("POST", "/v1/imagen-4", {"prompt": "x", "response_format": {}, "aspect_ratio": "x"}, 400, "aspect_ratio"),
    ("POST", "/v1/imagen-4", {"prompt": "x", "base64": [[]], "aspect_ratio": BIG}, 400, "aspect_ratio"),
    ("POST", "/v2/imagen-4", {"prompt": "x", "previews": []}, 400, "previews"),
    ("POST", "/v2/imagen-4", {"prompt": "x", "webhook_url": {"a": 1}}, 400, "webhook_url"),
    ("POST", "/webhook/add", {"webhook_url": ["x"], "event": []}, 400, "webhook_url"),
    ("POST", "/webhook/replay", {"webhook_id": "x", "delivery_id": {}}, 400, "delivery_id"),
    ("POST", "/upload-asset", {"data_urls": [None]}, 400, "data_urls[0]"),
    ("POST", "/upload-asset", {"data_urls": ["data:image/png;base64,====" * 9]}, 400, "data_urls[0]"),
    ("POST", "/v1/images/generations", {"prompt": "x", "model": {}}, 400, "model"),
    ("POST", "/v1/images/generations", {"prompt": "x", "metadata": {"a": {}}}, 400, "metadata"),
    ("POST", "/v1beta/models/imagen-4:generateContent", {"contents": [None, {"parts": [{"text": "x"}]}]}, 400, "null"),
    ("POST", "/v1beta/models/imagen-4:generateContent", {"safetySettings": [{"category": {}}]} | SAID, 400, "category"),
    # operators
    ("GET", f"/admin/accounts?limit={BIG}", None, 400, "limit"),
    ("GET", "/admin/accounts?limit=", None, 400, "limit"),
    ("GET", "/admin/accounts?after=%00%F0%9F%92%A9", None, 200, '"accounts":'),
    ("GET", "/admin/accounts/%00/ledger?after=-1", None, 400, "after"),
    ("GET", "/admin/accounts/nobody/ledger?after=9223372036854775807", None, 400, "after"),
    ("GET", "/admin/keys/..%2F..", None, 404, "error"),
    ("GET", "/admin/usage?account=%00", None, 200, '"usage":[]'),
    ("POST", "/admin/accounts", DEEP, 400, "JSON object"),
    ("POST", "/admin/accounts", {"name": "x", "credits": "1e999999"}, 400, "credits"),
    ("POST", "/admin/accounts", {"name": "x", "credits": 10**400}, 400, "credits"),
    ("POST", "/admin/accounts", {"name": ["x"]}, 400, "name"),
    ("POST", "/admin/accounts", {"name": "x", "max_jobs": {}}, 400, "max_jobs"),
    ("PATCH", "/admin/keys/x", {"choices": {}}, 400, "choices"),
    ("PATCH", "/admin/keys/x", {"scopes": [[]]}, 400, "scopes"),
    ("PATCH", "/admin/keys/x", {"expires_at": "9" * 500 + "d"}, 400, "expires_at"),
    ("PATCH", "/admin/keys/x", {"expires_at": "0001-01-01T00:00:00+23:59"}, 400, "expires_at"),
    ("POST", "/admin/requests/%00/refund", {"amount": True}, 400, "amount"),
]


def send(operator: Guest, method: str, target: str, body: Any) -> httpx.Response:
    """The target goes out as it stands: joined to a base, it would be tidied."""
    content = body if isinstance(body, str | None) else json.dumps(body)
    url = httpx.URL(f"http://127.0.0.1:{operator.house.port}").copy_with(raw_path=target.encode())
    return operator.http.request(method, url, content=content)


@pytest.fixture(scope="module")
def operator(house: House) -> Guest:
    return house.guest(scopes=frozenset(SCOPES))


@pytest.mark.parametrize(("method", "target", "body", "status", "part"), ROWS)
def test_hostile(operator: Guest, method: str, target: str, body: Any, status: int, part: str) -> None:
    answer = send(operator, method, target, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    assert part in answer.text
    assert len(answer.text) < 2000


GETS = [
    "/", "/health", "/openapi.json", "/v1/models", "/v1beta/models", "/v1beta1/publishers/google/models", "/v1/usage",
    "/v1/get-user-credits", "/inference-model-information/list", "/inference-request/request-history",
    "/inference-request/generations", "/webhook/get", "/webhook/secret", "/api/auth/authenticate", "/admin/keys",
    "/finetune/request/list", "/v2/requests/unknown", "/generations/x.png", "/webhook/dispatch-logs", "/nothing/here",
]  # fmt: skip


@pytest.mark.parametrize("target", GETS)
def test_head_is_get_without_a_body(operator: Guest, target: str) -> None:
    got, headed = (send(operator, method, target, None) for method in ("GET", "HEAD"))
    assert headed.status_code == got.status_code
    assert headed.headers["content-type"] == got.headers["content-type"]
    assert headed.content == b""


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/html", "application/xml", "image/png"])
@pytest.mark.parametrize(
    "target", ["/upload-asset", "/webhook/add", "/admin/accounts", "/v2/imagen", "/workflows/imagen"]
)
def test_other_content_types(operator: Guest, target: str, kind: str) -> None:
    answer = operator.http.post(target, content="a=1", headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"]) == (406, "Invalid content type")


def test_an_upload_over_the_limit_is_refused_before_it_is_read(house: House, guest: Guest) -> None:
    limit = house.services.max_upload_body_bytes
    head = f"POST /upload-asset HTTP/1.1\r\nHost: x\r\nx-api-key: {guest.secret}\r\ncontent-length: {limit + 1}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(head.encode())
        answer = HTTPResponse(line)
        answer.begin()
        assert answer.status == 413
        assert f"at most {limit} bytes" in answer.read().decode()


@pytest.mark.parametrize("text", ["9" * 19, "0" * 20 + "1" * 5000, "-1", "1.0", "١"])
def test_event_ids_that_are_none(guest: Guest, text: str) -> None:
    request_id = guest.http.post("/v2/imagen", json={"prompt": "hold"}).json()["request_id"]
    answer = guest.http.get(f"/v2/requests/{request_id}/events", params={"last_event_id": text})
    assert (answer.status_code, answer.json()["error"].split()[0]) == (400, "last_event_id")
