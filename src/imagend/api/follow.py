"""A job as a stream of what happens to it, for whoever holds a connection open: SSE, and dialects that stream.

A follower is a cursor into `desk.live` and nothing else: no queue is kept for it, so a slow one costs no memory and
delays nobody, and one that comes back goes on from the id that it saw last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool

from imagend.api.services import Services
from imagend.api.wait import rung_or_gone
from imagend.core.job import Job
from imagend.desk.moments import Moment, end_id, status_id

LOOK_SECONDS = 1.0  # the bell is a hint only: the row is looked at this often anyway

Happening = Moment | Job | None
"""Progress or a preview (`Moment`); the job when its state has changed, and at last in its final state; or None:
nothing has happened for `beat_seconds`, send a comment so that proxies keep the line open."""


class _Awake:
    """Wakes a coroutine from any thread, and remembers whether the row may have changed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self.row_changed = True

    def progress(self) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            self._loop.call_soon_threadsafe(self._event.set)

    def row(self) -> None:
        self.row_changed = True
        self.progress()

    def clear(self) -> None:
        self._event.clear()

    async def wait(self, gone: asyncio.Future[Any], seconds: float) -> bool:
        """Whether something happened in this time. Raises ClientGone."""
        await rung_or_gone(self._event, gone, seconds)
        return self._event.is_set()


async def follow(
    look: Callable[[], Job],
    services: Services,
    job: Job,
    gone: asyncio.Future[Any],
    *,
    after: int = 0,
    previews: int = 0,
    beat_seconds: float = 15.0,
) -> AsyncGenerator[Happening]:
    """Everything with an id greater than `after`, in the order of ids; ends after the final job. To be closed
    (`contextlib.aclosing`) by whoever stops before its end.

    look: blocking, called in a thread. gone: done when the client has hung up; then ClientGone is raised.
    previews: how many pictures of the running denoising are wanted (0 to 10); those that others asked for come too.
    """
    live = services.desk.live
    awake = _Awake()
    with ExitStack() as ends:
        ends.callback(services.bell.subscribe(job.id, awake.row))
        ends.callback(live.subscribe(job.id, awake.progress))
        ends.callback(live.watch(job.id, previews))
        quiet = 0.0
        if live.shared:
            await run_in_threadpool(live.catch_up, job, after)
        while True:
            awake.clear()  # before looking, so that no ring is missed
            if awake.row_changed:
                awake.row_changed = False
                job = await run_in_threadpool(look)
                if live.shared and job.state.final:
                    await run_in_threadpool(live.catch_up, job, after)
            for happening in _fresh(job, live.since(job, after), after):
                after, quiet = id_of(happening), 0.0
                yield happening
            if job.state.final:
                return
            if await awake.wait(gone, min(LOOK_SECONDS, beat_seconds)):
                continue
            awake.row_changed = True
            quiet += min(LOOK_SECONDS, beat_seconds)
            if quiet >= beat_seconds:
                quiet = 0.0
                yield None


def _fresh(job: Job, moments: list[Moment], after: int) -> list[Moment | Job]:
    """What has an id greater than `after`, in order: the state, what is known of its course, the end."""
    known: list[Moment | Job] = [*moments]
    if not job.state.final:
        known.append(job)
    fresh = sorted((one for one in known if id_of(one) > after), key=id_of)
    return [*fresh, job] if job.state.final and end_id(job) > after else fresh


def id_of(happening: Moment | Job) -> int:
    """Its event id; see `desk.live`."""
    if isinstance(happening, Moment):
        return happening.id
    return end_id(happening) if happening.state.final else status_id(happening)
