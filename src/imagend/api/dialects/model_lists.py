"""Lists of models. /v1/models is asked by OpenAI's clients and by Google's: one body serves both.

GET /v1/models   /v1/models/{id}                                rows with the keys of both
GET [/prefix][/{version}]/models[/{id}]                         Gemini's
GET [/prefix][/{version}][...]/publishers/google/models[/{id}]  Vertex's
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.dialects import google_errors
from imagend.api.dialects.google_paths import from_google_client, leads_to_models, names_publisher, with_key_of_query
from imagend.api.errors import RouteMissing
from imagend.api.orders import Orders
from imagend.api.routes import only
from imagend.api.services import Services
from imagend.core.card import ModelCard
from imagend.core.errors import ImagendError, UnknownModel

_VERBS = ["predict", "generateContent"]


class ModelLists:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._catalog = services.catalog

    def routes(self) -> Sequence[BaseRoute]:
        return [
            *only("/v1/models", self.shared, "GET"),
            *only("/v1/models/{model:path}", self.shared, "GET"),
            Route("/{before:path}models", self.google),
            Route("/{before:path}models/{model:path}", self.google),
        ]

    async def shared(self, request: Request) -> Response:
        """A refusal is worded for the caller that asks; those without a Google key hear it from the path's dialect."""
        if not from_google_client(request):
            return await self._shared(request, "authorization")
        try:
            return await self._shared(with_key_of_query(request), "x-goog-api-key")
        except ImagendError as error:
            return google_errors.refusal(error)

    async def _shared(self, request: Request, native: str) -> Response:
        name = request.path_params.get("model")
        cards = await self._permitted(request, native)
        if name is not None:
            card = self._find(cards, name)
            return json_answer({**_openai_row(card, name), **_gemini_row(card, name)})
        rows = [{**_openai_row(card, card.slug), **_gemini_row(card, _listed(card))} for card in cards]
        return json_answer({"object": "list", "data": rows, "models": rows})

    async def google(self, request: Request) -> Response:
        before, name = request.path_params["before"], request.path_params.get("model")
        if not leads_to_models(before):
            raise RouteMissing
        cards = await self._permitted(with_key_of_query(request), "x-goog-api-key")
        row, key = (_vertex_row, "publisherModels") if names_publisher(before) else (_gemini_row, "models")
        if name is not None:
            return json_answer(row(self._find(cards, name), name))
        return json_answer({key: [row(card, _listed(card)) for card in cards]})

    async def _permitted(self, request: Request, native: str) -> list[ModelCard]:
        """The models that the caller's key may use. Raises Unauthenticated."""
        key = await self._orders.key(request, native)
        return [card for card in self._catalog if key.models is None or card.slug in key.models]

    def _find(self, cards: Sequence[ModelCard], name: str) -> ModelCard:
        """Raises UnknownModel, also for a model that the key may not use."""
        card = self._catalog.find(name)
        if card not in cards:
            raise UnknownModel(name)
        return card


def _listed(card: ModelCard) -> str:
    """The name under which Google's lists show a card."""
    return next(iter(card.google_ids), card.slug)


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _openai_row(card: ModelCard, name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": card.released_at, "owned_by": "imagend"}


def _gemini_row(card: ModelCard, name: str) -> dict[str, Any]:
    return {
        "name": f"models/{_bare(name)}",
        "baseModelId": card.slug,
        "version": _version(name),
        "displayName": card.title,
        "description": card.description,
        "supportedGenerationMethods": _VERBS,
    }


def _vertex_row(card: ModelCard, name: str) -> dict[str, Any]:
    return {
        "name": f"publishers/google/models/{_bare(name)}",
        "versionId": _version(name),
        "displayName": card.title,
        "description": card.description,
        "launchStage": "GA",
        "publisherModelTemplate": f"publishers/google/models/{_bare(name)}",
        "supportedActions": {},
    }


def _version(name: str) -> str:
    """The number at the end of a Google id: imagen-4.0-generate-001 -> 001."""
    last = name.rpartition("-")[2]
    return last if last.isdecimal() and len(last) == 3 else "1"
