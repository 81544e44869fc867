"""Answers in JSON: compact UTF-8, never cached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.responses import Response

_HEADER_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MAX_NAMED = 20  # ignored fields that a header names
_ENCODE = msgspec.json.Encoder().encode


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A complete JSON response with content-length; `headers` win over the defaults."""
    return Response(
        content=_ENCODE(body),
        status_code=status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def ignored_header(names: Iterable[object]) -> dict[str, str]:
    """The header that names what was sent in vain; nothing for nothing. Names that are unsafe in a header are left
    out."""
    safe = [str(name) for name in names if _HEADER_SAFE.fullmatch(str(name))][:_MAX_NAMED]
    return {"x-ignored-params": ", ".join(safe)} if safe else {}


def utc(moment: float) -> str:
    """Epoch seconds as ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
