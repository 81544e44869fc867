"""Operations on webhooks."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.parts import (
    FLAG,
    HOOK_URL,
    INTEGER,
    MAX_NAMES,
    MOMENT,
    NUMBER,
    TEXT,
    Schema,
    link,
    listed,
    nullable,
    operation,
    query,
    referred,
    refusals,
    shape,
)
from imagend.api.openapi.segmind import DIALECT, POSTING, READING
from imagend.desk.webhooks import EVENT_TYPES

TAG = "webhooks"
_NAME = {"type": "string", "minLength": 1}
_EVENT = shape({"types": {"type": "array", "items": {"enum": list(EVENT_TYPES)}, "minItems": 1}})
_EXAMPLE = {"webhook_url": "https://example.com/hook", "event": {"types": ["INFERENCE"]}}
SCHEMAS: dict[str, Schema] = {
    "Webhook": shape(
        {"id": TEXT, "webhook_id": TEXT, "webhook_url": TEXT, "event": _EVENT, "is_active": FLAG,
         "status": {"enum": ["active", "disabled"]}, "disabled_reason": nullable(TEXT),
         "failures_in_a_row": INTEGER, "failing_since": nullable(MOMENT), "created_at": MOMENT},
    ),
    "Dispatch": shape(
        {"webhook_id": nullable(TEXT), "delivery_id": TEXT, "event_id": TEXT, "request_id": nullable(TEXT),
         "type": TEXT, "attempt": INTEGER, "status": {"enum": ["success", "failed"]},
         "status_code": nullable(INTEGER), "error": nullable(TEXT), "latency_ms": NUMBER, "created_at": MOMENT,
         "delivery_status": TEXT, "next_attempt_at": nullable(MOMENT)},
    ),
}  # fmt: skip


def paths() -> dict[str, dict[str, Schema]]:
    needed, named = query("webhook_id", _NAME, required=True), query("webhook_id", _NAME, "the account's without it")
    one = shape({"webhook_id": _NAME})
    about = {"webhook_url": HOOK_URL, "event": _EVENT}
    id_ = nullable(_NAME)
    return {
        "/webhook/get": _get("get", "webhooks of the account", shape({"webhooks": listed(referred("Webhook"))})),
        "/webhook/inactive": _get("inactive", "remove one", _done(), needed),
        "/webhook/dispatch-logs": _get(
            "dispatch-logs", "deliveries of one", shape({"logs": listed(referred("Dispatch"))}), needed
        ),
        "/webhook/secret": _get("secret", "what signs messages", shape({"secret": TEXT, "webhook_id": id_}), named),
        "/webhook/add": _post("add", "a new one", shape(about), _EXAMPLE, secret=TEXT),
        "/webhook/update": _post("update", "change one", shape({"webhook_id": _NAME, **about})),
        "/webhook/rotate-secret": _post(
            "rotate-secret", "a new secret; the old one signs too for a while", shape(webhook_id=id_), {}, secret=TEXT
        ),
        "/webhook/replay": _post("replay", "deliver again", _with_delivery(one), delivery_ids=listed(TEXT)),
        "/webhook/test": _post("test", "send a test message", one, delivery_id=TEXT),
    }


def _with_delivery(body: Schema) -> Schema:
    """Without a delivery_id: all that have failed."""
    return body | {"properties": {**body["properties"], "delivery_id": nullable(_NAME)}}


def _done(**more: Schema) -> Schema:
    return shape({"status": {"const": "success"}, "webhook_id": nullable(TEXT), "message": TEXT, **more})


def _get(name: str, about: str, body: Schema, *parameters: Schema) -> dict[str, Schema]:
    answers: dict[int, Any] = {**refusals(DIALECT, READING), 200: body}
    return {"get": operation(f"webhook_{name}", about, TAG, answers, parameters=parameters)}


def _post(name: str, about: str, body: Schema, example: Any = None, **more: Schema) -> dict[str, Schema]:
    answers: dict[int, Any] = {**refusals(DIALECT, POSTING), 200: _done(**more)}
    links = _followers() if name == "add" else None
    whole = operation(
        f"webhook_{name}", about, TAG, answers, body=body | MAX_NAMES, example=example, links=links
    )  # fmt: skip
    return {"post": whole}


def _followers() -> dict[str, Schema]:
    """What can be done with a new one."""
    found = {
        name: link(f"webhook_{name}", about, webhook_id="/webhook_id")
        for name, about in (("dispatch-logs", "its log"), ("secret", "its secret"), ("inactive", "remove it"))
    }
    id_ = {"webhook_id": "$response.body#/webhook_id"}
    bodies: dict[str, dict[str, Any]] = {"test": id_, "replay": id_, "rotate-secret": id_, "update": _EXAMPLE | id_}
    return found | {name: link(f"webhook_{name}", name, body=body) for name, body in bodies.items()}
