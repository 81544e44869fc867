"""Range requests for one part of a file: RFC 9110, section 14."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


def part_of(headers: Mapping[str, str], size: int, etag: str) -> range | None:
    """Which bytes to send: all of them unless one range is asked for that we understand. None: there are none there."""
    whole = range(size)
    said = headers.get("range")
    match = _ONE.fullmatch(said) if said else None
    if match is None or match.group(1) == match.group(2) == "":
        return whole  # no range, another unit, or several: the whole file is always a right answer
    if headers.get("if-range", etag) != etag:
        return whole
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) and size else None
    start, stop = int(first), int(last) + 1 if last else size
    if stop <= start and last:
        return whole  # not a range at all
    return range(start, min(stop, size)) if start < size else None
