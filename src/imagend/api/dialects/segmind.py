"""The Segmind dialect: v1 waits, v2 queues, both take the same body and give the same result.

POST /v1/{slug}  POST /{slug}     run and answer with the result (JSON, or bytes where asked for)
POST /v2/{slug}                   submit: 200 with five keys
GET  /v2/requests/{id}/status     light status
GET  /v2/requests/{id}            result; also GET /v1/requests/{id}
DELETE /v2/requests/{id}          cancel (extension)
GET  /v1/get-user-credits         balance
GET  /inference-model-information/list
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.dialects import segmind_bodies as bodies
from imagend.api.dialects.base import Asked, Reply
from imagend.api.dialects.segmind_files import SegmindFiles
from imagend.api.dialects.segmind_history import SegmindHistory
from imagend.api.dialects.segmind_others import SegmindOthers
from imagend.api.dialects.segmind_webhooks import webhook_routes
from imagend.api.errors import TimedOut, headers_of, status_of, status_of_failure
from imagend.api.orders import Orders, Placed
from imagend.api.previews import read_previews
from imagend.api.routes import only
from imagend.api.services import Services
from imagend.api.urls import links_of
from imagend.core.card import ModelCard
from imagend.core.errors import (
    BadParameter,
    BlobMissing,
    ExpiredRequest,
    IdempotencyMismatch,
    ImagendError,
    ModelUnavailable,
)
from imagend.core.job import Job
from imagend.core.ledger import to_credits
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.core.params import read_flag
from imagend.core.recipe import MEDIA_TYPES

#: Names that say how to answer and not what to draw; `previews` is for those who follow the events of a request.
_OURS = frozenset({"base64", "response_format", "previews"})
_RESPONSE_FORMATS = frozenset({"b64_json", "json", "url", "binary"})


class Segmind:
    key_header = "x-api-key"

    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._services = services

    def owns(self, path: str) -> bool:
        """The dialect of last resort: every path that no other dialect claims."""
        return True

    def routes(self) -> Sequence[BaseRoute]:
        slugs = [card.slug for card in self._services.catalog]
        return [
            Route("/v2/requests/{request_id}/status", self.status),  # asked for most
            *SegmindHistory(self._orders, self._services).routes(),
            *SegmindOthers(self, self._orders, self._services).routes(),
            *SegmindFiles(self._orders, self._services).routes(),
            *only("/v1/get-user-credits", self.credits, "GET"),
            *only("/inference-model-information/list", self.models, "GET"),
            *webhook_routes(self._orders, self._services),
            Route("/v2/requests/{request_id}", self.result, methods=["GET", "DELETE"]),
            Route("/v1/requests/{request_id}", self.result),
            Route("/v1/{slug}", self.run, methods=["POST"]),
            Route("/v2/{slug}", self.submit, methods=["POST"]),
            # A base URL without /v1 makes clients post here.
            *(Route(f"/{slug}", self.run, methods=["POST"]) for slug in slugs),
        ]

    # --- endpoints

    async def run(self, request: Request) -> Response:
        slug = request.path_params.get("slug") or request.scope["path"].strip("/")
        placed = await self._orders.run(request, self, slug)
        failure = placed.job.outcome
        if isinstance(failure, Failure):
            return self._failed(placed.job, failure, request)
        response = await self._pictures(request, placed)
        balance = await run_in_threadpool(self._services.accounts.balance, placed.key.account_id)
        response.headers.update(placed.headers)
        response.headers["x-remaining-credits"] = bodies.decimal_credits(balance.available)
        return response

    async def submit(self, request: Request) -> Response:
        placed = await self._orders.submit(request, self, request.path_params["slug"])
        body = bodies.submitted(placed.job, links_of(request, self._services))
        return json_answer(body, headers={**bodies.headers(placed.job), **placed.headers})

    async def status(self, request: Request) -> Response:
        job, outlook = await self._orders.glance(request, request.path_params["request_id"])
        return self._document(job, bodies.status(job, links_of(request, self._services), outlook))

    async def result(self, request: Request) -> Response:
        if request.method == "DELETE":
            job = await self._orders.cancel(request, request.path_params["request_id"])
            return json_answer(bodies.status(job, links_of(request, self._services)), headers=bodies.headers(job))
        job, outlook = await self._orders.glance(request, request.path_params["request_id"])
        return self._document(job, bodies.result(job, links_of(request, self._services), outlook))

    async def credits(self, request: Request) -> Response:
        key = await self._orders.key(request)
        balance = await run_in_threadpool(self._services.accounts.balance, key.account_id)
        return json_answer({"credits": to_credits(balance.available), "free-credits": 0.0})

    async def models(self, request: Request) -> Response:
        await self._orders.key(request)
        return json_answer(bodies.model_list(self._services.catalog))

    # --- the port

    def model_of(self, body: Mapping[str, object]) -> str:
        raise AssertionError("the path names the model")

    def parse(self, body: Mapping[str, object], card: ModelCard, headers: Mapping[str, str], *, waiting: bool) -> Asked:
        raw = {name: value for name, value in body.items() if name not in _OURS}
        if not waiting:
            useless = tuple(name for name in ("base64", "response_format") if body.get(name) is not None)
            previews = 0 if body.get("previews") is None else read_previews(body["previews"])
            options = {"previews": previews} if previews else {}
            return Asked(route="segmind/v2", raw=raw, sent=body, ignored=useless, options=options)
        reply, useless = self._reply(body, headers.get("accept", ""))
        useless += ("previews",) if body.get("previews") is not None else ()
        wanted = _picture_type(headers.get("accept", ""))
        binary = self._services.v1_response == "binary" if reply.binary is None else reply.binary
        if binary and wanted and raw.get("output_format") is None:
            raw["output_format"] = wanted
        return Asked(route="segmind/v1", raw=raw, sent=raw, reply=reply, ignored=useless)

    async def render(self, request: Request, job: Job) -> Response:
        return self._document(job, bodies.result(job, links_of(request, self._services)))

    def render_error(self, error: ImagendError) -> Response:
        body = {"error": error.message}
        if isinstance(error, IdempotencyMismatch | ExpiredRequest | BlobMissing | ModelUnavailable):
            body["code"] = error.code
        return json_answer(body, status_of(error), headers_of(error))

    # --- answers

    def _reply(self, body: Mapping[str, object], accept: str) -> tuple[Reply, tuple[str, ...]]:
        """First match wins: base64, response_format, Accept, the key's or server's setting. Also: useless values."""
        inline, shape = _flag(body.get("base64")), body.get("response_format")
        useless = ("base64",) if inline is None else ()
        if shape is not None and not (isinstance(shape, str) and shape in _RESPONSE_FORMATS):
            useless, shape = (*useless, "response_format"), None
        if inline or shape == "b64_json":
            return Reply(inline=True), useless
        if shape is not None:
            return Reply(binary=shape == "binary"), useless
        if _names_picture(accept):
            return Reply(binary=True), useless
        return Reply(binary=None), useless

    async def _pictures(self, request: Request, placed: Placed) -> Response:
        """The answer to a caller who waited: bytes, or the result body with or without the pictures in it."""
        job, reply = placed.job, placed.asked.reply
        assert isinstance(job.outcome, Success)
        shape = placed.key.v1_response or self._services.v1_response
        if reply.binary or (reply.binary is None and shape == "binary"):
            first = job.outcome.images[0]
            return Response(await self._read(first), headers=bodies.headers(job), media_type=first.media_type)
        body = bodies.result(job, links_of(request, self._services))
        if reply.inline:
            encoded = [base64.b64encode(await self._read(image)).decode() for image in job.outcome.images]
            body |= bodies.inline(job.outcome.images, encoded)
        return json_answer(body, headers=bodies.headers(job))

    async def _read(self, image: ImageRef) -> bytes:
        return await run_in_threadpool(self._services.blobs.read, image.key)

    def _failed(self, job: Job, failure: Failure, request: Request) -> Response:
        """422 with the FAILED body for what the request asked; 500, 502 and 504 for the server's own trouble."""
        status = status_of_failure(failure.code)
        if status == status_of(TimedOut()):
            return json_answer({"error": TimedOut().message}, status, bodies.headers(job))
        return json_answer(bodies.status(job, links_of(request, self._services)), status, bodies.headers(job))

    def _document(self, job: Job, body: Mapping[str, object]) -> Response:
        return json_answer(body, 422 if isinstance(job.outcome, Failure) else 200, {"x-request-id": job.id})


def _flag(value: object) -> bool | None:
    """None for what is no flag."""
    try:
        return False if value is None else read_flag("base64", value)
    except BadParameter:
        return None


def _media_ranges(accept: str) -> list[str]:
    return [part.partition(";")[0].strip().lower() for part in accept.split(",")]


def _names_picture(accept: str) -> bool:
    ranges = _media_ranges(accept)
    return "application/json" not in ranges and any(name.startswith("image/") for name in ranges)


def _picture_type(accept: str) -> str | None:
    """The first format of ours that the header names, if any."""
    formats = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    return next((formats[name] for name in _media_ranges(accept) if name in formats), None)
