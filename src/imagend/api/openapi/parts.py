"""Pieces that documents are put together from. Every function returns plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
URL: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
HOOK_URL: Schema = {"type": "string", "format": "webhook-url"}  # https, and of a public address
ANY_OBJECT: Schema = {"type": "object"}
MAX_NAMES: Schema = {"maxProperties": 100}  # of every body
KEYS: dict[str, Schema] = {
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "x-goog-api-key": {"type": "apiKey", "in": "header", "name": "x-goog-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
#: Answers of the connection itself, before any route is known.
UNREAD = (408, 414, 431)
_MEANINGS = {
    200: "OK",
    204: "there is nothing more to tell",
    400: "a field is missing, of the wrong kind or out of range; the words name it",
    401: "no key, or one that is unknown, revoked or expired",
    403: "the key may not do this",
    404: "no such model, request or path",
    405: "wrong method",
    406: "not enough credits, or a content type that is not read",
    408: "the request took too long to arrive",
    409: "the Idempotency-Key was used with another body",
    410: "not offered any more",
    413: "too many bytes",
    414: "the request's target is too long",
    422: "the request failed, or its content is not allowed",
    429: "too fast, too many at once, or a full queue",
    431: "the request's headers are too long",
    499: "the request was cancelled",
    500: "something went wrong here",
    502: "a worker was lost",
    503: "storage or workers are not available",
    504: "not finished before the deadline",
}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def or_empty(schema: Schema) -> Schema:
    """A query parameter whose empty value counts as not given."""
    return {"anyOf": [schema, {"const": ""}]}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def shape(required: Mapping[str, Schema] | None = None, **optional: Schema) -> Schema:
    """An object that may hold more than is named."""
    needed = dict(required or {})
    return {"type": "object", "required": sorted(needed), "properties": needed | optional}


def said(about: str, schema: Schema | None = None, *, always: bool = False) -> Schema:
    """A header of an answer."""
    return {"description": about, "required": always, "schema": schema or TEXT}


def answer(
    status: int, content: Mapping[str, Schema] | Schema | None, headers: Mapping[str, Schema] | None = None
) -> Schema:
    """content: a JSON schema, {media type: schema}, or a whole response by its `$ref`."""
    if content is not None and str(content.get("$ref", "")).startswith("#/components/responses/"):
        return dict(content)
    whole: Schema = {"description": _MEANINGS[status], "headers": _headers(status) | dict(headers or {})}
    if content is not None:
        kinds = content if any("/" in name for name in content) else {"application/json": content}
        whole["content"] = {name: {"schema": schema} for name, schema in kinds.items()}
    return whole


def _headers(status: int) -> dict[str, Schema]:
    headers = {"x-request-id": said("id of the request, or of the answer", always=True)}
    if status == 429:
        headers["retry-after"] = said("seconds", {"type": "integer", "minimum": 1})
    if status == 405:
        headers["allow"] = said("the methods that this path has", always=True)
    return headers


def responses(dialect: str, envelope: Schema, statuses: Iterable[int]) -> dict[str, Schema]:
    """Refusals in a dialect's words, for `components`; `refusals` refers to them."""
    return {f"{dialect}_{status}": answer(status, envelope) for status in statuses}


def refusals(dialect: str, statuses: Iterable[int]) -> dict[int, Schema]:
    found = {status: {"$ref": f"#/components/responses/{dialect}_{status}"} for status in statuses}
    return found | {status: {"$ref": f"#/components/responses/unread_{status}"} for status in UNREAD}


def operation(
    name: str,
    summary: str,
    tag: str,
    answers: Mapping[int, Mapping[str, Schema] | Schema | None],
    *,
    body: Schema | None = None,
    example: Any = None,
    parameters: Iterable[Schema] = (),
    headers: Mapping[str, Schema] | None = None,
    links: Mapping[str, Schema] | None = None,
    native: str | None = "x-api-key",
) -> Schema:
    """headers, links: of the 200. native: the credential that wins here if several are sent; None: needs no key."""
    told = {str(status): answer(status, content) for status, content in sorted(answers.items())}
    if headers:
        told["200"]["headers"] |= headers
    if links:
        told["200"]["links"] = dict(links)
    whole: Schema = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "security": [] if native is None else [{key: []} for key in dict.fromkeys((native, *KEYS))],
        "parameters": list(parameters),
        "responses": told,
    }
    if body is not None:
        kind: Schema = {"schema": body} | ({} if example is None else {"example": example})
        whole["requestBody"] = {"required": True, "content": {"application/json": kind}}
    return whole


def link(operation_id: str, about: str, *, body: Mapping[str, Any] | None = None, **parameters: str) -> Schema:
    """parameters: JSON pointers into the answer that the link starts from."""
    led: Schema = {"operationId": operation_id, "description": about}
    if parameters:
        led["parameters"] = {name: f"$response.body#{pointer}" for name, pointer in parameters.items()}
    return led if body is None else led | {"requestBody": dict(body)}


def query(name: str, schema: Schema, about: str = "", *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": about}


def in_path(name: str, schema: Schema = TEXT) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def header(name: str, schema: Schema, about: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": about}


def referred(name: str) -> Schema:
    """A schema of `components`."""
    return {"$ref": f"#/components/schemas/{name}"}
