"""Operations of our own: health, files, webhooks, use, and what operators do."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.parts import (
    ANY_OBJECT,
    HOOK_URL,
    TEXT,
    Schema,
    in_path,
    listed,
    nullable,
    operation,
    query,
    refusals,
    shape,
)  # fmt: skip
from imagend.api.openapi.segmind import ERROR, PICTURES, POSTING, READING
from imagend.core.recipe import SAFETY_LEVELS

HOOKS, USE, OPERATORS, HOUSE = "webhooks", "usage", "operators", "house"
_EVENTS = ["GENERATION", "INFERENCE", "PIXELFLOW", "NODE_RUN", "GRAPH_RUN"]
_DAY = {"type": "string", "format": "date"}
_CREDITS = {"type": "number", "minimum": 0, "maximum": 1_000_000, "multipleOf": 0.25}
_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$"}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000}


def paths() -> dict[str, dict[str, Schema]]:
    return _open() | _hooks() | _usage() | _operators()


def _open() -> dict[str, dict[str, Schema]]:
    alive = shape({"status": TEXT})
    health = {200: alive, 503: alive, 405: ERROR, 500: ERROR}
    file: dict[int, Any] = {**refusals(ERROR, (404, 405, 500, 503)), 200: PICTURES}
    name = [in_path("name", {"type": "string", "minLength": 1})]
    plain = {200: ANY_OBJECT, 405: ERROR, 500: ERROR}
    return {
        "/": {"get": operation("index", "what is here", HOUSE, plain, open_to_all=True)},
        "/openapi.json": {"get": operation("document", "this document", HOUSE, plain, open_to_all=True)},
        "/health": {"get": operation("health", "whether requests are taken", HOUSE, health, open_to_all=True)},
        "/healthz": {"get": operation("healthz", "the same", HOUSE, health, open_to_all=True)},
        "/generations/{name}": {
            "get": operation("picture", "a picture, by its signed link", HOUSE, file, parameters=name, open_to_all=True)
        },
        "/assets/{name}": {
            "get": operation("asset", "an uploaded file", HOUSE, file, parameters=name, open_to_all=True)
        },
    }


def _hooks() -> dict[str, dict[str, Schema]]:
    event = shape({"types": {"type": "array", "items": {"enum": _EVENTS}, "minItems": 1, "maxItems": 5}})
    whose = {"webhook_id": {"type": "string", "minLength": 1}}
    add = shape({"webhook_url": HOOK_URL, "event": event})
    update = shape({**whose, "webhook_url": HOOK_URL, "event": event})
    one = shape(whose)
    done = shape({"status": {"const": "success"}, "message": TEXT})
    refused, posted = refusals(ERROR, (400, *READING)), refusals(ERROR, POSTING)
    named = query("webhook_id", TEXT, required=True)
    gets = {
        "get": (shape({"webhooks": listed(ANY_OBJECT)}), []),
        "inactive": (done, [named]),
        "dispatch-logs": (shape({"logs": listed(ANY_OBJECT)}), [named]),
        "secret": (shape({"secret": TEXT}), [query("webhook_id", TEXT)]),
    }
    posts = {
        "add": (add, {}),
        "update": (update, {}),
        "rotate-secret": (shape(webhook_id=nullable(whose["webhook_id"])), {}),
        "replay": (one, {"delivery_id": nullable(TEXT)}),
        "test": (one, {}),
    }
    found: dict[str, dict[str, Schema]] = {}
    for name, (body, parameters) in gets.items():
        said = operation(f"webhook_{name}", name, HOOKS, {**refused, 200: body}, parameters=parameters)
        found[f"/webhook/{name}"] = {"get": said}
    for name, (body, more) in posts.items():
        whole = body | {"properties": body["properties"] | more, "maxProperties": 100}
        found[f"/webhook/{name}"] = {
            "post": operation(f"webhook_{name}", name, HOOKS, {**posted, 200: done}, body=whole)
        }
    return found


def _usage() -> dict[str, dict[str, Schema]]:
    def said(name: str, groups: list[str], *more: Schema) -> dict[str, Schema]:
        parameters = [
            query("from", _DAY),
            query("to", _DAY),
            query("group_by", {"enum": groups}),
            query("format", {"enum": ["json", "csv"]}),
            *more,
        ]
        report = shape({"usage": listed(ANY_OBJECT), "total": ANY_OBJECT})
        answers: dict[int, Any] = {
            **refusals(ERROR, (400, *READING)),
            200: {"application/json": report, "text/csv": TEXT},
        }
        return {"get": operation(name, "what was used, day by day or in sums", USE, answers, parameters=parameters)}

    own = ["day", "model", "key"]
    return {
        "/v1/usage": said("usage", own),
        "/admin/usage": said("all_usage", [*own, "account"], query("account", TEXT)),
    }


def _operators() -> dict[str, dict[str, Schema]]:
    account, key = in_path("account_id"), in_path("key_id")
    page = [query("after", TEXT), query("limit", {"type": "integer", "minimum": 1, "maximum": 1000})]
    after = [query("after", {"type": "integer", "minimum": 0}), page[1]]
    table: dict[str, dict[str, tuple[str, list[Schema], Schema | None]]] = {
        "/admin/accounts": {"get": ("accounts", page, None), "post": ("new_account", [], _account_body(new=True))},
        "/admin/accounts/{account_id}": {
            "get": ("account_of", [account], None),
            "patch": ("change_account", [account], _account_body(new=False)),
        },
        "/admin/accounts/{account_id}/keys": {
            "get": ("keys_of", [account], None),
            "post": ("new_key", [account], _key_body()),
        },
        "/admin/accounts/{account_id}/credits": {"post": ("grant", [account], _grant())},
        "/admin/accounts/{account_id}/ledger": {"get": ("ledger", [account, *after], None)},
        "/admin/keys": {"get": ("keys", page, None)},
        "/admin/keys/{key_id}": {
            "get": ("key", [key], None),
            "patch": ("change_key", [key], _key_body()),
            "delete": ("revoke_key", [key], None),
        },
        "/admin/requests/{request_id}/refund": {"post": ("refund", [in_path("request_id")], _refund())},
    }
    return {path: {method: _operator(*words) for method, words in methods.items()} for path, methods in table.items()}


def _operator(name: str, parameters: list[Schema], body: Schema | None) -> Schema:
    answers: dict[int, Any] = {**refusals(ERROR, POSTING), 200: ANY_OBJECT}
    return operation(f"admin_{name}", name.replace("_", " "), OPERATORS, answers, body=body, parameters=parameters)


def _closed(required: dict[str, Schema], **optional: Schema) -> Schema:
    return shape(required, **optional) | {"additionalProperties": False}


def _account_body(*, new: bool) -> Schema:
    terms: dict[str, Schema] = {
        "max_jobs": nullable(_COUNT),
        "daily_cap": nullable(_CREDITS | {"minimum": 0.25}),
        "disabled": {"type": "boolean"},
    }
    if new:
        return _closed({"name": _NAME}, credits=_CREDITS, **terms)
    return _closed({}, name=_NAME, **terms)


def _key_body() -> Schema:
    span = {"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhd]$"}
    return _closed(
        {},
        name=_NAME,
        scopes={"type": "array", "items": {"enum": ["generate", "read", "admin"]}, "minItems": 1},
        expires_at=nullable(span),
        rpm=nullable({"type": "integer", "minimum": 0, "maximum": 1_000_000}),
        burst=nullable(_COUNT),
        max_jobs=nullable(_COUNT),
        daily_cap=nullable(_CREDITS | {"minimum": 0.25}),
        v1_response=nullable({"enum": ["json", "binary"]}),
        choices={"type": "array", "items": {"enum": ["ALLOW_ALL", "BLOCK_NONE"]}},
        safety_floor=nullable({"enum": list(SAFETY_LEVELS)}),
        may_skip_watermark={"type": "boolean"},
    )


def _grant() -> Schema:
    return _closed({"amount": _CREDITS | {"minimum": 0.25}}, reason={"type": "string", "maxLength": 500})


def _refund() -> Schema:
    return _closed({}, amount=nullable(_CREDITS | {"minimum": 0.25}), reason={"type": "string", "maxLength": 500})
