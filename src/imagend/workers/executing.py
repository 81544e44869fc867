"""The port between a worker and whatever makes the pictures: the engine of this process, or a server elsewhere.

A worker's thread calls all of it; what became of orders comes as the engine's events out of `step`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from imagend.engine.engine import Engine
from imagend.engine.events import Event
from imagend.engine.kinds import Work
from imagend.engine.timesheet import DoneBeside
from imagend.workers.leases import Held


class Executor(Protocol):
    """A ticket is the token of a lease."""

    @property
    def idle(self) -> bool:
        """Nothing is left to do."""

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        """As `Engine.last_step`; None where nothing is batched."""

    @property
    def done_beside(self) -> Sequence[DoneBeside]:
        """As `Engine.done_beside`."""

    def add(self, held: Held) -> None:
        """Begin a job. Raises ImagendError for what cannot be made."""

    def watch(self, ticket: str, previews: int) -> bool:
        """As `Engine.watch`."""

    def cancel(self, ticket: str, *, over: bool) -> bool:
        """Forget a job at once; no event of it will follow. over: nobody goes on with it, so that work elsewhere is to
        be stopped too."""

    def returnable(self, ticket: str) -> bool:
        """Whether another worker may begin the job anew: nothing was ordered that would be paid twice."""

    def step(self) -> list[Event]:
        """Get on, for a moment."""

    def charge(self, seconds: float) -> dict[str, float]:
        """As `Engine.charge`."""

    def close(self) -> None:
        """No more steps will come. Ends what `cancel` has begun."""


class EngineExecutor:
    """The engine of this process."""

    def __init__(self, engine: Engine, close: Callable[[], None] = lambda: None) -> None:
        """close: ends what works beside the engine."""
        self._engine = engine
        self.close = close
        self.watch = engine.watch
        self.step = engine.step
        self.charge = engine.charge

    @property
    def idle(self) -> bool:
        return self._engine.idle

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        return self._engine.last_step

    @property
    def done_beside(self) -> Sequence[DoneBeside]:
        return self._engine.done_beside

    def add(self, held: Held) -> None:
        self._engine.add(held.token, held.recipe, previews=held.previews, share=held.share, weight=held.weight)

    def cancel(self, ticket: str, *, over: bool) -> bool:
        return self._engine.cancel(ticket)

    def returnable(self, ticket: str) -> bool:
        return True
