"""The port to whoever works beside the engine's own thread: the engine starts work there and asks what became of it.

So the engine stays synchronous code without a thread and a clock, and a test can say when each piece of work ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Handle(Protocol[T_co]):
    """One piece of work that was started."""

    @property
    def ready(self) -> bool:
        """Whether it has ended; never waits."""
        ...

    def result(self) -> tuple[T_co, float]:
        """What it returned, and the seconds that it took, without those before its turn. Asked when it is ready.
        Raises what it raised."""
        ...


class Beside(Protocol):
    """Does one piece of work at a time, in the order of their coming, while its caller goes on."""

    def start(self, work: Callable[[], T]) -> Handle[T]:
        """Take a piece of work and return at once."""
        ...

    def wait(self, handles: Sequence[Handle[Any]]) -> None:
        """Return as soon as one of these, at least one, is ready."""
        ...
