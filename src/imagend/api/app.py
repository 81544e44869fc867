"""The ASGI application: routes of every dialect under one edge. No lifespan; the wiring owns what lives."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from imagend.api.admin import admin_routes
from imagend.api.dialects.base import Dialect
from imagend.api.dialects.google import Google
from imagend.api.dialects.model_lists import ModelLists
from imagend.api.dialects.openai import OpenAI
from imagend.api.dialects.segmind import Segmind
from imagend.api.edge import Edge
from imagend.api.errors import RouteMissing, WrongMethod
from imagend.api.events import Events
from imagend.api.files import file_routes
from imagend.api.openapi.document import document_routes
from imagend.api.operators import Operators
from imagend.api.orders import Orders
from imagend.api.probes import health_routes, metrics_route
from imagend.api.services import Services
from imagend.api.usage import UsageRoutes
from imagend.core.errors import BadRequest, ImagendError


def create_app(services: Services) -> Starlette:
    """Everything clients see. `app.state.close_streams()` ends what would else never end, so that a server can stop;
    `app.state.open_streams()` counts them.

    Each dialect words the errors under its own paths; the last one owns the rest."""
    orders = Orders(services)
    dialects: tuple[Dialect, ...] = (Google(orders, services), OpenAI(orders, services), Segmind(orders, services))
    lists = ModelLists(orders, services).routes()
    events = Events(orders, services)

    def render_error(path: str, error: ImagendError) -> Response:
        return next(dialect for dialect in dialects if dialect.owns(path)).render_error(error)

    async def refuse(request: Request, error: Exception) -> Response:
        return render_error(request.scope["path"], _ours(error))

    app = Starlette(
        routes=[
            *admin_routes(services),
            *health_routes(services.readiness),
            *metrics_route(orders, services),
            *file_routes(services),
            *document_routes(services.catalog, services.version),
            *Operators(orders, services).routes(),
            *UsageRoutes(orders, services).routes(),
            *events.routes(),
            *dialects[0].routes(),
            *lists,  # after /v1/models/{model}:{verb}, before /v1/{slug}
            *(route for dialect in dialects[1:] for route in dialect.routes()),
        ],
        middleware=[
            Middleware(
                Edge, make_id=services.make_id, render_error=render_error, watch=services.watch, tracer=services.tracer
            )
        ],
        exception_handlers={ImagendError: refuse, HTTPException: refuse},
    )
    app.router.redirect_slashes = False
    app.state.close_streams = events.close
    app.state.open_streams = events.count
    return app


def _ours(error: Exception) -> ImagendError:
    """The framework's own refusals in our words."""
    if isinstance(error, ImagendError):
        return error
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return RouteMissing()
    if error.status_code == 405:
        return WrongMethod((error.headers or {}).get("Allow", ""))
    return BadRequest(str(error.detail))
