"""From the bytes on the wire to a JSON object: content type, size, syntax, in this order."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from imagend.api.errors import BodyTooLarge, ClientGone, InvalidContentType
from imagend.core.errors import BadRequest

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_KEYS = 100
MAX_DEPTH = 16
MAX_MARKS = 300_000  # commas and opening brackets: what bounds the values in a body, before any of them is made
MAX_PARTS = 20
_JSON_TYPES = frozenset({"", "application/json", "text/plain"})
_DECODE = msgspec.json.Decoder().decode


async def read_object(request: Request, max_bytes: int) -> dict[str, object]:
    """The request's JSON object, or its form fields as strings.

    Raises InvalidContentType, BodyTooLarge (before the rest is read), BadRequest, ClientGone.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON_TYPES and kind != "multipart/form-data":
        raise InvalidContentType
    body = await _read(request.headers, request.receive, max_bytes)
    if kind == "multipart/form-data":
        return await _form(request.headers, body)
    return parse_object(body)


async def _read(headers: Headers, receive: Receive, max_bytes: int) -> bytes:
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise BodyTooLarge(max_bytes)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise BodyTooLarge(max_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def skip_body(receive: Receive, most_bytes: int) -> None:
    """Read and forget the body, or its first `most_bytes`. Raises ClientGone."""
    size, more = 0, True
    while more and size < most_bytes:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


def parse_object(body: bytes) -> dict[str, object]:
    """Strict JSON: UTF-8, no NaN, no byte order mark, no duplicate names, bounded depth. Raises BadRequest."""
    if len(body) > MAX_MARKS and sum(map(body.count, (b",", b"[", b"{"))) > MAX_MARKS:
        raise BadRequest("body must be a JSON object of fewer values")
    try:
        value = _DECODE(body)
    except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError; invalid UTF-8 is its own
        raise BadRequest from None
    if not isinstance(value, dict):
        raise BadRequest
    _bound(value)
    _refuse_duplicates(body)
    return value


def _bound(value: dict[str, object]) -> None:
    if len(value) > MAX_KEYS:
        raise BadRequest(f"body must be a JSON object with at most {MAX_KEYS} names")
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise BadRequest(f"body must be a JSON object nested at most {MAX_DEPTH} deep")


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_duplicates(body: bytes) -> None:
    """Two readers may disagree on which of two values holds, so neither does."""

    def unique(pairs: list[tuple[str, object]]) -> None:
        if len(pairs) != len({name for name, _ in pairs}):
            raise BadRequest("body must be a JSON object without duplicate names")

    try:
        json.loads(body, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise BadRequest from None


async def _form(headers: Headers, body: bytes) -> dict[str, object]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(headers, stream(), max_files=0, max_fields=MAX_PARTS, max_part_size=len(body))
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadRequest(f"body must be form data of text fields: {error.message}") from None
    fields: dict[str, object] = {}
    for name, value in form.multi_items():
        if name in fields:
            raise BadRequest("body must be form data without duplicate names")
        fields[name] = value
    return fields
