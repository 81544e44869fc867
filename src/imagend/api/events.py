"""GET /v2/requests/{id}/events: a request as server-sent events, resumable by id.

    status     the status body, when the state changes (and, without an id, when the place in the queue does)
    progress   how far it is
    preview    a small picture of the running denoising, only for those who ask with ?previews=
    completed  the result body; the last event
    failed     the same for a request that failed

Ids only grow. With Last-Event-ID, or ?last_event_id=, the stream goes on behind that event, also at another gateway and
after a restart; a client that has seen the end gets 204, which tells browsers not to come back.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing, suppress
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from imagend.api.dialects import segmind_bodies as bodies
from imagend.api.errors import ClientGone
from imagend.api.follow import LOOK_SECONDS, Happening, follow, id_of
from imagend.api.orders import Orders
from imagend.api.outlook import course, outlook
from imagend.api.previews import read_previews
from imagend.api.services import Services
from imagend.api.urls import Links, links_of
from imagend.api.wait import Seats, hang_up
from imagend.core.errors import BadParameter, UnknownRequest
from imagend.core.job import Job, State
from imagend.desk.moments import Moment, end_id

KEEP_ALIVE_SECONDS = 15.0
STALLED_SECONDS = 30.0  # a reader that takes nothing for so long is let go; it can come back
RETRY = b"retry: 1000\n\n"  # milliseconds until a client tries again
_MAX_ID = 2**63
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no"}


class Events:
    """Lives on the event loop."""

    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._services = services
        self._seats = Seats(
            services.max_event_streams,
            services.max_event_streams_per_account,
            "Too many event streams are open; close one, or poll the status",
        )
        self._open: set[asyncio.Future[Any]] = set()

    def routes(self) -> list[Route]:
        return [Route("/v2/requests/{request_id}/events", self.stream)]

    def close(self) -> None:
        """End every stream now, so that the server can stop; its clients go on at the next one."""
        for gone in self._open:
            gone.cancel()

    def count(self) -> int:
        """Streams that are open."""
        return len(self._open)

    async def stream(self, request: Request) -> Response:
        job = await self._orders.look(request, request.path_params["request_id"])
        after, previews = _last_event(request), read_previews(request.query_params.get("previews", "0"))
        headers = {**HEADERS, "x-request-id": job.id}
        if job.state.final and after >= end_id(job):
            return Response(status_code=204, headers={"x-request-id": job.id})
        if request.method == "HEAD":
            return Response(headers=headers)
        seat = ExitStack()
        seat.enter_context(self._seats.one(job.account_id))
        desk = self._services.desk

        def frames(gone: asyncio.Future[Any]) -> AsyncGenerator[bytes]:
            self._open.add(gone)
            seat.callback(self._open.discard, gone)
            happenings = follow(
                lambda: desk.look(job.account_id, job.id),
                self._services, job, gone, after=after, previews=previews, beat_seconds=LOOK_SECONDS,
            )  # fmt: skip
            return self._frames(happenings, job, links_of(request, self._services))

        return EventStream(frames, headers, seat)

    async def _frames(self, happenings: AsyncGenerator[Happening], job: Job, links: Links) -> AsyncGenerator[bytes]:
        loop = asyncio.get_running_loop()
        written_at, place = loop.time(), None
        yield RETRY
        async with aclosing(happenings):
            async for happening in happenings:
                frame = b""
                if isinstance(happening, Moment):
                    frame = self._moment(happening, job)
                elif happening is not None:
                    job, place = happening, await self._place(happening)
                    frame = await run_in_threadpool(self._state, job, links)
                elif place != (place := await self._place(job)):
                    frame = await run_in_threadpool(self._state, job, links, numbered=False)
                if not frame and loop.time() - written_at >= KEEP_ALIVE_SECONDS:
                    frame = b": keep-alive\n\n"
                if frame:
                    written_at = loop.time()
                    yield frame

    def _moment(self, moment: Moment, job: Job) -> bytes:
        eta = self._outlook(job) if job.state is State.PROCESSING else {}
        body = {"request_id": job.id, **eta, **course(moment.done, moment.total)}
        if moment.preview is None:
            return _frame("progress", body, moment.id)
        picture = base64.b64encode(moment.preview.data).decode()
        return _frame("preview", {**body, "content_type": moment.preview.media_type, "image": picture}, moment.id)

    def _state(self, job: Job, links: Links, *, numbered: bool = True) -> bytes:
        number = id_of(job) if numbered else None
        if job.state.final:
            return _frame(job.state.lower(), bodies.result(job, links), number)
        return _frame("status", bodies.status(job, links, self._outlook(job)), number)

    async def _place(self, job: Job) -> int | None:
        return await run_in_threadpool(self._services.desk.place, job) if job.state is State.QUEUED else None

    def _outlook(self, job: Job) -> dict[str, Any]:
        return outlook(self._services.desk, job, self._services.clock())


class EventStream(Response):
    """Writes frames until they end, the client hangs up, or it has stopped reading."""

    def __init__(
        self,
        frames: Callable[[asyncio.Future[Any]], AsyncGenerator[bytes]],
        headers: dict[str, str],
        seat: ExitStack,
    ) -> None:
        """frames: made with a future that is done when nobody listens any more. seat: closed at the end."""
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._frames = frames
        self._seat = seat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(hang_up(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with suppress(ClientGone, UnknownRequest):
                async with aclosing(self._frames(gone)) as frames:
                    async for frame in frames:
                        async with asyncio.timeout(STALLED_SECONDS):
                            await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            raise ClientGone from None
        finally:
            gone.cancel()
            self._seat.close()


def _frame(kind: str, body: dict[str, Any], number: int | None = None) -> bytes:
    head = f"event: {kind}\n" if number is None else f"id: {number}\nevent: {kind}\n"
    return head.encode() + b"data: " + msgspec.json.encode(body) + b"\n\n"


def _last_event(request: Request) -> int:
    """The header wins: browsers send it when they come back, with the address as it was at first."""
    found = [
        _event_id(name, text)
        for name, text in (
            ("last-event-id", request.headers.get("last-event-id")),
            ("last_event_id", request.query_params.get("last_event_id")),
        )
        if text
    ]
    return found[0] if found else 0


def _event_id(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < _MAX_ID):
        raise BadParameter(name, f"{name} must be the id of an event of this request")
    return int(text)
