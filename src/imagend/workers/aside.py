"""One thread beside the worker's: what the engine has done there while the network runs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from imagend.engine.beside import Handle

T = TypeVar("T")

CLOSE_SECONDS = 3.0  # what is under way at the end has so long


class Piece(Generic[T]):
    """A `Handle`: work that waits for the thread, is done by it, or has ended."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._outcome: tuple[T, float] | BaseException | None = None

    @property
    def ready(self) -> bool:
        return self._outcome is not None

    def result(self) -> tuple[T, float]:
        assert self._outcome is not None
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def run(self, clock: Callable[[], float]) -> None:
        began = clock()
        try:
            self._outcome = self._work(), clock() - began
        except BaseException as error:
            self._outcome = error


class AsideThread:
    """A `Beside`. Its thread ends with `close`, or with the process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: monotonic seconds."""
        self._clock = clock
        self._pieces: queue.SimpleQueue[Piece[Any] | None] = queue.SimpleQueue()
        self._ended = threading.Condition()
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], T]) -> Handle[T]:
        piece = Piece(work)
        self._pieces.put(piece)
        return piece

    def wait(self, handles: Sequence[Handle[Any]]) -> None:
        with self._ended:
            self._ended.wait_for(lambda: any(handle.ready for handle in handles))

    def busy_seconds(self) -> float:
        """How long the thread has been at its present piece of work; 0 between two."""
        since = self._busy_since
        return 0.0 if since is None else self._clock() - since

    def close(self) -> None:
        """Take no more work. What hangs is left to the end of the process."""
        self._pieces.put(None)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        """Do the next piece, and keep nothing of it."""
        piece = self._pieces.get()
        if piece is None:
            return False
        self._busy_since = self._clock()
        piece.run(self._clock)
        self._busy_since = None
        with self._ended:
            self._ended.notify_all()
        return True
