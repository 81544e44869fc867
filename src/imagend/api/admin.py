"""For operators: is it alive, how long is the queue, what is here."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.services import Services
from imagend.core.errors import StorageUnavailable


def admin_routes(services: Services) -> list[BaseRoute]:
    async def health(_: Request) -> Response:
        """200 while requests can be taken, 503 while the database cannot be read. No key, no secrets."""
        try:
            counts = await run_in_threadpool(services.desk.counts)
        except StorageUnavailable as error:
            return json_answer({"status": "unavailable", "error": error.message}, 503)
        return json_answer({"status": "ok", "version": services.version, "queue": counts})

    async def index(_: Request) -> Response:
        return json_answer(
            {
                "name": "imagend",
                "version": services.version,
                "generate": ["POST /v1/{model}", "POST /v2/{model}"],
                "requests": ["GET /v2/requests/{id}/status", "GET /v2/requests/{id}", "DELETE /v2/requests/{id}"],
                "models": "GET /inference-model-information/list",
                "credits": "GET /v1/get-user-credits",
                "health": "GET /health",
            }
        )

    return [Route("/", index), Route("/health", health), Route("/healthz", health)]
