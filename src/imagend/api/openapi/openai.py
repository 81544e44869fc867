"""The OpenAI dialect's operations."""

from __future__ import annotations

from typing import Any

from imagend.api.dialects.openai_fields import MODERATION, QUALITIES
from imagend.api.openapi.accepts import accepted, integers, required_text
from imagend.api.openapi.parts import (
    ANY_OBJECT,
    HOOK_URL,
    INTEGER,
    MAX_NAMES,
    TEXT,
    Schema,
    in_path,
    listed,
    nullable,
    operation,
    referred,
    refusals,
    responses,
    said,
    shape,
)
from imagend.api.openapi.segmind import IGNORED, ORDER_HEADERS
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.loras import LORAS
from imagend.core.params import Choice, Flag, Integer, Size, Text

TAG, DIALECT, KEY = "OpenAI", "openai", "bearer"
_WORDS = nullable(TEXT)
SCHEMAS: dict[str, Schema] = {
    "OpenAIError": shape({"error": shape({"message": TEXT, "type": TEXT, "param": _WORDS, "code": _WORDS})}),
    "OpenAIModel": shape({"id": TEXT, "object": {"const": "model"}, "created": INTEGER, "owned_by": TEXT}),
}
READING = (400, 401, 403, 404, 405, 429, 500, 503)
POSTING = (*READING, 409, 413, 504)
RESPONSES = responses(DIALECT, referred("OpenAIError"), POSTING)
_IMAGE = shape({"revised_prompt": TEXT, "seed": INTEGER}, b64_json=TEXT, url=TEXT)
_MADE = shape(
    {"created": INTEGER, "data": listed(_IMAGE) | {"minItems": 1}, "output_format": TEXT, "size": TEXT,
     "quality": TEXT, "background": TEXT, "usage": ANY_OBJECT}
)  # fmt: skip
_EVENT = shape({"data": TEXT}, event=TEXT) | {"description": "each event; data is JSON"}
_HEADERS = IGNORED | {
    "openai-processing-ms": said("milliseconds", INTEGER),
    "x-seed-value": said("the first picture's seed", INTEGER),
}
_EXAMPLE = {"prompt": "a cabin in the snow at sunrise", "size": "1024x1024"}


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    names = [name for each in catalog for name in (each.slug, *each.google_ids)]
    at = in_path("model", {"type": "string", "enum": names})
    row = referred("OpenAIModel")
    rows = shape({"object": {"const": "list"}, "data": listed(row), "models": listed(row)})
    return {
        "/v1/images/generations": {"post": _images(next(iter(catalog)), names, _loras(catalog))},
        "/v1/images/edits": {"post": _edits("edits")},
        "/v1/images/variations": {"post": _edits("variations")},
        "/v1/models": {"get": _models("openai_models", "models; rows serve Google's clients too", rows)},
        "/v1/models/{model}": {"get": _models("openai_model", "one model", row, at)},
    }


def _images(card: ModelCard, names: list[str], loras: dict[str, Schema]) -> Schema:
    answers: dict[int, Any] = {
        **refusals(DIALECT, POSTING),
        200: {"application/json": _MADE, "text/event-stream": _EVENT},
    }
    return operation(
        "images", "make pictures; stream: true answers with events", TAG, answers,
        body=_body(card, names, loras), example=_EXAMPLE, parameters=ORDER_HEADERS, headers=_HEADERS, native=KEY,
    )  # fmt: skip


def _edits(name: str) -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, (400, 401, 403, 405, 429, 500, 503))}
    return operation(name, "not supported", TAG, answers, native=KEY)


def _models(name: str, about: str, found: Schema, *parameters: Schema) -> Schema:
    """A refusal is worded for the client that asks: one with Google's key hears it as Google would say it."""
    refused: dict[int, Any] = refusals(DIALECT, READING)
    for status in (401, 403, 404, 429, 500, 503):
        refused[status] = {"anyOf": [referred("OpenAIError"), referred("GoogleError")]}
    return operation(name, about, TAG, {**refused, 200: found}, parameters=parameters, native=KEY)


def _loras(catalog: Catalog) -> dict[str, Schema]:
    """What each model that has some takes in this field, under the field's name."""
    found = [card.params[LORAS].schema() | {"title": card.slug} for card in catalog if LORAS in card.params]
    return {LORAS: nullable({"anyOf": found})} if found else {}


def _body(card: ModelCard, names: list[str], loras: dict[str, Schema]) -> Schema:
    param = {name: accepted(card.params[name]) for name in card.params}
    exact = card.params["size"]
    assert isinstance(exact, Size)
    side = accepted(Integer(minimum=exact.minimum, maximum=exact.maximum))
    extras = ("negative_prompt", "seed", "steps", "guidance_scale", "scheduler", "person_generation",
              "safety_filter_level", "aspect_ratio", "output_format")  # fmt: skip
    word = accepted(Text(max_length=512))
    metadata = {
        "type": "object",
        "maxProperties": 16,
        "propertyNames": {"maxLength": 64},
        "additionalProperties": {"type": "string", "maxLength": 512},
    }
    body = shape(
        {"prompt": required_text(card.params["prompt"])},
        model=nullable({"type": "string", "enum": names}),
        n=param["num_images"] | {"default": 1},
        size=nullable({"type": "string", "pattern": _sizes(card, exact)}) | {"default": "auto"},
        quality=accepted(Choice(choices=tuple(QUALITIES))),
        response_format=accepted(Choice(choices=("url", "b64_json"))),
        output_compression=accepted(Integer(minimum=0, maximum=100)),
        background=accepted(Choice(choices=("opaque", "auto"))),
        style=accepted(Choice(choices=("vivid", "natural"))),
        moderation=accepted(Choice(choices=tuple(MODERATION))),
        stream=accepted(Flag()),
        partial_images=accepted(Integer(minimum=0, maximum=3)),
        user=word,
        safety_identifier=word,
        metadata=nullable(metadata),
        webhook_url=nullable(HOOK_URL),
        width=side,
        height=side,
        **{name: param[name] for name in extras},
        **loras,
    )
    return body | MAX_NAMES


def _sizes(card: ModelCard, exact: Size) -> str:
    side = f"(?:{integers(exact.minimum, exact.maximum)})"
    ratios = "|".join(card.params["aspect_ratio"].schema()["enum"])
    return f"^(?:auto|{side}x{side}|{ratios})$"
