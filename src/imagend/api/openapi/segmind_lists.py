"""The Segmind dialect's lists, uploads, account, and what is not offered."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.parts import (
    ANY_OBJECT,
    DAY,
    INTEGER,
    MAX_NAMES,
    MOMENT,
    NUMBER,
    TEXT,
    URL,
    Schema,
    listed,
    nullable,
    operation,
    or_empty,
    query,
    refusals,
    shape,
)
from imagend.api.openapi.segmind import DIALECT, ID, POSTING, READING, TAG

_PAGE = query("page", or_empty({"type": "integer", "minimum": 1, "maximum": 1_000_000}))
_PER_PAGE = query("per_page", or_empty({"type": "integer", "minimum": 1, "maximum": 100}))
_MODEL = query("model_name", {"type": "string", "maxLength": 200})
_PAGING = {"page": INTEGER, "per_page": INTEGER, "total": INTEGER, "total_pages": INTEGER}
_PICTURE = shape(
    {"request_id": TEXT, "model_name": TEXT, "generation_url": nullable(URL), "status": {"const": "COMPLETED"},
     "credits_deduction": NUMBER, "prompt": TEXT, "parameters": ANY_OBJECT, "created_at": MOMENT},
)  # fmt: skip
_PAST = shape(
    {"request_id": TEXT, "model_name": TEXT, "model_status": {"enum": ["COMPLETED", "FAILED", "PENDING"]},
     "credits_deduction": NUMBER, "request_body": ANY_OBJECT, "generation_url": nullable(URL),
     "latency_ms": nullable(INTEGER), "model_created": MOMENT, "error": nullable(TEXT)},
)  # fmt: skip
_CARD = shape({"model_id": TEXT, "name": TEXT, "description": TEXT, "parameters": ANY_OBJECT, "pricing": ANY_OBJECT})
#: The smallest of pictures: one pixel.
_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def paths() -> dict[str, dict[str, Schema]]:
    return {**_history(), **_account(), **_not_offered(), "/upload-asset": {"post": _upload()}}


def _history() -> dict[str, dict[str, Schema]]:
    history = [
        _PAGE,
        _PER_PAGE,
        _MODEL,
        query("from_date", or_empty(DAY), "a week before to_date unless given"),
        query("to_date", or_empty(DAY), "today unless given; at most 30 days after from_date"),
        query("status", or_empty({"enum": ["COMPLETED", "FAILED", "PENDING"]})),
        query("sort_by", or_empty({"enum": ["model_created", "model_name", "credits_deduction"]})),
        query("sort_order", or_empty({"enum": ["desc", "asc"]})),
    ]
    dates = [_PAGE, _MODEL, query("start_date", or_empty(DAY)), query("end_date", or_empty(DAY))]
    needed = query("model_name", {"type": "string", "minLength": 1, "maxLength": 200}, required=True)
    root = "/inference-request"
    pictures: Schema = {"generations": listed(_PICTURE)}
    return {
        f"{root}/recent-generations": _get("recent_generations", "a model's newest", shape(pictures), needed),
        f"{root}/generations": _get("generations", "pictures, newest first", shape(pictures | _PAGING), *dates),
        f"{root}/request-history": _get(
            "request_history", "requests", shape({"history": listed(_PAST)} | _PAGING), *history
        ),
        f"{root}/request-history/{{request_id}}": _get("past_request", "a request of any age", _PAST, ID),
    }


def _account() -> dict[str, dict[str, Schema]]:
    models: Schema = {"models": listed(_CARD), "Inference Segmind Model Information List With Details": listed(_CARD)}
    money = shape({"balance": NUMBER, "held": NUMBER})
    account = shape({"user_id": TEXT, "username": TEXT, "credits": money, "usage": ANY_OBJECT})
    return {
        "/v1/get-user-credits": _get("credits", "balance", shape({"credits": NUMBER, "free-credits": NUMBER})),
        "/inference-model-information/list": _get("models", "models with their parameters", shape(models)),
        "/api/auth/authenticate": _get("account", "whose key this is", account),
        "/finetune/request/list": _get("finetunes", "an empty list", listed(ANY_OBJECT) | {"maxItems": 0}),
    }


def _get(name: str, about: str, body: Schema, *parameters: Schema) -> dict[str, Schema]:
    answers: dict[int, Any] = {**refusals(DIALECT, READING), 200: body}
    return {"get": operation(name, about, TAG, answers, parameters=parameters)}


def _not_offered() -> dict[str, dict[str, Schema]]:
    root = "/finetune/request"
    gone, missing = refusals(DIALECT, (400, 401, 403, 405, 410, 429, 500, 503)), refusals(DIALECT, READING)
    table = {
        "submit": ("post", gone),
        "upload/pre-signed-url": ("get", gone),
        "access-update": ("put", gone),
        "details": ("get", missing),
        "file/download": ("get", missing),
    }
    return {
        f"{root}/{name}": {method: operation(f"finetune_{name.replace('/', '_')}", "not offered", TAG, answers)}
        for name, (method, answers) in table.items()
    }


def _upload() -> Schema:
    one = {
        "type": "string",
        "format": "picture-data-url",
        "description": "data:image/png;base64,... of a png, jpeg, webp or gif picture",
    }
    files = shape({"data_urls": {"type": "array", "items": one, "minItems": 1, "maxItems": 10}}) | MAX_NAMES
    answers: dict[int, Any] = {
        **refusals(DIALECT, POSTING),
        200: shape({"file_urls": listed(URL), "message": TEXT}),
    }
    return operation("upload", "upload pictures", TAG, answers, body=files, example={"data_urls": [_PIXEL]})
