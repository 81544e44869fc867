"""The Segmind dialect's operations: orders, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagend.api.openapi.accepts import accepted, body_of
from imagend.api.openapi.parts import (
    ANY_OBJECT,
    HOOK_URL,
    INTEGER,
    NUMBER,
    TEXT,
    URL,
    Schema,
    header,
    in_path,
    link,
    listed,
    nullable,
    operation,
    or_empty,
    query,
    referred,
    refusals,
    responses,
    said,
    shape,
)
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.params import Flag, Integer
from imagend.core.recipe import MEDIA_TYPES
from imagend.desk.watchers import MAX_PREVIEWS

TAG, DIALECT = "Segmind", "segmind"
#: What any operation with a key may answer.
READING = (400, 401, 403, 404, 405, 429, 500, 503)
POSTING = (*READING, 406, 409, 413)
_METRICS = shape({"inference_time": NUMBER}, queue_time=NUMBER, total_time=NUMBER, cost=NUMBER, retry_count=INTEGER)
_IMAGE = shape(
    {"url": URL, "content_type": TEXT, "file_name": TEXT, "file_size": TEXT,
     "width": INTEGER, "height": INTEGER, "seed": TEXT},
)  # fmt: skip
SCHEMAS: dict[str, Schema] = {
    "Error": shape({"error": TEXT}, code=TEXT),
    "Submitted": shape(
        {"request_id": TEXT, "status": {"const": "QUEUED"}, "poll_url": URL, "status_url": URL, "response_url": URL}
    ),
    "Waiting": shape(
        {"status": {"enum": ["QUEUED", "PROCESSING"]}, "request_id": TEXT, "status_url": URL, "response_url": URL,
         "metrics": ANY_OBJECT},
        progress={"type": "number", "minimum": 0, "maximum": 1},
        steps=shape({"done": INTEGER, "total": INTEGER}),
        queue_position=nullable(INTEGER),
        eta_seconds=nullable(NUMBER),
    ),
    "Completed": shape({"status": {"const": "COMPLETED"}, "request_id": TEXT, "metrics": _METRICS}),
    "Failed": shape({"status": {"const": "FAILED"}, "error": TEXT, "request_id": TEXT, "metrics": _METRICS}),
    "Result": shape(
        {"status": {"const": "COMPLETED"}, "error": {"type": "null"}, "request_id": TEXT, "output": URL,
         "images": listed(_IMAGE) | {"minItems": 1}, "seed": TEXT, "prompt": TEXT, "metrics": _METRICS,
         "timings": ANY_OBJECT},
        image={"anyOf": [TEXT, listed(TEXT)]},
        image_format=TEXT,
        warnings=listed(TEXT),
        receipt=ANY_OBJECT,
    ),
}  # fmt: skip
ERROR = referred("Error")
RESPONSES = responses(DIALECT, ERROR, (*POSTING, 410, 502, 504))
PICTURES: dict[str, Schema] = {
    media_type: {"type": "string", "format": "binary"} for media_type in MEDIA_TYPES.values()
}
ID = in_path("request_id")
_SECONDS = {"type": "string", "pattern": "^[1-9][0-9]?$"}
#: Headers that every order may carry.
ORDER_HEADERS = (
    header(
        "Idempotency-Key",
        {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
        "same key and body: the same request",
    ),
    header("X-Request-Timeout", _SECONDS, "seconds until the request fails by itself and is not charged"),
    header("Cancel-After", _SECONDS, "another name of X-Request-Timeout"),
)
IGNORED = {"x-ignored-params": said("what was sent in vain")}
_MADE = IGNORED | {
    "x-generation-time": said("seconds", NUMBER),
    "x-cost": said("credits", NUMBER),
    "x-seed-value": said("the first picture's seed", INTEGER),
    "x-output-metadata": said("its pixels: height and width, as JSON"),
    "x-remaining-credits": said("the account's balance", NUMBER),
}
_PREVIEWS: Schema = {
    "anyOf": [*accepted(Integer(minimum=0, maximum=MAX_PREVIEWS))["anyOf"][:-1], *accepted(Flag())["anyOf"][:-1]]
}
EXAMPLE = {"prompt": "a cabin in the snow at sunrise"}


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {}
    for card in catalog:
        found[f"/v1/{card.slug}"] = {"post": _run(card)}
        found[f"/v2/{card.slug}"] = {"post": _submit(card, "submit", "queue a request; poll status_url for its end")}
        found[f"/workflows/{card.slug}"] = {"post": _workflow(card)}
        found[f"/workflows/v2/{card.slug}"] = {"post": _submit(card, "workflow_v2", "as a workflow, with v2's answer")}
    return found | _requests()


def _run(card: ModelCard) -> Schema:
    answers: dict[int, Any] = {
        **refusals(DIALECT, (*POSTING, 504)),
        200: {"application/json": referred("Result"), **PICTURES},
        422: referred("Failed"),
        500: {"anyOf": [referred("Failed"), ERROR]},
        502: referred("Failed"),
    }
    body = _with(
        _body(card),
        base64={"description": "true: the pictures ride in the answer; ignored if it is no flag"},
        response_format={"description": "json, url, b64_json or binary; ignored if it is not"},
        previews={"description": "of no use here"},
    )
    summary = f"{card.title}: make pictures and wait for them"
    return operation(
        f"run_{card.slug}", summary, TAG, answers,
        body=body, example=EXAMPLE, parameters=ORDER_HEADERS, headers=_MADE,
    )  # fmt: skip


def _submit(card: ModelCard, name: str, summary: str) -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, POSTING), 200: referred("Submitted")}
    return operation(
        f"{name}_{card.slug}", f"{card.title}: {summary}", TAG, answers,
        body=_body(card), example=EXAMPLE, parameters=ORDER_HEADERS, headers=IGNORED, links=_followers(),
    )  # fmt: skip


def _workflow(card: ModelCard) -> Schema:
    queued = shape({"request_id": TEXT, "status": {"const": "QUEUED"}, "poll_url": URL, "message": TEXT})
    answers: dict[int, Any] = {**refusals(DIALECT, POSTING), 200: queued}
    state = {"state": link("workflow_state", "what became of it", request_id="/request_id")}
    return operation(
        f"workflow_{card.slug}", f"{card.title} as a workflow of one node", TAG, answers,
        body=_body(card), example=EXAMPLE, parameters=ORDER_HEADERS, headers=IGNORED, links=state,
    )  # fmt: skip


def _followers() -> dict[str, Schema]:
    table = {
        "status": "how far it is",
        "result": "its result",
        "poll": "the same as result",
        "cancel": "cancel it",
        "events": "watch it",
        "past_request": "its row in the history",
    }
    return {name: link(name, about, request_id="/request_id") for name, about in table.items()}


def _body(card: ModelCard) -> Schema:
    """Our extensions beside the card's fields."""
    return _with(
        body_of(card),
        webhook_url=nullable(HOOK_URL) | {"description": "hears of the request's end"},
        previews=nullable(_PREVIEWS) | {"description": "small pictures of the running request for its event stream"},
    )


