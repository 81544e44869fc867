"""The Segmind dialect's uploads (SDK namespace `files`): data URLs in, public links out.

POST /upload-asset        {"data_urls": ["data:image/png;base64,...", ...]}
GET  /assets/{name}       signed, expiring, without a key, as pictures are
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from imagend.api.answers import json_answer
from imagend.api.body import read_object
from imagend.api.errors import BodyTooLarge
from imagend.api.orders import Orders
from imagend.api.routes import only
from imagend.api.services import Services
from imagend.api.urls import links_of
from imagend.api.wait import Seats
from imagend.core.errors import BadParameter
from imagend.desk.keys import GENERATE

MAX_FILES = 10
FULL = "Too many uploads are being read; try again when one of them is done"
_DATA_URL = re.compile(r"data:[\w.+-]{1,60}/[\w.+-]{1,60}(?:;[\w.+=-]{1,60})*;base64,", re.ASCII)


class SegmindFiles:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._services = services
        self._seats = Seats(services.max_uploads, services.max_uploads_per_account, FULL)

    def routes(self) -> Sequence[BaseRoute]:
        return only("/upload-asset", self.upload, "POST")

    async def upload(self, request: Request) -> Response:
        key = await self._orders.key(request, scope=GENERATE)
        await self._orders.count(key)
        with self._seats.one(key.account_id):  # a body is held in memory, more than once while it is decoded
            return json_answer(await self._keep(request, key.account_id))

    async def _keep(self, request: Request, account_id: str) -> dict[str, object]:
        body = await read_object(request, self._services.max_upload_body_bytes)
        files = await run_in_threadpool(_decoded, body.get("data_urls"), self._services.max_upload_file_bytes)
        keys = await run_in_threadpool(self._services.assets.store, account_id, files)
        links, now = links_of(request, self._services), self._services.clock()
        urls = [links.asset(blob, now) for blob in keys]
        return {"file_urls": urls, "message": "Files uploaded successfully"}


def _decoded(data_urls: object, most_bytes: int) -> list[bytes]:
    if not isinstance(data_urls, list) or not 1 <= len(data_urls) <= MAX_FILES:
        raise BadParameter("data_urls", f"data_urls must be a list of 1 to {MAX_FILES} data URLs")
    return [_one(url, number, most_bytes) for number, url in enumerate(data_urls)]


def _one(url: object, number: int, most_bytes: int) -> bytes:
    head = _DATA_URL.match(url) if isinstance(url, str) else None
    if head is None or not isinstance(url, str):
        raise BadParameter("data_urls", f"data_urls[{number}] must look like data:image/png;base64,...")
    if (len(url) - head.end()) * 3 // 4 > most_bytes + 2:
        raise BodyTooLarge(most_bytes)
    try:
        return b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise BadParameter("data_urls", f"data_urls[{number}] is not base64") from None
