"""Who has had how much of the engine's time: what was done last, whose it was, and whose turn is next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import NamedTuple

from imagend.engine.kinds import Kind, Work, kind_of
from imagend.engine.lane import Lane, Order
from imagend.engine.shares import Estimates, Shares

UNTOLD_SECONDS = 1.0  # what a step counts when nobody says what it took

Parts = Sequence[tuple[Order, int]]
"""Whose a piece of work was, by what weights."""


class DoneBeside(NamedTuple):
    """A piece of work that ended beside the steps: as `Engine.last_step`, and what it took."""

    backend: str
    work: Work
    lanes: int
    seconds: float


class Timesheet:
    """Two kinds of work are charged: a step, whose seconds the engine's caller tells; and what was done beside the
    steps, whose seconds are known when it ends."""

    def __init__(self) -> None:
        self.shares = Shares()
        self.estimates = Estimates(UNTOLD_SECONDS)
        self._step: tuple[Kind, Parts] | None = None  # the last one, not charged yet
        self._owed: dict[str, float] = {}  # by ticket, for what ended beside the last step
        self.done_beside: list[DoneBeside] = []  # since the last step began

    def first(self, pieces: Iterable[Lane]) -> Lane:
        """Of lanes of several shares the one whose share has the next turn."""
        return min(pieces, key=lambda lane: self.shares.turn(lane.order.share, self.estimates.of(kind_of(lane))))

    def begin(self) -> float:
        """A new step. Returns the seconds of what ended beside the one before."""
        seconds = sum(done.seconds for done in self.done_beside)
        self.done_beside = []
        return seconds

    def note(self, kind: Kind, parts: Parts) -> None:
        """What this step does."""
        self._step = kind, parts

    def note_beside(self, kind: Kind, parts: Parts, seconds: float, has: Callable[[Order], bool]) -> None:
        """What has ended beside it. Shares pay for those who are gone too, tickets only if the engine has them."""
        for order, part in self._charge(kind, parts, seconds):
            if has(order):
                self._owed[order.ticket] = self._owed.get(order.ticket, 0.0) + part
        self.done_beside.append(DoneBeside(kind.backend, kind.work, len(parts), seconds))

    @property
    def kind(self) -> Kind | None:
        """Of the step that was not charged yet."""
        return None if self._step is None else self._step[0]

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        if self._step is None:
            return None
        kind, parts = self._step
        return kind.backend, kind.work, len(parts)

    def charge(self, seconds: float) -> dict[str, float]:
        """Charge the step with so much. Returns what that and the work beside it was, by ticket."""
        bill: dict[str, float] = defaultdict(float, self._owed)
        self._owed = {}
        if self._step is not None:
            (kind, parts), self._step = self._step, None
            for order, part in self._charge(kind, parts, seconds):
                if kind.work != "load":
                    bill[order.ticket] += part
        return dict(bill)

    def _charge(self, kind: Kind, parts: Parts, seconds: float) -> list[tuple[Order, float]]:
        one = seconds / sum(weight for _, weight in parts)
        each = [(order, one * weight) for order, weight in parts]
        for order, part in each:
            self.shares.charge(order.share, part)
        if kind.work != "load":  # which takes what it takes, however many wait for it
            self.estimates.learn(kind, each[0][1])
        return each


def parts_of(lanes: Sequence[Lane]) -> Parts:
    """A picture of twice as many places pays twice, whoever shares the batch."""
    largest = max(prod(lane.shape) for lane in lanes)
    alike = all(prod(lane.shape) == largest for lane in lanes)
    return [(lane.order, 1 if alike else prod(lane.shape)) for lane in lanes]