def _with(body: Schema, **properties: Mapping[str, Any]) -> Schema:
    return body | {"properties": {**body["properties"], **properties}}


def _requests() -> dict[str, dict[str, Schema]]:
    reading = refusals(DIALECT, READING)
    waiting, failed = referred("Waiting"), referred("Failed")
    light: dict[int, Any] = {**reading, 200: {"anyOf": [waiting, referred("Completed")]}, 422: failed}
    full: dict[int, Any] = {**reading, 200: {"anyOf": [waiting, referred("Result")]}, 422: failed}
    cancelled: dict[int, Any] = {**reading, 200: {"anyOf": [failed, referred("Completed")]}}
    return {
        "/v2/requests/{request_id}/status": {
            "get": operation("status", "state of a request", TAG, light, parameters=[ID])
        },
        "/v2/requests/{request_id}": {
            "get": operation("result", "result of a request", TAG, full, parameters=[ID]),
            "delete": operation("cancel", "cancel a request; nothing is charged", TAG, cancelled, parameters=[ID]),
        },
        "/v1/requests/{request_id}": {"get": operation("poll", "the same as result", TAG, full, parameters=[ID])},
        "/v2/requests/{request_id}/events": {"get": _events()},
        "/workflows/request/{request_id}": {"get": _workflow_state()},
    }


def _events() -> Schema:
    event_id = or_empty({"type": "string", "pattern": "^[0-9]{1,18}$"})
    event = shape({"event": {"enum": ["status", "progress", "preview", "completed", "failed"]}, "data": TEXT}, id=TEXT)
    answers: dict[int, Any] = {
        **refusals(DIALECT, READING),
        200: {"text/event-stream": event | {"description": "each event; data is JSON"}},
        204: None,
    }
    parameters = [
        ID,
        header("Last-Event-ID", event_id, "go on after this event"),
        query("last_event_id", event_id, "the same, for who cannot send headers"),
        query("previews", _PREVIEWS, "how many; true is the most"),
    ]
    return operation("events", "progress and previews", TAG, answers, parameters=parameters)


def _workflow_state() -> Schema:
    state = shape({"status": TEXT, "output": TEXT, "request_id": TEXT}, error_message=shape({"message": TEXT}))
    answers: dict[int, Any] = {**refusals(DIALECT, READING), 200: state}
    return operation("workflow_state", "state of a workflow; FAILED is 200 here", TAG, answers, parameters=[ID])
