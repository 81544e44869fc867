"""The whole document, and its route: GET /openapi.json."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.openapi import google, house, openai, segmind
from imagend.core.catalog import Catalog

_ABOUT = (
    "Image generation in three dialects: Segmind's (v1 waits, v2 queues), Google's (:predict, :generateContent) and "
    "OpenAI's (images). One key serves all, in any of the headers below."
)


def document(catalog: Catalog, version: str) -> dict[str, Any]:
    """OpenAPI 3.1 as plain JSON. Fields, ranges and defaults are those of the cards."""
    keys = {
        "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "x-goog-api-key": {"type": "apiKey", "in": "header", "name": "x-goog-api-key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "imagend", "version": version, "description": _ABOUT},
        "security": [{name: []} for name in keys],
        "components": {"securitySchemes": keys},
        "paths": {**segmind.paths(catalog), **google.paths(catalog), **openai.paths(catalog), **house.paths()},
    }


def document_routes(catalog: Catalog, version: str) -> list[BaseRoute]:
    whole = document(catalog, version)

    async def answer(_: Request) -> Response:
        return json_answer(whole)

    return [Route("/openapi.json", answer)]
