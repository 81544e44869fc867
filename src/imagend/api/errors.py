"""Error code -> HTTP status, once; and the refusals that only HTTP knows.

BadRequest              bad_request            (core)
  InvalidContentType    invalid_content_type   406, as the hosted API answers
  BodyTooLarge          body_too_large         413
RouteMissing            route_missing          404
ModelRetired            model_retired          410
WrongMethod             wrong_method           405
TimedOut                deadline_exceeded      504  a synchronous call ran out of patience
ClientGone              client_gone            no answer: nobody is left to read it
"""

from __future__ import annotations

import math
from typing import ClassVar

from imagend.api.answers import utc
from imagend.core.errors import (
    BadRequest,
    IdempotencyMismatch,
    ImagendError,
    RateLimited,
    StorageUnavailable,
    Unauthenticated,
)

STATUS: dict[str, int] = {
    "bad_request": 400,
    "bad_parameter": 400,
    "unsupported_operation": 400,
    "target_refused": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "account_frozen": 403,
    "unknown_model": 404,
    "unknown_request": 404,
    "expired": 404,
    "unknown_account": 404,
    "unknown_key": 404,
    "unknown_webhook": 404,
    "route_missing": 404,
    "blob_missing": 404,
    "wrong_method": 405,
    "insufficient_credits": 406,
    "invalid_content_type": 406,
    "idempotency_key_reused": 409,
    "fenced": 409,
    "model_retired": 410,
    "body_too_large": 413,
    "content_blocked": 422,
    "cancelled": 422,
    "rate_limited": 429,
    "queue_full": 429,
    "too_many_jobs": 429,
    "daily_cap_reached": 429,
    "backend_failed": 500,
    "internal": 500,
    "worker_lost": 502,
    "storage_unavailable": 503,
    "model_unavailable": 503,
    "deadline_exceeded": 504,
}
#: A job that failed with another code was refused for what it asked: 422 says so.
FAILED_JOB = 422
#: Codes of failed jobs that a synchronous caller hears as the server's own trouble.
SERVER_FAULTS = frozenset({"backend_failed", "internal", "worker_lost", "storage_unavailable", "deadline_exceeded"})


STORAGE_RETRY_SECONDS = 5
RESET = "x-rate-limit-reset-at-utc"


def status_of(error: ImagendError) -> int:
    return STATUS.get(error.code, 500)


def status_of_failure(code: str) -> int:
    """HTTP status of a job that failed with this code, for a caller who waited for it."""
    return STATUS[code] if code in SERVER_FAULTS else FAILED_JOB


def headers_of(error: ImagendError) -> dict[str, str]:
    """Headers that belong to a refusal in every dialect."""
    if isinstance(error, RateLimited):
        reset = {} if error.reset_at is None else {"x-rate-limit-remaining": "0", RESET: utc(error.reset_at)}
        said = {"retry-after": str(max(1, math.ceil(error.retry_after_seconds))), **reset}
        return {**said, **getattr(error, "headers", {})}
    if isinstance(error, StorageUnavailable):
        return {"retry-after": str(STORAGE_RETRY_SECONDS)}
    if isinstance(error, IdempotencyMismatch):
        return {"x-should-retry": "false"}
    if isinstance(error, WrongMethod):
        return {"allow": error.allow}
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": 'Bearer realm="imagend"'}
    return {}


class InvalidContentType(BadRequest):
    """Invalid content type"""

    code: ClassVar[str] = "invalid_content_type"


class BodyTooLarge(BadRequest):
    """Request body too large"""

    code: ClassVar[str] = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"Request body too large: at most {limit_bytes} bytes are allowed")


class RouteMissing(ImagendError):
    """Not Found"""

    code: ClassVar[str] = "route_missing"


class ModelRetired(ImagendError):
    """This model is retired"""

    code: ClassVar[str] = "model_retired"


class WrongMethod(ImagendError):
    """Method Not Allowed"""

    code: ClassVar[str] = "wrong_method"

    def __init__(self, allow: str) -> None:
        super().__init__()
        self.allow = allow


class TimedOut(ImagendError):
    """Request timed out"""

    code: ClassVar[str] = "deadline_exceeded"
    retryable = True


class TooFast(RateLimited):
    """rate_limit_exceeded"""

    def __init__(self, *, retry_after_seconds: float, headers: dict[str, str]) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.headers = headers


class ClientGone(Exception):
    """The client closed the connection before the answer."""
