"""Which pictures make the next step together.

Every lane has a deadline, counted in ticks: the tick of its arrival + the ticks it would need if all that are there
went on together. The share whose turn it is (see `shares`) gives its most urgent lane, which names the group of the
tick; then the batch is filled from all shares in turn, each with its most urgent lanes of the group. So a short job
passes long ones that arrived not much earlier (they rest: their state is only arrays), equal jobs go in order of
arrival, and nothing starves, because whatever arrives after a lane's deadline stands behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from imagend.core.errors import BackendFailure, ImagendError
from imagend.engine.lane import Lane, Order


def urgency(lane: Lane) -> tuple[int, int]:
    return lane.deadline


def pick(first: Lane, lanes: Iterable[Lane], turn: Callable[[str], Any] = str) -> list[Lane]:
    """The lanes of the next tick: `first` and its mates, at most the backend's lanes_per_tick."""
    mates = [lane for lane in lanes if lane.group == first.group]
    return in_turn(first, mates, turn)[: first.order.backend.spec.lanes_per_tick]


def in_turn(first: Lane, lanes: Iterable[Lane], turn: Callable[[str], Any]) -> list[Lane]:
    """Who gets a place in a batch, `first` before all. Shares follow each other by `turn`, and each has a second lane
    in the batch only when every other one has its first."""
    mates = sorted(lanes, key=urgency)
    rank: Counter[str] = Counter()
    places = []
    for lane in mates:
        share = lane.order.share
        places.append((lane is not first, rank[share], turn(share), lane.deadline))
        rank[share] += 1
    order = sorted(range(len(mates)), key=places.__getitem__)
    return [mates[place] for place in order]


def orders_of(lanes: Iterable[Lane]) -> list[Order]:
    """The orders that the lanes belong to, each once."""
    return list({id(lane.order): lane.order for lane in lanes}.values())


def most_urgent(lanes: Iterable[Lane]) -> dict[str, Lane]:
    """The most urgent lane of every share."""
    found: dict[str, Lane] = {}
    for lane in lanes:
        other = found.get(lane.order.share)
        if other is None or urgency(lane) < urgency(other):
            found[lane.order.share] = lane
    return found


R = TypeVar("R")


def attempt(call: Callable[[], R]) -> R | ImagendError:
    """Call a model; whatever it raises comes back in the engine's words, with the original as the cause."""
    try:
        return call()
    except ImagendError as error:
        return error
    except Exception as error:
        failure = BackendFailure()
        failure.__cause__ = error
        return failure
