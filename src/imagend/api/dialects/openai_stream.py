"""`stream: true`: previews of the running denoising, then every picture, as server-sent events.

    image_generation.partial_image   what the first picture looks like so far; at most `partial_images` of them
    image_generation.completed       one for each picture
    error                            instead of them, for a request that failed

A caller who hangs up before the end cancels the request. Comments keep the line open while nothing happens.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from imagend.api.dialects import openai_bodies as bodies
from imagend.api.dialects.openai_errors import failed
from imagend.api.dialects.openai_fields import ImagesReply
from imagend.api.events import KEEP_ALIVE_SECONDS
from imagend.api.follow import LOOK_SECONDS, Happening, follow
from imagend.api.orders import Orders, Placed
from imagend.api.services import Services
from imagend.api.urls import Links
from imagend.core.job import Job
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.desk.moments import Moment

PARTIAL, COMPLETED = "image_generation.partial_image", "image_generation.completed"
_KEEP_ALIVE = b": keep-alive\n\n"


class PictureStream:
    """One order whose caller listens."""

    def __init__(
        self, orders: Orders, services: Services, request: Request, placed: Placed, reply: ImagesReply, links: Links
    ) -> None:
        self._orders = orders
        self._services = services
        self._request = request
        self._placed = placed
        self._reply = reply
        self._links = links
        self._shown = 0

    async def frames(self, gone: asyncio.Future[Any]) -> AsyncGenerator[bytes]:
        """gone: done when the caller has hung up; then ClientGone is raised."""
        heard = False
        try:
            async with aclosing(self._happenings(gone)) as happenings:
                async for happening in happenings:
                    if isinstance(happening, Job) and happening.state.final:
                        async for frame in self._end(happening):
                            yield frame
                        heard = True
                        return
                    if frame := await self._news(happening):
                        yield frame
        finally:
            if not heard:  # also when nothing more can be written to the caller
                await self._orders.drop(self._request, self._placed)

    async def _happenings(self, gone: asyncio.Future[Any]) -> AsyncGenerator[Happening]:
        """What happens to the job, to its end or its deadline; None when nothing has for KEEP_ALIVE_SECONDS."""
        job, clock, quiet = self._placed.job, self._services.clock, 0.0
        followed = follow(
            lambda: self._services.desk.look(job.account_id, job.id),
            self._services, job, gone, previews=self._reply.previews, beat_seconds=LOOK_SECONDS,
        )  # fmt: skip
        async with aclosing(followed):
            async for happening in followed:
                quiet = quiet + LOOK_SECONDS if happening is None else 0.0
                if happening is None and clock() >= job.deadline_at:
                    yield await self._orders.expire(self._placed)
                elif happening is not None or quiet >= KEEP_ALIVE_SECONDS:
                    quiet = 0.0
                    yield happening

    async def _news(self, happening: Happening) -> bytes:
        if happening is None:
            return _KEEP_ALIVE
        if isinstance(happening, Job) or happening.preview is None or not self._is_next(happening):
            return b""
        index, self._shown = self._shown, self._shown + 1
        picture = await run_in_threadpool(base64.b64encode, happening.preview.data)
        return self._frame(PARTIAL, {"b64_json": picture.decode(), "partial_image_index": index})

    def _is_next(self, moment: Moment) -> bool:
        """Whether the preview is one of ours: others may have asked for more of them, or a later attempt has drawn
        them again. Ours lie evenly between start and end."""
        asked = self._reply.previews
        return self._shown < asked and moment.done / max(1, moment.total) >= (self._shown + 0.5) / (asked + 1)

    async def _end(self, job: Job) -> AsyncGenerator[bytes]:
        if isinstance(job.outcome, Failure):
            _, error, _ = failed(job.outcome)
            yield _frame({"type": "error", "error": error})
            return
        assert isinstance(job.outcome, Success), job.state
        for index, image in enumerate(job.outcome.images):
            yield await run_in_threadpool(self._completed, job, image, index)

    def _completed(self, job: Job, image: ImageRef, index: int) -> bytes:
        """In a thread: reads and encodes the picture."""
        assert isinstance(job.outcome, Success)
        body = bodies.row(job, image, self._reply, self._links, self._services.blobs.read(image.key))
        body["usage"] = bodies.usage(job, [image], prompt=index == 0)
        body |= bodies.remarks(job, self._reply, last=index == len(job.outcome.images) - 1)
        return self._frame(COMPLETED, body)

    def _frame(self, kind: str, body: dict[str, Any]) -> bytes:
        job = self._placed.job
        return _frame(
            {"type": kind, "created_at": int(self._services.clock()), **bodies.common(job, self._reply), **body}
        )


def _frame(body: dict[str, Any]) -> bytes:
    return f"event: {body['type']}\ndata: ".encode() + msgspec.json.encode(body) + b"\n\n"
