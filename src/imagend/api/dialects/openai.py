"""The OpenAI dialect: images, answered while the caller waits.

POST /v1/images/generations    also without /v1; `stream: true` answers with events (openai_stream.py)
POST /v1/images/edits          400 unsupported_operation, like variations: the models draw from text only
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.body import skip_body
from imagend.api.dialects import openai_bodies as bodies
from imagend.api.dialects import openai_errors as errors
from imagend.api.dialects.base import Asked
from imagend.api.dialects.openai_fields import FieldError, ImagesReply, read_body
from imagend.api.dialects.openai_stream import PictureStream
from imagend.api.errors import RouteMissing
from imagend.api.events import HEADERS, EventStream
from imagend.api.orders import Orders, Placed
from imagend.api.services import Services
from imagend.api.urls import Links, links_of
from imagend.core.card import ModelCard
from imagend.core.errors import ImagendError
from imagend.core.job import Job
from imagend.core.outcome import Failure, Success
from imagend.desk.keys import GENERATE

#: First path segments whose errors are worded here, with /v1 before them or without.
_OWN = frozenset({"images", "models", "chat", "responses"})
#: A body with pictures that is read only to be refused; a longer one gets its refusal before its end.
MAX_UPLOAD_BYTES = 64 * 2**20
_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class OpenAI:
    key_header = "authorization"

    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._services = services

    def owns(self, path: str) -> bool:
        segments = path.strip("/").split("/")
        return bool(_OWN.intersection(segments[1:2] if segments[0] == "v1" else segments[:1]))

    def routes(self) -> Sequence[BaseRoute]:
        images = [
            Route(f"{version}/images/{name}", endpoint, methods=["POST"])
            for version in ("/v1", "")  # a base URL without /v1 makes clients post there
            for name, endpoint in (("generations", self.generate), ("edits", self.edit), ("variations", self.edit))
        ]
        # Else /v1/{slug} would take these for models' names.
        others = [Route(f"/v1/{name}", self.missing, methods=_EVERY_METHOD) for name in ("images", "chat", "responses")]
        return [*images, *others]

    # --- endpoints

    async def generate(self, request: Request) -> Response:
        with ExitStack() as seat:
            placed = await self._orders.take(request, self, None, seat, repeated=True)
            reply = placed.asked.reply
            assert isinstance(reply, ImagesReply)
            if reply.stream and not isinstance(placed.job.outcome, Failure):
                return self._events(request, placed, reply, seat.pop_all())
            job = await self._orders.finish(request, placed)
        response = await self._answer(request, job, reply)
        response.headers.update(bodies.headers(job, placed.headers, self._services.clock()))
        return response

    def _events(self, request: Request, placed: Placed, reply: ImagesReply, seat: ExitStack) -> Response:
        links = links_of(request, self._services)
        stream = PictureStream(self._orders, self._services, request, placed, reply, links)
        headers = bodies.headers(placed.job, placed.headers, self._services.clock())
        return EventStream(stream.frames, {**HEADERS, **headers}, seat)

    async def edit(self, request: Request) -> Response:
        """Read what was sent before saying no: a client that is still sending hears nothing but a broken line."""
        await self._orders.key(request, self.key_header, GENERATE)
        await skip_body(request.receive, MAX_UPLOAD_BYTES)
        raise errors.UnsupportedOperation

    async def missing(self, _: Request) -> Response:
        raise RouteMissing

    # --- the port

    def model_of(self, body: Mapping[str, object]) -> str:
        name = body.get("model")
        if name is None:
            return self._services.openai_default_model
        if not isinstance(name, str):
            raise FieldError("model", "model must be a string", "invalid_type")
        return self._services.catalog.find(name).slug

    def parse(self, body: Mapping[str, object], card: ModelCard, headers: Mapping[str, str], *, waiting: bool) -> Asked:
        return read_body(body, card)

    def render_error(self, error: ImagendError) -> Response:
        return errors.refusal(error)

    async def _answer(self, request: Request, job: Job, reply: ImagesReply) -> Response:
        """The pictures of a finished job, or why there are none."""
        if isinstance(job.outcome, Failure):
            status, error, headers = errors.failed(job.outcome)
            return json_answer({"error": error}, status, headers)
        return await run_in_threadpool(self._pictures, job, reply, links_of(request, self._services))

    def _pictures(self, job: Job, reply: ImagesReply, links: Links) -> Response:
        """In a thread: reads and encodes what may be many megabytes."""
        assert isinstance(job.outcome, Success), job.state
        keys = [image.key for image in job.outcome.images] if reply.inline else []
        files = [self._services.blobs.read(key) for key in keys]
        return json_answer(bodies.result(job, reply, links, files))
