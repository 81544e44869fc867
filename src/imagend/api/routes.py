"""Routes with one method, whose paths a later pattern such as /v1/{slug} would take for something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imagend.api.errors import WrongMethod

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def only(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> list[Route]:
    """A path with one method (GET has HEAD beside it): others are wrong here, whatever patterns follow."""

    async def wrong(_: Request) -> Response:
        raise WrongMethod("GET, HEAD" if method == "GET" else method)

    others = [other for other in _METHODS if other != method]
    return [Route(path, endpoint, methods=[method]), Route(path, wrong, methods=others)]
