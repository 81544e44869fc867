"""What is known of a submitted request without asking again."""

from __future__ import annotations

from typing import Any

from imagend.sdk.flow import Submitted

WAIT_SECONDS = 600.0
POLL_SECONDS = 1.0


class Handle:
    def __init__(self, submitted: Submitted) -> None:
        self._submitted = submitted

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.request_id!r})"

    @property
    def request_id(self) -> str:
        return self._submitted.request_id

    @property
    def status_url(self) -> str:
        return self._submitted.status_url

    @property
    def response_url(self) -> str:
        return self._submitted.response_url

    @property
    def submit_response(self) -> dict[str, Any]:
        """The answer to the submit."""
        return self._submitted.body
