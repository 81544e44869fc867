"""Operations that need no key: what is here, whether it lives, and files."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.parts import (
    ANY_OBJECT,
    INTEGER,
    TEXT,
    Schema,
    in_path,
    operation,
    query,
    refusals,
    said,
    shape,
)
from imagend.api.openapi.segmind import DIALECT, PICTURES

TAG = "house"
_OPEN = (400, 404, 405, 500, 503)


def paths() -> dict[str, dict[str, Schema]]:
    queue = shape({"queued": INTEGER, "processing": INTEGER})
    alive = shape({"status": {"const": "ok"}, "version": TEXT, "queue": queue})
    index = shape({"name": {"const": "imagend"}, "version": TEXT, "routes": ANY_OBJECT, "document": TEXT})
    whole = shape({"openapi": {"const": "3.1.0"}, "info": ANY_OBJECT, "paths": ANY_OBJECT, "components": ANY_OBJECT})
    ill: Schema = shape({"status": {"const": "unavailable"}, "error": TEXT})
    ready: Schema = shape({"status": {"const": "ok"}, "parts": ANY_OBJECT})
    unready: Schema = shape({"status": {"const": "unavailable"}, "parts": ANY_OBJECT})
    return {
        "/": {"get": _get("index", "what is here", index)},
        "/openapi.json": {"get": _get("document", "this document", whole)},
        "/health": {"get": _get("health", "whether requests are taken", alive, ill)},
        "/healthz": {"get": _get("healthz", "the same", alive, ill)},
        "/health/live": {"get": _get("alive", "whether the process answers", shape({"status": {"const": "ok"}}))},
        "/health/ready": {"get": _get("ready", "whether requests should come here", ready, unready)},
        "/metrics": {"get": _metrics()},
        "/generations/{name}": {"get": _file("picture", "a picture, by its signed link")},
        "/assets/{name}": {"get": _file("asset", "an uploaded file, by its signed link")},
    }


def _get(name: str, about: str, found: Schema, ill: Schema | None = None) -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, (400, 405, 500)), 200: found}
    return operation(name, about, TAG, answers | ({503: ill} if ill else {}), native=None)


def _metrics() -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, (400, 401, 403, 405, 500)), 200: {"text/plain": TEXT}}
    return operation("metrics", "Prometheus' text format; for keys with scope admin", TAG, answers)


def _file(name: str, about: str) -> Schema:
    answers: dict[int, Any] = {
        **refusals(DIALECT, _OPEN),
        200: PICTURES | {"image/gif": {"type": "string", "format": "binary"}},
    }
    parameters = [in_path("name"), query("expires", TEXT, "of the link"), query("signature", TEXT, "of the link")]
    headers = {"etag": said("of a file that never changes", always=True)}
    return operation(name, about, TAG, answers, parameters=parameters, headers=headers, native=None)
