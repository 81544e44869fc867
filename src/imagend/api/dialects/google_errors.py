"""Refusals and failed jobs in Google's envelope, with the canonical words that its clients switch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from imagend.api.answers import json_answer
from imagend.api.errors import STATUS, headers_of, status_of
from imagend.core.errors import ImagendError, Unauthenticated, UnknownModel
from imagend.core.job import Job
from imagend.core.outcome import Failure

#: Where Google's number for a code is not the one of `api.errors.STATUS`.
_OTHER_STATUS = {
    "insufficient_credits": 429,
    "invalid_content_type": 400,
    "model_retired": 404,
    "content_blocked": 400,
    "cancelled": 499,
    "worker_lost": 503,
}
_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_BAD_KEY = "API key not valid. Please pass a valid API key"


def refusal(error: ImagendError) -> Response:
    """`{"error": {"code", "message", "status", "details"}}` with the same number as HTTP status."""
    number = _OTHER_STATUS.get(error.code, status_of(error))
    return _answer(number, _message(error), headers_of(error))


def failed(job: Job, headers: Mapping[str, str]) -> Response:
    """A job that made no picture. What it was refused for is the caller's mistake: 400."""
    assert isinstance(job.outcome, Failure)
    code, message = job.outcome.code, job.outcome.message
    if code == "content_blocked":
        message = f"Image generation failed with the following error: The prompt could not be submitted. {message}"
    return _answer(_OTHER_STATUS.get(code) or STATUS.get(code, 400), message, headers)


def _answer(number: int, message: str, headers: Mapping[str, str]) -> Response:
    error: dict[str, Any] = {"code": number, "message": message, "status": _WORDS.get(number, "UNKNOWN"), "details": []}
    return json_answer({"error": error}, number, headers)


def _message(error: ImagendError) -> str:
    if isinstance(error, Unauthenticated):
        return f"{_BAD_KEY} (x-goog-api-key, Authorization: Bearer, or ?key=)."
    if isinstance(error, UnknownModel):
        return f"{error.message}. GET /v1beta/models lists those that there are."
    return error.message
