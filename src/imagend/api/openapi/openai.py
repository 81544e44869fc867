"""The OpenAI dialect's operations."""

from __future__ import annotations

from typing import Any

from imagend.api.dialects.openai_fields import MODERATION, QUALITIES
from imagend.api.openapi.accepts import accepted, integers, required_text
from imagend.api.openapi.parts import INTEGER, TEXT, Schema, in_path, listed, nullable, operation, refusals, shape
from imagend.api.openapi.segmind import ORDER_HEADERS
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.params import Choice, Flag, Integer, Size, Text

TAG = "OpenAI"
_WORDS = nullable(TEXT)
ERROR = shape({"error": shape({"message": TEXT, "type": TEXT, "param": _WORDS, "code": _WORDS})})
READING = (401, 403, 404, 405, 429, 500, 503)
POSTING = (400, *READING, 409, 413, 415, 504)
_IMAGE = shape(b64_json=TEXT, url=TEXT, revised_prompt=TEXT, seed=INTEGER)


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    card = next(iter(catalog))
    names = [name for each in catalog for name in (each.slug, *each.google_ids)]
    made = shape({"created": INTEGER, "data": listed(_IMAGE), "output_format": TEXT, "size": TEXT, "quality": TEXT})
    answers: dict[int, Any] = {
        **refusals(ERROR, POSTING),
        200: {"application/json": made, "text/event-stream": TEXT},
    }
    body = _body(card, names)
    row = shape({"id": TEXT, "object": {"const": "model"}, "created": INTEGER, "owned_by": TEXT})
    refused = refusals(ERROR, READING)
    rows = {**refused, 200: shape({"object": {"const": "list"}, "data": listed(row), "models": listed(row)})}
    one = {**refused, 200: row}
    at = [in_path("model", {"type": "string", "enum": names})]
    edits = refusals(ERROR, (400, 401, 403, 405, 413, 429, 500, 503))
    summary = "make pictures; stream: true answers with events"
    return {
        "/v1/images/generations": {
            "post": operation("images", summary, TAG, answers, body=body, parameters=ORDER_HEADERS)
        },
        "/v1/images/edits": {"post": operation("edits", "not supported", TAG, edits)},
        "/v1/images/variations": {"post": operation("variations", "not supported", TAG, edits)},
        "/v1/models": {"get": operation("openai_models", "models; rows serve Google's clients too", TAG, rows)},
        "/v1/models/{model}": {"get": operation("openai_model", "one model", TAG, one, parameters=at)},
    }


def _body(card: ModelCard, names: list[str]) -> Schema:
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
        width=side,
        height=side,
        **{name: param[name] for name in extras},
    )
    return body | {"maxProperties": 100}


def _sizes(card: ModelCard, exact: Size) -> str:
    side = f"(?:{integers(exact.minimum, exact.maximum)})"
    ratios = "|".join(card.params["aspect_ratio"].schema()["enum"])
    return f"^(?:auto|{side}x{side}|{ratios})$"
