"""Which workers to place on a cluster and which to send home: the rules, without the cluster.

A *berth* is the place of one worker. It goes from PLACING (the cluster looks for room) over WARMING (the process loads
its models) to READY, and may be asked to drain at any time. Nothing is ever sent home that holds jobs, except by asking
it to finish them first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from imagend.workers.pools import pause_before_restart


class Phase(Enum):
    PLACING = "placing"
    WARMING = "warming"
    READY = "ready"
    DRAINING = "draining"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class Berth:
    """One worker; moments are seconds of the manager's monotonic clock."""

    worker_id: str
    backend: str
    since: float  # when it was asked for or found
    phase: Phase = Phase.PLACING
    ready_at: float | None = None
    heard_at: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.heard_at = self.heard_at or self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the gateway says of one backend."""

    target: int
    known: int = 0  # workers that it has heard of
    holders: frozenset[str] = frozenset()  # workers with leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    place: int = 0
    drain: tuple[str, ...] = ()  # worker ids: finish, then end
    withdraw: tuple[str, ...] = ()  # worker ids that have no place yet: forget them


class Backoff:
    """When workers of one backend may be started again after bad ends.

    The first bad end costs no pause. After two in a row one worker is tried at a time, with pauses of 1, 2, 4 ... 60 s
    between the ends of one and the start of the next; the first that stays well ends that. Workers that ended without
    having been ready count once for all that were started together: a cluster's worth of wrong paths is one mistake.
    """

    def __init__(self, healthy_seconds: float = 10.0, longest_pause_seconds: float = 60.0) -> None:
        self._healthy_seconds = healthy_seconds
        self._longest = longest_pause_seconds
        self._streak = 0
        self._ended_at = float("-inf")

    def ended(self, berth: Berth, now: float) -> None:
        """A worker ended that nobody had sent home."""
        if berth.ready_at is not None and now - berth.ready_at >= self._healthy_seconds:
            self._streak = max(self._streak, 1)
        elif berth.since >= self._ended_at:
            self._streak = max(self._streak + 1, 2 if berth.ready_at is None else 1)
        else:
            return
        self._ended_at = now

    def room(self, berths: Iterable[Berth], now: float) -> int | None:
        """How many may be started now; None: any number."""
        berths = list(berths)
        if any(self._well(berth, now) for berth in berths):
            self._streak = min(self._streak, 1)
        if self._streak < 2:
            return None
        starting = any(berth.phase in (Phase.PLACING, Phase.WARMING) for berth in berths)
        pause = pause_before_restart(self._streak, self._longest)
        return 0 if starting or now - self._ended_at < pause else 1

    def _well(self, berth: Berth, now: float) -> bool:
        if berth.phase is not Phase.READY or berth.ready_at is None:
            return False
        return berth.since >= self._ended_at and now - berth.ready_at >= self._healthy_seconds


def moves(berths: Sequence[Berth], wish: Wish, room: int | None) -> Moves:
    """What to do for one backend. `room`: how many may be started now.

    Sent home first are those that have no place yet, then those that load, then idle ones, the youngest first. Ready
    ones stay while the gateway has not heard of as many: it may just have been restarted.
    """
    staying = [berth for berth in berths if berth.phase not in (Phase.DRAINING, Phase.ENDED)]
    missing = wish.target - len(staying)
    if missing > 0:
        return Moves(place=missing if room is None else min(missing, room))
    surplus = sorted(staying, key=lambda berth: _dearness(berth, wish.holders))[: len(staying) - wish.target]
    unheard = wish.known < sum(berth.phase is Phase.READY for berth in staying)
    home = [berth for berth in surplus if berth.phase is not Phase.PLACING]
    return Moves(
        drain=_ids(berth for berth in home if not (unheard and berth.phase is Phase.READY)),
        withdraw=_ids(berth for berth in surplus if berth.phase is Phase.PLACING),
    )


def _dearness(berth: Berth, holders: Collection[str]) -> tuple[int, bool, float]:
    order = {Phase.PLACING: 0, Phase.WARMING: 1}
    return order.get(berth.phase, 2), berth.worker_id in holders, -berth.since


def _ids(berths: Iterable[Berth]) -> tuple[str, ...]:
    return tuple(berth.worker_id for berth in berths)
