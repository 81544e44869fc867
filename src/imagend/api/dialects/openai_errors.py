"""Refusals and failed jobs in OpenAI's envelope: {"error": {"message", "type", "param", "code"}}.

Their SDK tries again by itself after 408, 409, 429 and every 5xx, unless `x-should-retry: false` tells it not to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from imagend.api.answers import json_answer
from imagend.api.dialects.openai_fields import FieldError
from imagend.api.errors import TimedOut, headers_of, status_of
from imagend.api.gate import MISSING
from imagend.core.errors import BadParameter, ImagendError, RateLimited, Unauthenticated, UnknownModel
from imagend.core.outcome import Failure, Verdict

INVALID = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Wording:
    """What one of our codes is called on this wire."""

    status: int
    type: str
    code: str | None
    again: bool = True  # False: `x-should-retry: false`


WORDINGS: dict[str, Wording] = {
    "bad_request": Wording(400, INVALID, None),
    "bad_parameter": Wording(400, INVALID, "invalid_value"),
    "invalid_content_type": Wording(400, INVALID, None),
    "unsupported_operation": Wording(400, INVALID, "unsupported_operation"),
    "cancelled": Wording(400, INVALID, "cancelled"),
    "content_blocked": Wording(400, "image_generation_user_error", "moderation_blocked"),
    "unauthenticated": Wording(401, INVALID, "invalid_api_key"),
    "forbidden": Wording(403, INVALID, "forbidden"),
    "account_frozen": Wording(403, INVALID, "account_frozen"),
    "unknown_model": Wording(404, INVALID, "model_not_found"),
    "unknown_request": Wording(404, INVALID, "unknown_request"),
    "route_missing": Wording(404, INVALID, "unknown_url"),
    "wrong_method": Wording(405, INVALID, "method_not_supported"),
    "idempotency_key_reused": Wording(409, INVALID, "idempotency_key_reused", again=False),
    "body_too_large": Wording(413, INVALID, "request_too_large"),
    "insufficient_credits": Wording(429, "insufficient_quota", "insufficient_quota", again=False),
    "rate_limited": Wording(429, "requests", "rate_limit_exceeded"),
    "queue_full": Wording(429, "requests", "queue_full"),
    "too_many_jobs": Wording(429, "requests", "too_many_jobs"),
    "daily_cap_reached": Wording(429, "insufficient_quota", "daily_cap_reached", again=False),
    "internal": Wording(500, "server_error", "server_error"),
    "storage_unavailable": Wording(503, "server_error", "storage_unavailable"),
    "model_unavailable": Wording(503, "server_error", "model_unavailable"),
    "deadline_exceeded": Wording(504, "server_error", "timeout", again=False),
}
#: The worker has tried again already; another try of the client would cost the same time for the same end.
_SPENT = Wording(500, "server_error", "server_error", again=False)
_SERVER_FAULTS = frozenset({"backend_failed", "worker_lost", "internal", "storage_unavailable"})


class UnsupportedOperation(ImagendError):
    """Image editing is not supported by this model"""

    code = "unsupported_operation"


def refusal(error: ImagendError) -> Response:
    """The answer to a request that was not taken."""
    word = WORDINGS.get(error.code) or _plain(status_of(error), error.code)
    headers = headers_of(error) | _retry_headers(error, word)
    return json_answer({"error": _described(error, word)}, word.status, headers)


def failed(failure: Failure) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, `error` object and headers of a job that brought no picture."""
    spent = failure.code in _SERVER_FAULTS
    word = _SPENT if spent else WORDINGS.get(failure.code) or _plain(400, failure.code)
    error = _error(_explained(failure), word.type, None, word.code)
    return word.status, error, {} if word.again else {"x-should-retry": "false"}


def _plain(status: int, code: str) -> Wording:
    """For what has no word of OpenAI's."""
    return Wording(status, INVALID if status < 500 else "server_error", code)


def _described(error: ImagendError, word: Wording) -> dict[str, Any]:
    param, code, message = None, word.code, error.message
    if isinstance(error, BadParameter):
        param = error.name
        code = error.kind if isinstance(error, FieldError) else code
    elif isinstance(error, UnknownModel):
        param = "model"
    elif isinstance(error, UnsupportedOperation):
        param = "image"
    elif isinstance(error, Unauthenticated):
        code, message = _credential(error)
    return _error(message, word.type, param, code)


def _credential(error: Unauthenticated) -> tuple[str | None, str]:
    if error.message == MISSING:
        return None, "No API key was sent; send it in an Authorization header: Bearer YOUR_KEY"
    return "invalid_api_key", "Incorrect API key provided: it is unknown, revoked or expired"


def _retry_headers(error: ImagendError, word: Wording) -> dict[str, str]:
    if not word.again:
        return {"x-should-retry": "false"}
    if isinstance(error, RateLimited):
        return {"retry-after-ms": str(max(1, math.ceil(error.retry_after_seconds * 1000)))}
    return {}


def _explained(failure: Failure) -> str:
    """The message with what the safety policy found, in words that gateways such as litellm look for; a deadline in
    the words of every dialect."""
    if failure.code == "deadline_exceeded":
        return TimedOut().message
    if failure.code != "content_blocked":
        return failure.message
    found = violations(failure.verdicts) if failure.verdicts else failure.message
    return f"Your request was rejected as a result of the safety system. {found}"


def violations(verdicts: Iterable[Verdict]) -> str:
    """`safety_violations=[sexual (prompt, 90789179)]`: category, stage and support code of each verdict, once."""
    found = dict.fromkeys(f"{one.category} ({one.stage}, {one.support_code})" for one in verdicts)
    return f"safety_violations=[{', '.join(found)}]"


def _error(message: str, kind: str, param: str | None, code: str | None) -> dict[str, Any]:
    return {"message": message, "type": kind, "param": param, "code": code}
