"""Wait for a job's end: bell or look, whichever comes first; and notice a client who has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool

from imagend.api.body import Receive
from imagend.api.errors import ClientGone, TimedOut
from imagend.api.services import Services
from imagend.core.errors import RateLimited
from imagend.core.job import Job
from imagend.desk.bell import Bell


class Seats:
    """How many callers may wait at a time. Lives on the event loop."""

    def __init__(self, most: int, most_per_account: int, refusal: str) -> None:
        """refusal: what a caller hears for whom no seat is left."""
        self._most = most
        self._most_per_account = most_per_account
        self._refusal = refusal
        self._taken: dict[str, int] = {}

    @contextmanager
    def one(self, account_id: str) -> Iterator[None]:
        """Hold a seat. Raises RateLimited, before anything was charged, when all are taken."""
        mine = self._taken.get(account_id, 0)
        if mine >= self._most_per_account or sum(self._taken.values()) >= self._most:
            raise RateLimited(self._refusal)
        self._taken[account_id] = mine + 1
        try:
            yield
        finally:
            self._taken[account_id] -= 1
            if not self._taken[account_id]:
                del self._taken[account_id]


async def until_final(look: Callable[[], Job], services: Services, job: Job, receive: Receive) -> Job:
    """Return the job in its final state. Raises ClientGone at once, TimedOut after v1_timeout_seconds or at its
    deadline.

    look: blocking, called in a thread. receive: the request's channel, its body read to the end.
    """
    if job.state.final:
        return job
    gone = asyncio.ensure_future(hang_up(receive))
    try:
        async with asyncio.timeout(min(services.v1_timeout_seconds, job.deadline_at - services.clock())):
            with _rung(services.bell, job.id) as bell:
                return await _watch(look, bell, gone, services.poll_seconds)
    except TimeoutError:
        raise TimedOut from None
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _watch(look: Callable[[], Job], bell: asyncio.Event, gone: asyncio.Future[None], pause_seconds: float) -> Job:
    while True:
        bell.clear()  # before the look, so that no ring is missed
        job = await run_in_threadpool(look)
        if job.state.final:
            return job
        await rung_or_gone(bell, gone, pause_seconds)


async def rung_or_gone(bell: asyncio.Event, gone: asyncio.Future[Any], seconds: float) -> None:
    """Wait for the bell, at most so long. Raises ClientGone when `gone` is done."""
    ringing = asyncio.ensure_future(bell.wait())
    try:
        events: set[asyncio.Future[Any]] = {ringing, gone}
        await asyncio.wait(events, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()
    if gone.done():
        raise ClientGone


async def hang_up(receive: Receive) -> None:
    """Ends when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


@contextmanager
def _rung(bell: Bell, topic: str) -> Iterator[asyncio.Event]:
    """An event that is set, on this loop, whenever the bell rings for the topic in any thread."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def ring(*_: object) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(event.set)

    unsubscribe = bell.subscribe(topic, ring)
    try:
        yield event
    finally:
        unsubscribe()
