"""`GET /internal/scale`: how many workers there should be, as JSON, for our pools and for KEDA's metrics-api scaler."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imagend.core.errors import StorageUnavailable
from imagend.core.wire import TOKEN_HEADER
from imagend.desk.scaling import Figure, Scaler

BEARER = "Bearer "


def scale_route(scaler: Scaler, tokens: Sequence[str]) -> Route:
    """tokens: any of them may ask, as `x-worker-token` or as `Authorization: Bearer`."""
    expected = [token.encode() for token in tokens]

    async def scale(request: Request) -> Response:
        given = request.headers.get(TOKEN_HEADER) or request.headers.get("authorization", "").removeprefix(BEARER)
        if not any(hmac.compare_digest(given.encode("latin-1"), token) for token in expected):
            return JSONResponse({"code": "unauthenticated", "error": "the token is missing or wrong"}, 401)
        try:
            figures = await asyncio.to_thread(scaler.figures)
        except StorageUnavailable as error:
            return JSONResponse({"code": error.code, "error": error.message}, 503)
        with_holders = request.query_params.get("holders") == "true"
        return JSONResponse({"backends": {name: _body(one, with_holders) for name, one in figures.items()}})

    return Route("/internal/scale", scale, methods=["GET"])


def _body(figure: Figure, with_holders: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "queued": figure.queued,
        "running": figure.running,
        "predicted_seconds": round(figure.predicted_seconds, 3),
        "workers": figure.workers,
        "target": figure.target,
    }
    return body | ({"holders": sorted(figure.holders)} if with_holders else {})
