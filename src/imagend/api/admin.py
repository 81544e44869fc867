"""For operators: is it alive, how long is the queue, what is here."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.pages import Pages, wants_page
from imagend.api.services import Services
from imagend.core.errors import StorageUnavailable

#: What a person who opens the address in a browser wants to know; the document has all of it.
_ROUTES = {
    "segmind": ["POST /v1/{model}", "POST /v2/{model}", "POST /workflows/{model}", "POST /upload-asset"],
    "google": [
        "POST /v1beta/models/{model}:predict",
        "POST /v1beta/models/{model}:generateContent",
        "POST /v1beta1/publishers/google/models/{model}:predict",
    ],
    "openai": ["POST /v1/images/generations"],
    "requests": [
        "GET /v2/requests/{id}/status",
        "GET /v2/requests/{id}",
        "GET /v2/requests/{id}/events",
        "DELETE /v2/requests/{id}",
        "GET /inference-request/request-history",
    ],
    "models": ["GET /v1/models", "GET /v1beta/models", "GET /inference-model-information/list"],
    "account": ["GET /v1/get-user-credits", "GET /v1/usage", "GET /webhook/get", "POST /webhook/add"],
    "operators": ["GET /admin/accounts", "GET /admin/keys", "GET /admin/quarantine", "GET /admin/usage"],
    "health": ["GET /health", "GET /health/live", "GET /health/ready", "GET /metrics"],
}


def admin_routes(services: Services, pages: Pages | None = None) -> list[BaseRoute]:
    async def health(_: Request) -> Response:
        """200 while requests can be taken, 503 while the database cannot be read. No key, no secrets."""
        try:
            counts = await run_in_threadpool(services.desk.counts)
            stopped = await run_in_threadpool(services.desk.breakers.states)
        except StorageUnavailable as error:
            return json_answer({"status": "unavailable", "error": error.message}, 503)
        answer = {"status": "ok", "version": services.version, "queue": counts}
        return json_answer(answer | ({"models_stopped": stopped} if stopped else {}))

    async def index(request: Request) -> Response:
        """The routes; to a browser the web pages, in place."""
        if pages is not None and wants_page(request):
            return await pages.document(request)
        said = {"name": "imagend", "version": services.version, "document": "/openapi.json", "routes": _ROUTES}
        return json_answer(said if pages is None else said | {"pages": "/ui/"})

    return [Route("/", index), Route("/health", health), Route("/healthz", health)]
