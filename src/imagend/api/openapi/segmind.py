"""The Segmind dialect's operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagend.api.openapi.accepts import body_of
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
    listed,
    nullable,
    operation,
    query,
    refusals,
    shape,
)  # fmt: skip
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.recipe import MEDIA_TYPES

TAG = "Segmind"
ERROR = shape({"error": TEXT})
#: What any operation with a key may answer.
READING = (401, 403, 404, 405, 429, 500, 503)
POSTING = (400, *READING, 406, 409, 413)
_METRICS = shape({"inference_time": NUMBER}, queue_time=NUMBER, total_time=NUMBER, cost=NUMBER, retry_count=INTEGER)
_FAILED = shape({"status": {"const": "FAILED"}, "error": TEXT, "request_id": TEXT, "metrics": _METRICS})
_LIVE = shape(
    {"status": {"enum": ["QUEUED", "PROCESSING"]}, "request_id": TEXT, "status_url": URL, "response_url": URL},
    metrics=ANY_OBJECT,
    progress=NUMBER,
    steps=shape(done=INTEGER, total=INTEGER),
    queue_position=nullable(INTEGER),
    eta_seconds=nullable(NUMBER),
)
_IMAGE = shape({"url": URL, "content_type": TEXT, "file_name": TEXT, "file_size": TEXT}, seed=TEXT)
_RESULT = shape(
    {"status": {"const": "COMPLETED"}, "error": {"type": "null"}, "request_id": TEXT, "output": URL,
     "images": listed(_IMAGE), "seed": TEXT, "prompt": TEXT, "metrics": _METRICS},
    image={"anyOf": [TEXT, listed(TEXT)]},
    image_format=TEXT,
)  # fmt: skip
_LIGHT = shape({"status": {"const": "COMPLETED"}, "request_id": TEXT, "metrics": _METRICS})
SUBMITTED = shape(
    {"request_id": TEXT, "status": {"const": "QUEUED"}, "poll_url": URL, "status_url": URL, "response_url": URL}
)
PICTURES: dict[str, Schema] = {
    media_type: {"type": "string", "format": "binary"} for media_type in MEDIA_TYPES.values()
}
_ID = in_path("request_id")
_SECONDS = {"type": "string", "pattern": "^[1-9][0-9]{0,1}$"}
#: Headers that every order may carry.
ORDER_HEADERS = (
    header("Idempotency-Key", {"type": "string", "pattern": "^[!-~]{1,255}$"}, "same key and body: the same request"),
    header("X-Request-Timeout", _SECONDS, "seconds until the request fails by itself and is not charged"),
    header("Cancel-After", _SECONDS, "another name of X-Request-Timeout"),
)
_PER_PAGE = {"type": "integer", "minimum": 1, "maximum": 100}
_PAGE = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
_DAY = {"type": "string", "format": "date"}
_PAGING = {"page": INTEGER, "per_page": INTEGER, "total": INTEGER, "total_pages": INTEGER}
_ROW = shape({"request_id": TEXT, "model_name": TEXT, "credits_deduction": NUMBER}, generation_url=nullable(URL))


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {}
    for card in catalog:
        found[f"/v1/{card.slug}"] = {"post": _run(card)}
        found[f"/v2/{card.slug}"] = {"post": _submit(card, "submit", "queue a request; poll status_url for its end")}
        found[f"/workflows/{card.slug}"] = {"post": _workflow(card)}
    return found | _requests() | _lists() | _others()


def _run(card: ModelCard) -> Schema:
    answers: dict[int, Any] = {
        **refusals(ERROR, (*POSTING, 502, 504)),
        200: {"application/json": _RESULT, **PICTURES},
        422: _FAILED,
        500: {"anyOf": [_FAILED, ERROR]},
        502: _FAILED,
    }
    properties = {
        "base64": {"description": "true: the pictures ride in the answer"},
        "response_format": {"description": "json, url, b64_json or binary; ignored if it is not"},
    }
    body = _with(_body(card), properties)
    summary = f"{card.title}: make pictures and wait for them"
    return operation(f"run_{card.slug}", summary, TAG, answers, body=body, parameters=ORDER_HEADERS)


def _submit(card: ModelCard, name: str, summary: str) -> Schema:
    answers: dict[int, Any] = {**refusals(ERROR, POSTING), 200: SUBMITTED}
    title = f"{card.title}: {summary}"
    return operation(f"{name}_{card.slug}", title, TAG, answers, body=_body(card), parameters=ORDER_HEADERS)


def _workflow(card: ModelCard) -> Schema:
    queued = shape({"request_id": TEXT, "status": {"const": "QUEUED"}, "poll_url": URL, "message": TEXT})
    answers: dict[int, Any] = {**refusals(ERROR, POSTING), 200: queued}
    summary = f"{card.title} as a workflow of one node"
    return operation(f"workflow_{card.slug}", summary, TAG, answers, body=_body(card), parameters=ORDER_HEADERS)


def _body(card: ModelCard) -> Schema:
    """Our extensions beside the card's fields."""
    return _with(body_of(card), {"webhook_url": nullable(HOOK_URL) | {"description": "hears of the request's end"}})


