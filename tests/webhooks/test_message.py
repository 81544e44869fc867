"""Body, headers and signature, checked by the independent library and by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from imagend.desk.outbox import Delivery
from imagend.desk.signing_keys import shown
from imagend.webhooks.message import MAX_BODY_BYTES, body_of, headers_of, retry_after_seconds

NEW, OLD = bytes(range(32)), bytes(range(1, 33))
NOW = 1_763_733_600.0  # 2025-11-21T14:00:00Z


def delivery(**changes: Any) -> Delivery:
    words: dict[str, Any] = {
        "id": "wh_1:r1", "token": "t", "message_id": "msg_r1_request_completed", "account_id": "acct_1",
        "event": "request.completed", "event_types": ("PIXELFLOW", "INFERENCE"), "request_id": "r1",
        "webhook_id": "wh_1", "target": "wh_1", "url": "https://example.com/", "created_at": NOW, "number": 1,
        "secrets": (NEW,), "summary": {"model": "imagen-4", "status": "COMPLETED", "error": None, "metrics": {}},
    }  # fmt: skip
    return Delivery(**words | changes)


def test_one_body_for_both_kinds_of_readers() -> None:
    body = json.loads(body_of(delivery(), {"output": ["u"]}))
    assert body == {
        "type": "request.completed",
        "event_type": "INFERENCE",
        "event_id": "msg_r1_request_completed",
        "timestamp": "2025-11-21T14:00:00.000Z",
        "data": {"request_id": "r1", "model": "imagen-4", "status": "COMPLETED", "error": None, "metrics": {},
                 "output": ["u"]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("types", "spoken"),
    [((), "GENERATION"), (("GENERATION", "INFERENCE"), "GENERATION"), (("INFERENCE",), "INFERENCE")],
)
def test_event_type_is_the_one_that_was_asked_for(types: tuple[str, ...], spoken: str) -> None:
    assert json.loads(body_of(delivery(event_types=types), {}))["event_type"] == spoken


def test_a_test_message() -> None:
    body = json.loads(body_of(delivery(event="webhook.test", request_id=None, summary={}), {}))
    assert (body["type"], body["event_type"], body["data"]) == ("webhook.test", "TEST", {})


def test_the_largest_message_is_small() -> None:
    image = {"url": "https://" + "h" * 253 + "/" + "p" * 400, "content_type": "image/jpeg", "seed": "4294967295"}
    result = {"output": [image["url"]] * 10, "images": [image] * 10}
    summary = {"model": "imagen-4-ultra", "status": "FAILED", "error": "\U0001f600" * 1000}
    assert len(body_of(delivery(summary=summary), result)) < MAX_BODY_BYTES


def test_the_independent_library_accepts_it() -> None:
    one = delivery(secrets=(NEW, OLD))
    body = body_of(one, {"output": ["ü"]})
    headers = headers_of(one, body, time.time(), "1.0")
    for secret in (NEW, OLD):
        assert Webhook(shown(secret)).verify(body.decode(), headers) == json.loads(body)
    for tampered in (body.replace(b"COMPLETED", b"FAILED"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(shown(NEW)).verify(tampered.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(bytes(32))).verify(body.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(NEW)).verify(body.decode(), headers | {"webhook-id": "msg_r2_request_completed"})


def test_the_signature_by_hand() -> None:
    one = delivery()
    headers = headers_of(one, b"{}", NOW + 0.9, "1.0")
    digest = hmac.new(NEW, b"msg_r1_request_completed.1763733600.{}", hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    for name in ("id", "timestamp", "signature"):
        assert headers[f"x-webhook-{name}"] == headers[f"webhook-{name}"]


def test_a_secret_reads_as_libraries_want_it() -> None:
    assert shown(NEW).startswith("whsec_")
    assert base64.b64decode(shown(NEW).removeprefix("whsec_")) == NEW


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("Fri, 21 Nov 2025 14:01:00 GMT", 60.0),
        ("Fri, 21 Nov 2025 13:59:00 GMT", -60.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 4000, 9_999_999_999.0),
        ("", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
