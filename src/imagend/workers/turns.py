"""Threads that serve several shares in turn: one tenant's many pictures never stand before another's one."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Turns:
    """Like a ThreadPoolExecutor, with a queue per share; the shares take turns, and within one it is first come, first
    served. Work that waits for earlier work of its own share is safe, for that has been started before."""

    def __init__(self, threads: int, name: str) -> None:
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, deque[Callable[[], None]]] = OrderedDict()  # the next turn is the first one's
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}_{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, share: str, work: Callable[..., T], *arguments: Any) -> Future[T]:
        """Run `work(*arguments)` when it is this share's turn. Raises RuntimeError after `close`."""
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("no more work is taken")
            self._waiting.setdefault(share, deque()).append(lambda: _settle(future, work, arguments))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Do what was handed over, then end the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            share, queue = self._waiting.popitem(last=False)
            work = queue.popleft()
            if queue:
                self._waiting[share] = queue  # behind the others
            return work


def _settle(future: Future[T], work: Callable[..., T], arguments: tuple[Any, ...]) -> None:
    try:
        future.set_result(work(*arguments))
    except BaseException as error:
        future.set_exception(error)
