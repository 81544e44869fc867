"""Who leads the next step: shares and models take turns, and within a share evaluating and decoding do."""

from __future__ import annotations

from imagend.engine.batch import most_urgent, pick
from imagend.engine.lane import Lane
from imagend.engine.residency import Changes
from imagend.engine.sides import Sides
from imagend.engine.timesheet import Timesheet


class Turns:
    """What is done beside the steps has no turn in them."""

    def __init__(self, sheet: Timesheet, changes: Changes, sides: Sides) -> None:
        self._sheet = sheet
        self._changes = changes
        self._sides = sides
        self.drew: set[str] = set()  # shares whose last turn was a decoding
        self.just_read = False  # since the last evaluation

    def next(self, lanes: list[Lane], denoised: list[Lane]) -> Lane | None:
        """Of those to be denoised and those to be decoded the first in order, or the first whose model is in while that
        one's shall wait."""
        self._changes.look([*lanes, *denoised])
        first = self._first(lanes, denoised)
        if first is not None and self._changes.is_early(first):
            inside = self._changes.those_in
            return self._first(inside(lanes), inside(denoised)) or first
        return first

    def company(self, first: Lane, lanes: list[Lane]) -> list[Lane]:
        """Who makes a step together with `first`, which is to be denoised."""
        return pick(first, self._ready(self._changes.those_in(lanes)), self._sheet.shares.turn)

    def _first(self, lanes: list[Lane], denoised: list[Lane]) -> Lane | None:
        """Among the lanes that every share would have served next."""
        ready = most_urgent(self._ready(lanes))
        ripe = most_urgent(lane for lane in denoised if not self._sides.take(lane.order, "decode"))
        drawn = {share: lane for share, lane in ripe.items() if share not in ready or share not in self.drew}
        pieces = {**ready, **drawn}.values()
        return self._sheet.first(pieces) if pieces else None

    def _ready(self, lanes: list[Lane]) -> list[Lane]:
        """What may be denoised next, or read in a step. After a reading that is whoever is read, so that newcomers
        never stop the rest."""
        ours = [lane for lane in lanes if not (lane.order.is_unread and self._sides.take(lane.order, "encode"))]
        read = [lane for lane in ours if not lane.order.is_unread] if self.just_read else []
        return read or ours
