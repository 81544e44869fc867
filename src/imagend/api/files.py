"""Public links to pictures and uploaded files: signed, expiring, fetched without a key."""

from __future__ import annotations

import math

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.errors import RouteMissing
from imagend.api.services import Services
from imagend.blobs.signing import check
from imagend.core.errors import BlobMissing
from imagend.desk.assets import MEDIA_TYPES


def file_routes(services: Services) -> list[BaseRoute]:
    async def picture(request: Request) -> Response:
        return await answer(request, "r")

    async def asset(request: Request) -> Response:
        return await answer(request, "a")

    async def answer(request: Request, top: str) -> Response:
        """404 alike for tampered, expired and forgotten: a link tells nothing but its picture."""
        key = f"{top}/{request.path_params['name']}"
        expires = request.query_params.get("expires", "")
        signature = request.query_params.get("signature", "")
        now = services.clock()
        media_type = MEDIA_TYPES.get(key.rpartition(".")[2])
        if media_type is None or not check(services.link_secret, key, expires=expires, signature=signature, now=now):
            raise RouteMissing
        try:
            data = await run_in_threadpool(services.blobs.read, key)
        except BlobMissing:
            raise RouteMissing from None
        return Response(data, headers=_headers(key, math.floor(int(expires) - now)), media_type=media_type)

    return [
        Route("/generations/{name:path}", picture, methods=["GET"]),
        Route("/assets/{name:path}", asset, methods=["GET"]),
    ]


def _headers(key: str, seconds_left: int) -> dict[str, str]:
    name = key.rpartition("/")[2]
    return {
        "cache-control": f"public, max-age={seconds_left}, immutable",
        "content-disposition": f'inline; filename="{name}"',
        "etag": f'"{name.partition(".")[0]}"',
        "accept-ranges": "none",
        "cross-origin-resource-policy": "cross-origin",
    }
