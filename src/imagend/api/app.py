"""The ASGI application: routes of every dialect under one edge. No lifespan; the wiring owns what lives."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp

from imagend.api.admin import admin_routes
from imagend.api.dialects.base import Dialect
from imagend.api.dialects.google import Google
from imagend.api.dialects.model_lists import ModelLists
from imagend.api.dialects.openai import OpenAI
from imagend.api.dialects.segmind import Segmind
from imagend.api.edge import Edge
from imagend.api.events import Events
from imagend.api.files import file_routes
from imagend.api.openapi.document import document_routes
from imagend.api.operators import Operators
from imagend.api.orders import Orders
from imagend.api.pages import Pages
from imagend.api.probes import health_routes, metrics_route
from imagend.api.routes import Switchboard
from imagend.api.services import Services
from imagend.api.usage import UsageRoutes
from imagend.core.errors import ImagendError


class Application(Starlette):
    """Starlette's, without its two layers for errors: the edge has those of every kind."""

    def build_middleware_stack(self) -> ASGIApp:
        edge: ASGIApp = self.state.edge(Switchboard(self.routes))
        return edge


def create_app(services: Services) -> Starlette:
    """Everything clients see. `app.state.close_streams()` ends what would else never end, so that a server can stop;
    `app.state.open_streams()` counts them.

    Each dialect words the errors under its own paths; the last one owns the rest."""
    orders = Orders(services)
    dialects: tuple[Dialect, ...] = (Google(orders, services), OpenAI(orders, services), Segmind(orders, services))
    lists = ModelLists(orders, services).routes()
    events = Events(orders, services)
    pages = Pages(
        services.page_files, version=services.version, keyless=services.open_key is not None,
        picture_origins=services.picture_origins,
    ) if services.page_files else None  # fmt: skip

    def render_error(path: str, error: ImagendError) -> Response:
        return next(dialect for dialect in dialects if dialect.owns(path)).render_error(error)

    app = Application(
        routes=[
            *admin_routes(services, pages),
            *(pages.routes() if pages else []),
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
    )
    app.state.edge = partial(
        Edge, make_id=services.make_id, render_error=render_error, watch=services.watch, tracer=services.tracer
    )
    app.state.close_streams = events.close
    app.state.open_streams = events.count
    return app
