"""A guard against a clock that is wrong: results do not all go at once unless that stays so for a while.

A server that is started with its clock days ahead sees everything expired. Expired results are hidden from callers
anyway, so waiting costs nothing but room, and whoever sets the clock right gets them back.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from imagend.core.watch import UNWATCHED, Watch

logger = logging.getLogger(__name__)

FEW = 100  # rows that may always go
MINUTE = 60.0


class Deletions:
    """Not for use from several threads at once."""

    def __init__(self, share: float = 0.2, patience_seconds: float = 3600.0, watch: Watch = UNWATCHED) -> None:
        """share: of all results that may go within one minute; 1 for any. patience_seconds: then they go all the same,
        because a clock that was not set right for so long is right."""
        self._share = share
        self._patience_seconds = patience_seconds
        self._watch = watch
        self._gone: deque[tuple[float, int]] = deque()
        self._since: float | None = None

    def allow(self, due: int, count: Callable[[], int], now: float) -> bool:
        """Whether `due` results may go now. count: how many there are, due ones too; asked only if it matters."""
        while self._gone and self._gone[0][0] <= now - MINUTE:
            self._gone.popleft()
        gone = sum(number for _, number in self._gone)
        if due + gone <= FEW or due + gone <= self._share * (count() + gone):
            self._since = None
            return True
        if self._since is None:
            self._since = now
            self._watch.count("deletions_refused_total")
            logger.error(
                "%d results would go within a minute: nothing is deleted for %d s; is the clock right?",
                due, self._patience_seconds, extra={"action": "deletions_refused"},
            )  # fmt: skip
        return now - self._since >= self._patience_seconds

    def went(self, number: int, now: float) -> None:
        if number:
            self._gone.append((now, number))
