"""What happens, told to whoever counts: the port between the rooms and their metrics.

Names and labels are those of telemetry/table.py without their prefix. Labels never hold an account, a path, a prompt or
anything else of which there can be arbitrarily many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Watch(Protocol):
    """Safe from any thread; costs no more than a lock; never raises for what it is told in earnest."""

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Something happened, or so many of it."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Something had this size, or took so many seconds."""


class Deaf:
    """Nobody counts."""

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        pass

    def observe(self, name: str, value: float, **labels: str) -> None:
        pass


UNWATCHED: Watch = Deaf()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much there is of something at the moment of asking."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
