"""News that waits for its moment: one long poll per worker, answered at once when something happens to its leases."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from imagend.api.claims import Waiter, hear_hanging_up
from imagend.core import wire
from imagend.desk.news import News


class NewsStand:
    """Lives on the event loop."""

    def __init__(self, news: News, longest: float) -> None:
        self._news = news
        self._longest = longest
        self._waiters: dict[str, Waiter] = {}

    async def wait(self, request: Request, asked: wire.News) -> wire.Notices:
        """Answer with what the worker has not heard, or with nothing when its time is over."""
        waiter = self._enter(asked.worker_id)
        listener = asyncio.create_task(hear_hanging_up(request, waiter))
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(waiter.news.set)

        unsubscribe = self._news.subscribe(asked.worker_id, wake)
        try:
            return await self._until_news(asked, waiter)
        finally:
            unsubscribe()
            listener.cancel()
            if self._waiters.get(asked.worker_id) is waiter:
                del self._waiters[asked.worker_id]

    def leave(self, worker_id: str) -> None:
        waiter = self._waiters.get(worker_id)
        if waiter is not None:
            waiter.end()

    def close(self) -> None:
        """Answer all that wait now, so that the server can stop."""
        for waiter in self._waiters.values():
            waiter.end()

    def _enter(self, worker_id: str) -> Waiter:
        self.leave(worker_id)  # a repeated question: the connection of the earlier one is lost
        waiter = self._waiters[worker_id] = Waiter()
        return waiter

    async def _until_news(self, asked: wire.News, waiter: Waiter) -> wire.Notices:
        answer = self._news.after(asked.worker_id, asked.heard)
        seconds = min(asked.wait_seconds, self._longest)
        if not answer.leases and seconds > 0:
            await waiter.over_after(seconds)
            answer = self._news.after(asked.worker_id, asked.heard)
        return answer
