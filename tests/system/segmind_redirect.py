"""A client of the hosted SDK whose every request comes here, also those to hosts that are written in its code."""

from __future__ import annotations

import httpx
from segmind import SegmindClient


def client_at(url: str, key: str) -> SegmindClient:
    client = SegmindClient(base_url=f"{url}/v1", api_key=key)
    here = httpx.URL(url)

    def redirect(request: httpx.Request) -> None:
        if request.url.host.endswith("segmind.com"):
            request.url = request.url.copy_with(scheme=here.scheme, host=here.host, port=here.port)
            request.headers["host"] = f"{here.host}:{here.port}"

    client._client.event_hooks["request"].append(redirect)
    return client