def _with(body: Schema, properties: Mapping[str, Schema]) -> Schema:
    return body | {"properties": {**body["properties"], **properties}}


def _requests() -> dict[str, dict[str, Schema]]:
    reading = refusals(ERROR, READING)
    light: dict[int, Any] = {**reading, 200: {"anyOf": [_LIVE, _LIGHT]}, 422: _FAILED}
    full: dict[int, Any] = {**reading, 200: {"anyOf": [_LIVE, _RESULT]}, 422: _FAILED}
    cancelled: dict[int, Any] = {**reading, 200: {"anyOf": [_FAILED, _LIGHT]}}
    event_id = {"type": "string", "pattern": "^[0-9]{1,18}$"}
    resume = header("Last-Event-ID", event_id, "go on after this event")
    events: dict[int, Any] = {**refusals(ERROR, (400, *READING)), 200: {"text/event-stream": TEXT}, 204: None}
    again = query("last_event_id", event_id, "the same, for who cannot send headers")
    previews = query("previews", {"type": "string", "pattern": "^(?:[0-9]|10|true|false)$"}, "how many; true is 10")
    return {
        "/v2/requests/{request_id}/status": {
            "get": operation("status", "state of a request", TAG, light, parameters=[_ID])
        },
        "/v2/requests/{request_id}": {
            "get": operation("result", "result of a request", TAG, full, parameters=[_ID]),
            "delete": operation("cancel", "cancel a request; nothing is charged", TAG, cancelled, parameters=[_ID]),
        },
        "/v1/requests/{request_id}": {"get": operation("poll", "the same as result", TAG, full, parameters=[_ID])},
        "/v2/requests/{request_id}/events": {
            "get": operation("events", "progress and previews", TAG, events, parameters=[_ID, resume, again, previews])
        },
        "/workflows/request/{request_id}": {"get": _workflow_state()},
    }


def _workflow_state() -> Schema:
    state = shape({"status": TEXT, "output": TEXT, "request_id": TEXT}, error_message=ANY_OBJECT)
    answers: dict[int, Any] = {**refusals(ERROR, READING), 200: state}
    return operation("workflow_state", "state of a workflow; FAILED is 200 here", TAG, answers, parameters=[_ID])


def _lists() -> dict[str, dict[str, Schema]]:
    refused = refusals(ERROR, (400, *READING))
    model = query("model_name", {"type": "string", "maxLength": 200})
    page = query("page", _PAGE)
    history = [
        page,
        query("per_page", _PER_PAGE),
        model,
        query("from_date", _DAY),
        query("to_date", _DAY, "at most 30 days after from_date"),
        query("status", {"enum": ["COMPLETED", "FAILED", "PENDING"]}),
        query("sort_by", {"enum": ["model_created", "model_name", "credits_deduction"]}),
        query("sort_order", {"enum": ["desc", "asc"]}),
    ]
    dates = [page, model, query("start_date", _DAY), query("end_date", _DAY)]
    needed = query("model_name", {"type": "string", "minLength": 1, "maxLength": 200}, required=True)
    root = "/inference-request"
    generations: Schema = {"generations": listed(_ROW)}
    table = {
        f"{root}/recent-generations": ("recent_generations", [needed], shape(generations)),
        f"{root}/generations": ("generations", dates, shape(generations | _PAGING)),
        f"{root}/request-history": ("history", history, shape({"history": listed(_ROW)} | _PAGING)),
        f"{root}/request-history/{{request_id}}": ("past_request", [_ID], _ROW),
        "/v1/get-user-credits": ("credits", [], shape({"credits": NUMBER, "free-credits": NUMBER})),
        "/inference-model-information/list": ("models", [], shape({"models": listed(ANY_OBJECT)})),
        "/api/auth/authenticate": ("account", [], shape({"user_id": TEXT, "credits": ANY_OBJECT})),
        "/finetune/request/list": ("finetunes", [], listed(ANY_OBJECT)),
    }
    return {
        path: {"get": operation(name, name.replace("_", " "), TAG, {**refused, 200: body}, parameters=parameters)}
        for path, (name, parameters, body) in table.items()
    }


def _others() -> dict[str, dict[str, Schema]]:
    one = {"type": "string", "pattern": "^data:[a-z]+/[a-z]+;base64,"}
    files = shape({"data_urls": {"type": "array", "items": one, "minItems": 1, "maxItems": 10}})
    stored: dict[int, Any] = {
        **refusals(ERROR, POSTING),
        200: shape({"file_urls": listed(URL), "message": TEXT}),
    }
    refused = refusals(ERROR, (*READING, 410))
    tuning = "/finetune/request"
    routes = {
        f"{tuning}/submit": "post",
        f"{tuning}/upload/pre-signed-url": "get",
        f"{tuning}/access-update": "put",
        f"{tuning}/details": "get",
        f"{tuning}/file/download": "get",
    }
    closed = {
        path: {method: operation(path.strip("/").replace("/", "_"), "not offered", TAG, refused)}
        for path, method in routes.items()
    }
    return closed | {"/upload-asset": {"post": operation("upload", "upload pictures", TAG, stored, body=files)}}
