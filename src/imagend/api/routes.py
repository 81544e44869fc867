"""Routes whose path is fixed, where a pattern such as /v1/{slug} would take it for something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imagend.api.errors import WrongMethod


def only(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> list[Route]:
    """A fixed path: other methods are wrong here, whatever patterns follow."""

    async def wrong(_: Request) -> Response:
        raise WrongMethod("GET, HEAD" if method == "GET" else method)

    return [
        Route(path, endpoint, methods=[method]),
        Route(path, wrong, methods=["POST", "PUT", "PATCH", "DELETE"]),
    ]
