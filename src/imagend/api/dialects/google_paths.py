"""Which paths are Google's, which callers, and the key that rides in the query of its routes."""

from __future__ import annotations

import re

from starlette.requests import Request

#: Where errors are worded here. /v1/models and /v1/models/{id} are shared with OpenAI and leave that to it, unless
#: the caller sends Google's key; all of /v2 is Segmind's.
_OURS = re.compile(
    r"(?!/v1/models(?:/[^:]*)?$|/v2/)"
    r"(?:/v1(?:beta|alpha)|.*/(?:publishers|projects)/|(?:/.*)?/models(?:/|$)|.*:(?:predict|\w*[Cc]ontent)$)"
)
_BEFORE_MODELS = re.compile(r"(?:[^/]+/)*")
_OTHER_VERSION = re.compile(r"(?:^|/)(?!v1(?:beta1?|alpha)?/)v\d+(?:(?:alpha|beta)\d*)?/")
_OTHER_PUBLISHER = re.compile(r"(?:^|/)publishers/(?!google/)")
_CREDENTIALS = ("x-goog-api-key", "x-api-key", "authorization")


def is_ours(path: str) -> bool:
    return _OURS.match(path) is not None


def leads_to_models(before: str) -> bool:
    """Whether `before`, what a path has between its first slash and `models`, is whole segments: a prefix, a version,
    a project, the publisher Google."""
    if _BEFORE_MODELS.fullmatch(before) is None:
        return False
    return _OTHER_PUBLISHER.search(before) is None and _OTHER_VERSION.search(before) is None


def names_publisher(before: str) -> bool:
    """Vertex's way of addressing models."""
    return before.endswith("publishers/google/")


def from_google_client(request: Request) -> bool:
    """On a shared path: whether the caller speaks Google's dialect."""
    return "x-goog-api-key" in request.headers or "key" in request.query_params


def with_key_of_query(request: Request) -> Request:
    """The request, with `?key=` as if it had come in the header; any credential in a header wins."""
    key = request.query_params.get("key")
    if key is None or any(name in request.headers for name in _CREDENTIALS):
        return request
    header = (b"x-goog-api-key", key.encode("utf-8"))
    return Request({**request.scope, "headers": [*request.scope["headers"], header]}, request.receive)
