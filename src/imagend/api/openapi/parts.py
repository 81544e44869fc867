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
HOOK_URL: Schema = {"type": "string", "format": "webhook-url"}  # https, and of a public address
ANY_OBJECT: Schema = {"type": "object"}
NO_KEY: list[Any] = []

#: Sent with every answer.
_REQUEST_ID = {"x-request-id": {"description": "id of the request, or of the answer", "schema": TEXT}}
_RETRY = {"retry-after": {"description": "seconds", "schema": INTEGER}}
_ALLOW = {"allow": {"description": "methods that are", "schema": TEXT}}
_MEANINGS = {
    200: "OK",
    204: "there is nothing more to tell",
    400: "a field is missing, of the wrong kind or out of range; the words name it",
    401: "no key, or one that is unknown, revoked or expired",
    403: "the key may not do this",
    404: "no such model, request or path",
    405: "wrong method",
    406: "not enough credits, or a content type that is not read",
    409: "the Idempotency-Key was used with another body",
    410: "not offered any more",
    413: "too many bytes",
    415: "a content type that is not read",
    422: "the request failed, or its content is not allowed",
    429: "too fast, too many at once, or a full queue",
    499: "the request was cancelled",
    500: "something went wrong here",
    502: "a worker was lost",
    503: "storage or workers are not available",
    504: "not finished before the deadline",
}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def shape(required: Mapping[str, Schema] | None = None, **optional: Schema) -> Schema:
    """An object that may hold more than is named."""
    needed = dict(required or {})
    return {"type": "object", "required": sorted(needed), "properties": needed | optional}


def answer(status: int, content: Mapping[str, Schema] | Schema | None, meaning: str = "") -> Schema:
    """content: a JSON schema, or {media type: schema}."""
    headers = _REQUEST_ID | (_RETRY if status == 429 else {}) | (_ALLOW if status == 405 else {})
    said: Schema = {"description": meaning or _MEANINGS[status], "headers": headers}
    if content is not None:
        kinds = content if any("/" in name for name in content) else {"application/json": content}
        said["content"] = {name: {"schema": schema} for name, schema in kinds.items()}
    return said


def refusals(envelope: Schema, statuses: Iterable[int]) -> dict[int, Schema]:
    return dict.fromkeys(statuses, envelope)


def operation(
    name: str,
    summary: str,
    tag: str,
    answers: Mapping[int, Mapping[str, Schema] | Schema | None],
    *,
    body: Schema | None = None,
    body_required: bool = True,
    parameters: Iterable[Schema] = (),
    open_to_all: bool = False,
) -> Schema:
    said: Schema = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "parameters": list(parameters),
        "responses": {str(status): answer(status, content) for status, content in sorted(answers.items())},
    }
    if body is not None:
        said["requestBody"] = {"required": body_required, "content": {"application/json": {"schema": body}}}
    return said | ({"security": NO_KEY} if open_to_all else {})


def query(name: str, schema: Schema, about: str = "", *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": about}


def in_path(name: str, schema: Schema = TEXT) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def header(name: str, schema: Schema, about: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": about}
