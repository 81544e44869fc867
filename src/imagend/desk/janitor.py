"""The house's chores in one plain object; whoever owns a thread calls `run_once` every `sweep_seconds`."""

from __future__ import annotations

from collections.abc import Callable

from imagend.desk.desk import Desk
from imagend.desk.turns import Turns

ORPHANS_EVERY_SECONDS = 3600.0
FORGET_TURN_SECONDS = 20.0  # another gateway takes over when the one that forgets is gone for so long


class Janitor:
    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], float],
        forget_too: tuple[Callable[[], object], ...] = (),
        turns: Turns | None = None,
        own_pictures: bool = True,
        each_round: tuple[Callable[[], object], ...] = (),
    ) -> None:
        """`forget_too`: what others keep for a while and forget then; called after the jobs. `turns`: with several
        gateways, which forget in turns; all of them sweep, because no job may wait for one of them. `own_pictures`:
        they lie on this machine, and nobody else looks for orphans there. `each_round`: what every
        gateway does, before all else."""
        self._desk = desk
        self._clock = clock
        self._forget_too = forget_too
        self._turns = turns
        self._own_pictures = own_pictures
        self._each_round = each_round
        self._orphans_due_at = clock()

    def run_once(self) -> float:
        """Sweep and forget; look for orphans at the first call and then once an hour. Returns seconds until a waiting
        request's deadline comes, when it would like to be called again."""
        for chore in self._each_round:
            chore()
        self._desk.live.remind()
        self._desk.sweep()
        if self._is_mine("forget", FORGET_TURN_SECONDS):
            self._desk.forget()
            for forget in self._forget_too:
                forget()
        if self._clock() >= self._orphans_due_at:
            self._orphans_due_at = self._clock() + ORPHANS_EVERY_SECONDS
            if self._own_pictures or self._is_mine("orphans", ORPHANS_EVERY_SECONDS / 2):
                self._desk.sweep_orphans()
        return self._desk.next_deadline_seconds()

    def _is_mine(self, chore: str, seconds: float) -> bool:
        return self._turns is None or self._turns.take(chore, seconds)
