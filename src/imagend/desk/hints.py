"""What gateways tell each other at once: small messages that make things fast and never make them right.

A hint may be late, twice, in another order or lost. Nothing is decided by one: whoever waits polls as well, leases are
judged by their rows, keys are looked up again after seconds. With one gateway there is nobody to tell, and nothing is
sent; with several, store/postgres_bus.py carries them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, Protocol, TypeVar

logger = logging.getLogger(__name__)


class Carrier(Protocol):
    """Brings texts to the other gateways. Safe from any thread."""

    def send(self, key: str, text: str) -> None:
        """Returns at once. Of texts with the same key that wait to be sent only the newest is."""

    def receive(self, hear: Callable[[str], None]) -> None:
        """Call `hear` with every text of the others from now on; with "" when some may have been missed."""


@dataclass(frozen=True, slots=True)
class Rang:
    """As `Bell.ring`."""

    topic: str


@dataclass(frozen=True, slots=True)
class Leased:
    """A worker has got a job. Repeats what the row says."""

    job_id: str
    worker_id: str
    token: str
    tries: int
    at: float  # epoch seconds
    previews: int  # that the order itself asks for


@dataclass(frozen=True, slots=True)
class Over:
    """An attempt is over; with `final` the job is."""

    job_id: str
    tries: int
    final: bool
    by_worker: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is; see `desk.live.Moment`."""

    job_id: str
    tries: int
    done: int
    total: int
    at: float


@dataclass(frozen=True, slots=True)
class Shown:
    """New previews of a job are on the shelf."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody at a gateway wants to see at least so many previews; 0: nobody does any more. Said again every few
    seconds: who does not is taken for dead."""

    job_id: str
    gateway: str
    previews: int


@dataclass(frozen=True, slots=True)
class KeysChanged:
    """Keys or accounts have other terms than a moment ago."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Never sent: hints may have been lost."""


Hint = Rang | Leased | Over | Progress | Shown | Wanted | KeysChanged | Missed
H = TypeVar("H", Rang, Leased, Over, Progress, Shown, Wanted, KeysChanged, Missed)

_KINDS: dict[str, type[Any]] = {
    "r": Rang, "l": Leased, "o": Over, "p": Progress, "s": Shown, "w": Wanted, "k": KeysChanged,
}  # fmt: skip
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}


class Hints:
    """Safe from any thread. Callbacks run in the carrier's thread and must be quick."""

    def __init__(self, carrier: Carrier | None = None) -> None:
        """carrier: None when there is no other gateway."""
        self._carrier = carrier
        self._callbacks: dict[type[Any], list[Callable[[Any], None]]] = {}
        if carrier is not None:
            carrier.receive(self._hear)

    @property
    def shared(self) -> bool:
        """Whether there may be other gateways."""
        return self._carrier is not None

    def publish(self, hint: Hint) -> None:
        """Tell the others. Never waits, never fails."""
        if self._carrier is not None:
            text = json.dumps([_LETTERS[type(hint)], *astuple(hint)], separators=(",", ":"))
            self._carrier.send(_key(hint, text), text)

    def subscribe(self, kind: type[H], callback: Callable[[H], None]) -> None:
        """Call `callback` with every hint of this kind that another gateway gives."""
        self._callbacks.setdefault(kind, []).append(callback)

    def _hear(self, text: str) -> None:
        hint = _read(text) if text else Missed()
        for callback in self._callbacks.get(type(hint), ()):
            try:
                callback(hint)
            except Exception:
                logger.exception("a hint was not understood: %s", text)


def _key(hint: Hint, text: str) -> str:
    """Progress of one job and wishes of one gateway replace what was said before."""
    if isinstance(hint, Progress):
        return f"p {hint.job_id}"
    return f"w {hint.job_id}" if isinstance(hint, Wanted) else text


def _read(text: str) -> Hint | None:
    """None: from a gateway that knows more kinds than this one."""
    try:
        letter, *values = json.loads(text)
        hint: Hint = _KINDS[letter](*values)
    except (ValueError, KeyError, TypeError):
        return None
    return hint
