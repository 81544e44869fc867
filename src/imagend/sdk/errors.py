"""What the client raises; each says in `detail` what the server said.

APIError                the server said no; also the parent of all
  Unreachable           no answer came at all, after several tries (status None)
  InvalidRequest        400, 406, 413: a field, a header or the body is wrong, or there are not enough credits
  Unauthorized          401, 403: the key
  NotFound              404: no such model, request or picture
  RateLimited           429: too much at once; `retry_after_seconds` when the server said
  ServerFailed          500 and above
  InferenceFailed       the request reached FAILED
  InferenceTimeout      still running when our patience ended; `request_id` finds it again
"""

from __future__ import annotations

from typing import Any


class APIError(Exception):
    """An error answer of the server."""

    def __init__(self, detail: str | None, *, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(f"{status}: {detail}" if status else str(detail))
        self.detail = detail
        self.status = status
        self.request_id = request_id

    def to_dict(self) -> dict[str, Any]:
        return {"status": self.status, "detail": self.detail}


class Unreachable(APIError):
    """No answer came."""


class InvalidRequest(APIError):
    """The request is not one that the server can take."""


class Unauthorized(APIError):
    """No key, or one that may not do this."""


class NotFound(APIError):
    """There is no such thing, or it is somebody else's."""


class RateLimited(APIError):
    """Too much at once, also after waiting as long as the server asked for."""

    retry_after_seconds: float | None = None


class ServerFailed(APIError):
    """The server's own fault."""


class InferenceFailed(APIError):
    """The request ended as FAILED."""

    def __init__(self, status_body: dict[str, Any]) -> None:
        super().__init__(status_body.get("error"), request_id=status_body.get("request_id"))
        self.status_body = status_body


class InferenceTimeout(APIError):
    """The request did not end in time; it may still be running."""

    def __init__(self, request_id: str, elapsed_seconds: float) -> None:
        detail = f"request {request_id} did not complete within {elapsed_seconds:.1f}s"
        super().__init__(detail, request_id=request_id)
        self.elapsed_seconds = elapsed_seconds

    @property
    def elapsed_s(self) -> float:
        """The hosted SDK's name."""
        return self.elapsed_seconds


def refusal(status: int | None, detail: str, retry_after_seconds: float | None = None) -> APIError:
    """The error for an answer that is not what was asked for."""
    error = _kind(status)(detail, status=status)
    if isinstance(error, RateLimited):
        error.retry_after_seconds = retry_after_seconds
    return error


def _kind(status: int | None) -> type[APIError]:
    if status is None:
        return Unreachable
    named: dict[int, type[APIError]] = {
        400: InvalidRequest, 401: Unauthorized, 403: Unauthorized, 404: NotFound, 406: InvalidRequest,
        413: InvalidRequest, 429: RateLimited,
    }  # fmt: skip
    return named.get(status, ServerFailed if status >= 500 else APIError)
