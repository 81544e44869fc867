"""The whole document, and its route: GET /openapi.json."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.openapi import google, hooks, house, openai, operators, segmind, segmind_lists
from imagend.api.openapi.parts import KEYS, UNREAD, Schema, responses
from imagend.core.catalog import Catalog

_ABOUT = (
    "Image generation in three dialects: Segmind's (v1 waits, v2 queues), Google's (:predict, :generateContent) and "
    "OpenAI's (images). One key serves all, in any of three headers; if several are sent, the one that an operation "
    "names first counts. Paths may have doubled or trailing slashes, and every GET has a HEAD."
)


def document(catalog: Catalog, version: str) -> dict[str, Any]:
    """OpenAPI 3.1 as plain JSON. Fields, ranges and defaults are those of the cards."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "imagend", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "components": {"securitySchemes": KEYS, "schemas": _schemas(), "responses": _responses()},
        "paths": {
            **segmind.paths(catalog),
            **segmind_lists.paths(),
            **google.paths(catalog),
            **openai.paths(catalog),
            **hooks.paths(),
            **operators.paths(catalog),
            **house.paths(),
        },
    }


def _schemas() -> dict[str, Schema]:
    return {**segmind.SCHEMAS, **google.SCHEMAS, **openai.SCHEMAS, **hooks.SCHEMAS, **operators.SCHEMAS}


def _responses() -> dict[str, Schema]:
    return {
        **responses("unread", segmind.ERROR, UNREAD),
        **segmind.RESPONSES,
        **google.RESPONSES,
        **openai.RESPONSES,
    }


def document_routes(catalog: Catalog, version: str) -> list[BaseRoute]:
    whole = document(catalog, version)

    async def answer(_: Request) -> Response:
        return json_answer(whole)

    return [Route("/openapi.json", answer)]
