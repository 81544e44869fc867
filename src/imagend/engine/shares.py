"""Who of several tenants has the next turn of one engine: compute time counts, not pictures or steps.

Self-clocked fair queueing (Golestani 1994) over pieces of work that cannot be interrupted: a tick or a decoding. Every
share has a tag: the compute time that it has had, over its weight. The next piece is the one that would end first in
that virtual time, so a decoding of a second waits until the others have had their second in small steps, and a
newcomer's short picture is done before it. Nobody waits for ever: tags of those who are served grow.

A share that comes back starts where the least served one is: no credit for the past; but what it had beyond that
is remembered as long as others are at work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

REMEMBERS = 0.8  # of an estimate, at each new measurement


class Shares:
    """Tags of the shares at work, and of those who left with more than their part."""

    def __init__(self) -> None:
        self._tags: dict[str, float] = {}
        self._weights: dict[str, float] = {}
        self._orders: Counter[str] = Counter()
        self._arrived: dict[str, int] = {}
        self._arrivals = 0

    def enter(self, share: str, weight: float) -> None:
        """One more order of this share; its weight is the newest order's."""
        assert weight > 0, weight
        if share not in self._orders:
            floor = self._floor()
            self._forget_below(floor)
            self._tags[share] = max(floor, self._tags.get(share, floor))
            self._arrivals += 1
            self._arrived[share] = self._arrivals
        self._weights[share] = weight
        self._orders[share] += 1

    def leave(self, share: str) -> None:
        """One order less. When all are gone, so is the past."""
        self._orders[share] -= 1
        if not self._orders[share]:
            del self._orders[share], self._arrived[share]
        if not self._orders:
            self._tags.clear()
            self._weights.clear()

    def charge(self, share: str, seconds: float) -> None:
        """This share has had so much."""
        if share in self._tags:
            self._tags[share] += seconds / self._weights[share]

    def turn(self, share: str, seconds: float = 0.0) -> tuple[float, int]:
        """Sorts shares for a piece of work that takes `seconds`: the end in virtual time; at a tie the newest comer."""
        return self._tags[share] + seconds / self._weights[share], -self._arrived[share]

    def _forget_below(self, floor: float) -> None:
        """Drop what is known of absent shares that had no more than their part."""
        for share in [name for name, tag in self._tags.items() if name not in self._orders and tag <= floor]:
            del self._tags[share], self._weights[share]

    def _floor(self) -> float:
        return min((self._tags[share] for share in self._orders), default=0.0)


class Estimates:
    """What pieces of work take, by kind: a running mean of what they took."""

    def __init__(self, unknown: float) -> None:
        self._unknown = unknown  # seconds, for a kind that was never measured
        self._seconds: dict[Hashable, float] = {}

    def of(self, kind: Hashable) -> float:
        return self._seconds.get(kind, self._unknown)

    def learn(self, kind: Hashable, seconds: float) -> None:
        old = self._seconds.get(kind, seconds)
        self._seconds[kind] = REMEMBERS * old + (1 - REMEMBERS) * seconds
