"""How long a caller is willing to wait, from the headers of its request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from imagend.core.errors import BadParameter

HEADERS = ("x-request-timeout", "cancel-after")
#: Sent by clients on their own account with whatever time-out they were made with, so no value is too large.
CLIENT_HEADER = "x-server-timeout"

_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
LEAST_SECONDS = 1.0


def patience_of(headers: Mapping[str, str], longest: float) -> float | None:
    """Seconds after which the request shall fail, LEAST_SECONDS to `longest`; the smallest if there are several.
    None: the caller does not say. headers: case-insensitive. Raises BadParameter."""
    asked = [_seconds(name, headers[name], longest) for name in HEADERS if name in headers]
    if CLIENT_HEADER in headers:
        asked.append(min(longest, _seconds(CLIENT_HEADER, headers[CLIENT_HEADER], float("inf"))))
    return min(asked, default=None)


def _seconds(name: str, text: str, longest: float) -> float:
    seconds = float(text) if _DECIMAL.fullmatch(text) else 0.0
    if not LEAST_SECONDS <= seconds <= longest:
        most = f" to {longest:g}" if longest < float("inf") else " or more"
        raise BadParameter(name, f"{name} must be a decimal number of seconds, {LEAST_SECONDS:g}{most}")
    return seconds
