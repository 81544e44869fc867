"""Routes with one method, whose paths a later pattern such as /v1/{slug} would take for something else; and the way to
a route, which is short however many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from imagend.api.errors import WrongMethod

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def only(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> list[Route]:
    """A path with one method (GET has HEAD beside it): others are wrong here, whatever patterns follow."""

    async def wrong(_: Request) -> Response:
        raise WrongMethod("GET, HEAD" if method == "GET" else method)

    others = [other for other in _METHODS if other != method]
    return [Route(path, endpoint, methods=[method]), Route(path, wrong, methods=others)]


class Switchboard:
    """Asks only the routes whose path begins as the request's does, in their order."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        heads = [_head(getattr(route, "path", "/{any}")) for route in routes]
        self._by_head = {head: _router(routes, heads, head) for head in heads if "{" not in head}
        self._others = _router(routes, heads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        router = self._by_head.get(_head(scope["path"]), self._others)
        await router.app(scope, receive, send)


def _head(path: str) -> str:
    return path[1:].partition("/")[0]


def _router(routes: Sequence[BaseRoute], heads: Sequence[str], head: str | None = None) -> Router:
    fits = [route for route, its in zip(routes, heads, strict=True) if its == head or "{" in its]
    return Router(fits, redirect_slashes=False)
