"""The house's chores in one plain object; whoever owns a thread calls `run_once` every `sweep_seconds`."""

from __future__ import annotations

from collections.abc import Callable

from imagend.desk.desk import Desk

ORPHANS_EVERY_SECONDS = 3600.0


class Janitor:
    def __init__(
        self, desk: Desk, clock: Callable[[], float], forget_too: tuple[Callable[[], object], ...] = ()
    ) -> None:
        """`forget_too`: what others keep for a while and forget then; called after the jobs."""
        self._desk = desk
        self._clock = clock
        self._forget_too = forget_too
        self._orphans_due_at = clock()

    def run_once(self) -> None:
        """Sweep and forget; look for orphans at the first call and then once an hour."""
        self._desk.sweep()
        self._desk.forget()
        for forget in self._forget_too:
            forget()
        if self._clock() >= self._orphans_due_at:
            self._orphans_due_at = self._clock() + ORPHANS_EVERY_SECONDS
            self._desk.sweep_orphans()
