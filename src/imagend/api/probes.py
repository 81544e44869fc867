"""Health and metrics: for load balancers and operators, on the public port and on a listener of their own.

GET /health/live   200 while the process answers; nothing is looked at
GET /health/ready  200 while requests should come here, else 503; says which part is not well
GET /metrics       Prometheus' text format; on the public port for keys with scope `admin`
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imagend.api.answers import json_answer
from imagend.api.orders import Orders
from imagend.api.services import Services
from imagend.desk.keys import ADMIN
from imagend.desk.readiness import Readiness

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Endpoint = Callable[[Request], Awaitable[Response]]


def health_routes(readiness: Readiness) -> list[Route]:
    async def live(_: Request) -> Response:
        return json_answer({"status": "ok"})

    async def ready(_: Request) -> Response:
        state = await run_in_threadpool(readiness.look)
        said = {"status": "ok" if state.ready else "unavailable", "parts": state.parts}
        return json_answer(said, 200 if state.ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


def metrics_route(orders: Orders, services: Services) -> list[Route]:
    """For the public port."""

    async def metrics(request: Request) -> Response:
        await orders.key(request, scope=ADMIN)
        return await _told(services.metrics)

    return [Route("/metrics", metrics)]


def create_operator_app(metrics: Callable[[], bytes], readiness: Readiness) -> Starlette:
    """For a listener that only operators reach: no keys."""

    async def told(_: Request) -> Response:
        return await _told(metrics)

    return Starlette(routes=[Route("/metrics", told), *health_routes(readiness)])


async def _told(metrics: Callable[[], bytes]) -> Response:
    return Response(await run_in_threadpool(metrics), media_type=METRICS_TYPE)
