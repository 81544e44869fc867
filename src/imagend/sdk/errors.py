"""What the client raises.

APIError              the server said no, or could not be reached (status None)
  InferenceFailed     the request reached FAILED; `detail` says why
  InferenceTimeout    still running when our patience ended; `request_id` finds it again
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
