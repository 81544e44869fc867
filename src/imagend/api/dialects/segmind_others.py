"""The Segmind dialect's smaller namespaces: account, PixelFlow, fine-tuning.

GET  /api/auth/authenticate       who this key is
POST /workflows/{slug}            every model is a workflow of one node; polled below, FAILED is HTTP 200 there
POST /workflows/v2/{slug}         the same on the v2 contract
GET  /workflows/request/{id}
*    /finetune/request/...        not offered: the answers say so in the shapes that clients read
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.dialects import segmind_bodies as bodies
from imagend.api.dialects.base import Reader
from imagend.api.errors import ModelRetired, RouteMissing
from imagend.api.orders import Orders
from imagend.api.services import Services
from imagend.api.urls import Links, base_url, links_of
from imagend.core.job import Job
from imagend.core.ledger import to_credits
from imagend.core.outcome import Failure, Success

NO_FINETUNING = "Fine-tuning is not available on this server"


class SegmindOthers:
    def __init__(self, dialect: Reader, orders: Orders, services: Services) -> None:
        """dialect: reads the bodies of workflows, which are those of the models themselves."""
        self._dialect = dialect
        self._orders = orders
        self._services = services

    def routes(self) -> Sequence[BaseRoute]:
        tuning = "/finetune/request"
        return [
            Route("/api/auth/authenticate", self.account),
            Route("/workflows/request/{request_id}", self.workflow_state),
            Route("/workflows/v2/{slug}", self.workflow_on_v2, methods=["POST"]),
            Route("/workflows/{slug}", self.workflow, methods=["POST"]),
            Route(f"{tuning}/list", self.no_tunings),
            Route(f"{tuning}/submit", self.no_tuning, methods=["POST"]),
            Route(f"{tuning}/upload/pre-signed-url", self.no_tuning),
            Route(f"{tuning}/access-update", self.no_tuning, methods=["PUT"]),
            Route(f"{tuning}/details", self.unknown_tuning),
            Route(f"{tuning}/file/download", self.unknown_tuning),
        ]

    async def account(self, request: Request) -> Response:
        key = await self._orders.key(request)
        balance = await run_in_threadpool(self._services.accounts.balance, key.account_id)
        return json_answer(
            {
                "user_id": key.account_id,
                "email": "",
                "username": key.name,
                "account_type": "self-hosted",
                "subscription": {"plan": "self-hosted", "status": "active"},
                "credits": {"balance": to_credits(balance.available), "held": to_credits(balance.held)},
                "usage": {"credits_spent": to_credits(balance.spent)},
                "scopes": sorted(key.scopes),
            }
        )

    async def workflow(self, request: Request) -> Response:
        placed = await self._orders.submit(request, self._dialect, request.path_params["slug"])
        poll_url = f"{base_url(request, self._services)}/workflows/request/{placed.job.id}"
        body = {"request_id": placed.job.id, "status": "QUEUED", "poll_url": poll_url, "message": "Workflow queued"}
        return json_answer(body, headers={**bodies.headers(placed.job), **placed.headers})

    async def workflow_on_v2(self, request: Request) -> Response:
        placed = await self._orders.submit(request, self._dialect, request.path_params["slug"])
        body = bodies.submitted(placed.job, links_of(request, self._services))
        return json_answer(body, headers={**bodies.headers(placed.job), **placed.headers})

    async def workflow_state(self, request: Request) -> Response:
        job = await self._orders.look(request, request.path_params["request_id"])
        return json_answer(_state(job, links_of(request, self._services)), headers={"x-request-id": job.id})

    async def no_tunings(self, request: Request) -> Response:
        await self._orders.key(request)
        return json_answer([])

    async def no_tuning(self, request: Request) -> Response:
        await self._orders.key(request)
        raise ModelRetired(NO_FINETUNING)

    async def unknown_tuning(self, request: Request) -> Response:
        await self._orders.key(request)
        raise RouteMissing(NO_FINETUNING)


def _state(job: Job, links: Links) -> dict[str, object]:
    """FAILED is a state like the others here; `output` is JSON inside a string, as clients parse it."""
    state: dict[str, object] = {"request_id": job.id, "status": str(job.shown_state), "output": ""}
    if isinstance(job.outcome, Failure):
        return state | {"error_message": {"message": job.outcome.message, "code": job.outcome.code}}
    if isinstance(job.outcome, Success):
        assert job.finished_at is not None
        urls = [links.picture(image.key, job.finished_at) for image in job.outcome.images]
        names = ["image" if len(urls) == 1 else f"image_{number}" for number in range(1, len(urls) + 1)]
        nodes = [
            {"keyname": name, "value": {"data": url, "type": "image"}} for name, url in zip(names, urls, strict=True)
        ]
        return state | {"output": msgspec.json.encode(nodes).decode()}
    return state
