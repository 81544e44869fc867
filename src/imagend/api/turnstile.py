"""How many of one tenant's requests may be with the database at a time; the others of that tenant wait outside.

The threads of the gateway and the queue before the store's one writer are first come, first served. Without this a
tenant that sends hundreds of requests at once would stand in both before everybody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")

THREADS_PER_ACCOUNT = 8  # enough to fill a group commit; a fifth of the gateway's threads


class Turnstile:
    """Lives on the event loop. Holds nothing of accounts without requests."""

    def __init__(self, most: int = THREADS_PER_ACCOUNT) -> None:
        self._most = most
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._inside: dict[str, int] = {}

    async def run(self, account_id: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `work` in a thread when fewer than `most` calls of this account are under way."""
        gate = self._gates.setdefault(account_id, asyncio.Semaphore(self._most))
        self._inside[account_id] = self._inside.get(account_id, 0) + 1
        try:
            async with gate:
                return await run_in_threadpool(work, *args, **kwargs)
        finally:
            self._inside[account_id] -= 1
            if not self._inside[account_id]:
                del self._inside[account_id], self._gates[account_id]
