"""What is sent: a small JSON body, and the headers that prove where it comes from.

The signature is that of Standard Webhooks 1.0: base64 of HMAC-SHA256(secret, "id.time.body"), one for each secret that
signs now. The x-webhook- headers and `event_type`, `event_id` repeat the same for receivers written for the hosted API.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from imagend.desk.notices import TEST
from imagend.desk.outbox import Delivery

MAX_BODY_BYTES = 20_000
#: What an endpoint that asked for both of the synonyms hears.
_SPOKEN = ("GENERATION", "INFERENCE")


def body_of(delivery: Delivery, result: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON under 20 kB. `result`: what can be told of the result beyond the summary, {} once it is forgotten."""
    data = {} if delivery.request_id is None else {"request_id": delivery.request_id, **delivery.summary, **result}
    body = {
        "type": delivery.event,
        "event_type": _event_type(delivery),
        "event_id": delivery.message_id,
        "timestamp": datetime.fromtimestamp(delivery.created_at, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "data": data,
    }
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(encoded) < MAX_BODY_BYTES
    return encoded


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event_type(delivery: Delivery) -> str:
    if delivery.event == TEST:
        return "TEST"
    return next((name for name in _SPOKEN if name in delivery.event_types), _SPOKEN[0])


def headers_of(delivery: Delivery, body: bytes, now: float, version: str) -> dict[str, str]:
    """`now`: epoch seconds of this attempt; receivers refuse what is some minutes off."""
    moment = str(int(now))
    signed = " ".join(signature(secret, delivery.message_id, moment, body) for secret in delivery.secrets)
    said = {"id": delivery.message_id, "timestamp": moment, "signature": signed}
    return {
        "user-agent": f"imagend/{version}",
        "content-type": "application/json",
        "accept": "*/*",
        **{f"webhook-{name}": value for name, value in said.items()},
        **{f"x-webhook-{name}": value for name, value in said.items()},
    }


def signature(secret: bytes, message_id: str, moment: str, body: bytes) -> str:
    """`v1,` and the base64 digest."""
    signed = b".".join((message_id.encode(), moment.encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Of a Retry-After header: seconds, or a date. None for what is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    return _until(text, now)


def _until(text: str, now: float) -> float | None:
    try:
        moment = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() - now
