"""What took how long in a job's attempt, told with its last word."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagend.core.wire import Timing

MOST = 64  # of one job


class Timings:
    """Safe from any thread. Moments are of the worker's monotonic clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._began_at = clock()
        self._noted: list[tuple[str, float, float, int]] = []

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        began = self._clock()
        try:
            yield
        finally:
            self.note(name, began)

    def denoised(self, evaluations: int) -> None:
        """All of its pictures are out of the engine."""
        self.note("denoise", self._began_at, evaluations)

    def note(self, name: str, began: float, evaluations: int = 0) -> None:
        with self._guard:
            if len(self._noted) < MOST:
                self._noted.append((name, began, self._clock() - began, evaluations))

    def told(self) -> tuple[Timing, ...]:
        """As ages, so that nobody has to compare clocks."""
        now = self._clock()
        with self._guard:
            noted = list(self._noted)
        return tuple(
            Timing(name=name, ago_seconds=now - began, seconds=seconds, evaluations=evaluations)
            for name, began, seconds, evaluations in noted
        )
