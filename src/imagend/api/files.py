"""Public links to pictures and uploaded files: signed, expiring, fetched without a key, whole or in part."""

from __future__ import annotations

import math

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from imagend.api.errors import RouteMissing
from imagend.api.ranges import part_of
from imagend.api.services import Services
from imagend.blobs.signing import check
from imagend.desk.assets import MEDIA_TYPES
from imagend.desk.results import FILES, ROWS


def file_routes(services: Services) -> list[BaseRoute]:
    async def picture(request: Request) -> Response:
        name = str(request.path_params["name"])
        return await answer(request, name if name.startswith(f"{ROWS}/") else f"{FILES}/{name}")

    async def asset(request: Request) -> Response:
        return await answer(request, f"a/{request.path_params['name']}")

    async def answer(request: Request, key: str) -> Response:
        """404 alike for tampered and expired: such a link tells nothing. Of a right one whose file is gone it tells."""
        expires = request.query_params.get("expires", "")
        signature = request.query_params.get("signature", "")
        now = services.clock()
        media_type = MEDIA_TYPES.get(key.rpartition(".")[2])
        if media_type is None or not check(services.link_secret, key, expires=expires, signature=signature, now=now):
            raise RouteMissing
        return await _file(request, services, key, _headers(key, media_type, math.floor(int(expires) - now)))

    return [
        Route("/generations/{name:path}", picture, methods=["GET"]),
        Route("/assets/{name:path}", asset, methods=["GET"]),
    ]


async def _file(request: Request, services: Services, key: str, headers: dict[str, str]) -> Response:
    """The file, or the part asked for; nothing is read before the client can have it."""
    size = (await run_in_threadpool(services.blobs.stat, key)).size
    part = part_of(request.headers, size, headers["etag"])
    if part is None:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}", "content-length": "0"})
    headers["content-length"] = str(len(part))
    if part.stop - part.start != size:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    status = 206 if "content-range" in headers else 200
    if request.method == "HEAD" or not part:
        return Response(status_code=status, headers=headers)
    pieces = await run_in_threadpool(services.blobs.pieces, key, part.start, part.stop)
    return StreamingResponse(pieces, status_code=status, headers=headers)


def _headers(key: str, media_type: str, seconds_left: int) -> dict[str, str]:
    name = key.rpartition("/")[2]
    return {
        "content-type": media_type,
        "cache-control": f"public, max-age={seconds_left}, immutable",
        "content-disposition": f'inline; filename="{name}"',
        "etag": f'"{name.partition(".")[0]}"',
        "accept-ranges": "bytes",
        "cross-origin-resource-policy": "cross-origin",
    }
