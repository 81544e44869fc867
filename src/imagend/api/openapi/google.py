"""The Google dialect's operations."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.accepts import accepted, required_text
from imagend.api.openapi.parts import (
    ANY_OBJECT,
    INTEGER,
    MAX_NAMES,
    TEXT,
    Schema,
    in_path,
    listed,
    nullable,
    operation,
    query,
    referred,
    refusals,
    responses,
    said,
    shape,
)
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.params import Choice, Flag, Integer

TAG, DIALECT, KEY = "Google", "google", "x-goog-api-key"
SCHEMAS: dict[str, Schema] = {
    "GoogleError": shape(
        {"error": shape({"code": INTEGER, "message": TEXT, "status": TEXT, "details": listed(ANY_OBJECT)})}
    ),
    "GoogleModel": shape({"name": TEXT, "displayName": TEXT, "description": TEXT}),
}
READING = (400, 401, 403, 404, 405, 429, 500, 503)
POSTING = (*READING, 409, 413, 499, 504)
RESPONSES = responses(DIALECT, referred("GoogleError"), POSTING)
_COUNT = Integer(minimum=1, maximum=4)
_FLAG = accepted(Flag())
_LANGUAGE = Choice(choices=("auto", "en", "ja", "ko", "hi", "zh", "zh-CN", "zh-TW", "pt", "es"))
_MODALITIES = {"type": "array", "items": {"type": "string", "enum": ["TEXT", "IMAGE"]}, "contains": {"const": "IMAGE"}}
_PREFIXES = {
    "gemini": ("/v1beta/models/", ()),
    "vertex": ("/v1beta1/publishers/google/models/", ()),
    "project": ("/v1/projects/{project}/locations/{location}/publishers/google/models/", ("project", "location")),
}
_SEGMENT = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,30}$"}
_PREDICTION = shape(mimeType=TEXT, bytesBase64Encoded=TEXT, raiFilteredReason=TEXT, safetyAttributes=ANY_OBJECT)
_CANDIDATE = shape({"content": shape({"role": TEXT, "parts": listed(ANY_OBJECT)}), "finishReason": TEXT})
_ANSWER = shape(
    {"usageMetadata": ANY_OBJECT, "modelVersion": TEXT, "responseId": TEXT},
    candidates=listed(_CANDIDATE),
    promptFeedback=shape({"blockReason": TEXT}),
)
_SAID = "a cabin in the snow at sunrise"
_ASKED = {"contents": [{"parts": [{"text": _SAID}]}], "generationConfig": {"responseModalities": ["IMAGE"]}}
#: Verb -> example of a body, answer.
_CALLS: dict[str, tuple[Any, Schema]] = {
    "predict": (
        {"instances": [{"prompt": _SAID}], "parameters": {"sampleCount": 1, "aspectRatio": "16:9"}},
        shape(predictions=listed(_PREDICTION)),
    ),
    "generateContent": (_ASKED, _ANSWER),
    "streamGenerateContent": (
        _ASKED,
        {"application/json": listed(_ANSWER), "text/event-stream": shape({"data": TEXT})},
    ),
}
_HEADERS = {"x-ignored-params": said("what was sent in vain"), "x-seed-value": said("the request's seed", INTEGER)}


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {}
    card = next(iter(catalog))
    names = {"type": "string", "enum": [name for each in catalog for name in (*each.google_ids, each.slug)]}
    bodies = {"predict": _predict(card), "generateContent": _content(card), "streamGenerateContent": _content(card)}
    for client, (prefix, places) in _PREFIXES.items():
        parameters = [in_path("model", names), *(in_path(place, _SEGMENT) for place in places)]
        for verb, body in bodies.items():
            found[f"{prefix}{{model}}:{verb}"] = {"post": _call(verb, client, body, parameters)}
    return found | _lists(names)


def _call(verb: str, client: str, body: Schema, parameters: list[Schema]) -> Schema:
    example, found = _CALLS[verb]
    answers: dict[int, Any] = {**refusals(DIALECT, POSTING), 200: found}
    alt = [query("alt", TEXT, "sse: server-sent events")] if verb.startswith("stream") else []
    return operation(
        f"{verb}_{client}", f"{verb}, as {client} clients ask", TAG, answers,
        body=body, example=example, parameters=[*parameters, *alt], headers=_HEADERS, native=KEY,
    )  # fmt: skip


def _lists(names: Schema) -> dict[str, dict[str, Schema]]:
    row = referred("GoogleModel")
    at, root = in_path("model", names), "/v1beta1/publishers/google/models"
    return {
        "/v1beta/models": {"get": _get("gemini_models", shape({"models": listed(row)}))},
        "/v1beta/models/{model}": {"get": _get("gemini_model", row, at)},
        root: {"get": _get("vertex_models", shape({"publisherModels": listed(row)}))},
        f"{root}/{{model}}": {"get": _get("vertex_model", row, at)},
    }


def _get(name: str, found: Schema, *parameters: Schema) -> Schema:
    answers: dict[int, Any] = {**refusals(DIALECT, READING), 200: found}
    return operation(name, name.replace("_", " "), TAG, answers, parameters=parameters, native=KEY)


def _predict(card: ModelCard) -> Schema:
    param = {name: accepted(card.params[name]) for name in card.params}
    parameters = shape(
        sampleCount=accepted(_COUNT) | {"default": 4},
        aspectRatio=param["aspect_ratio"] | {"default": "1:1"},
        sampleImageSize=nullable({"type": "string", "pattern": "^(?:[12][kK]|1024|2048)$"}),
        negativePrompt=param["negative_prompt"],
        guidanceScale=param["guidance_scale"],
        seed=param["seed"],
        addWatermark=param["add_watermark"],
        personGeneration=param["person_generation"],
        safetySetting=param["safety_filter_level"],
        language=accepted(_LANGUAGE),
        enhancePrompt=_FLAG,
        includeRaiReason=_FLAG,
        includeSafetyAttributes=_FLAG,
        outputOptions=nullable(_files(card)),
        storageUri={"type": "null", "description": "not supported: pictures are in the answer"},
    )
    instance = shape({"prompt": required_text(card.params["prompt"])})
    unsupported = {"type": "null", "description": "not supported: pictures are not edited"}
    instance["properties"] |= dict.fromkeys(("image", "mask", "referenceImages"), unsupported)
    instances = {"type": "array", "items": instance, "minItems": 1, "maxItems": 1}
    words = {"type": "string", "maxLength": 63}
    labels = {"type": "object", "additionalProperties": words, "propertyNames": words, "maxProperties": 64}
    return shape({"instances": instances}, parameters=nullable(parameters), labels=nullable(labels)) | MAX_NAMES


def _files(card: ModelCard) -> Schema:
    kinds = "|".join("".join(f"[{a}{a.upper()}]" for a in word) for word in ("png", "jpeg", "webp"))
    mime = {"type": "string", "pattern": f"^[iI][mM][aA][gG][eE]/(?:{kinds})$"}
    return shape(mimeType=nullable(mime), compressionQuality=accepted(card.params["quality"]))


def _content(card: ModelCard) -> Schema:
    prompt = required_text(card.params["prompt"])
    part = shape({"text": prompt}) | {
        "properties": {"text": prompt, "inlineData": {"type": "null"}, "fileData": {"type": "null"}}
    }
    turn = shape({"parts": {"type": "array", "items": part, "minItems": 1}}, role={"enum": ["user", "", None]})
    ratios = {"type": "string", "enum": sorted(card.sizes["1K"])}
    image = shape(aspectRatio=nullable(ratios), imageSize=nullable({"type": "string", "pattern": "^[12][kK]$"}))
    people = card.params["person_generation"]
    image["properties"] |= {"imageOutputOptions": nullable(_files(card)), "personGeneration": accepted(people)}
    config = shape(
        responseModalities=nullable(_MODALITIES), candidateCount=accepted(_COUNT), imageConfig=nullable(image)
    )
    contents = {"type": "array", "items": turn, "minItems": 1}
    body = shape({"contents": contents}, generationConfig=nullable(config), safetySettings=nullable(_settings(card)))
    return body | MAX_NAMES


def _settings(card: ModelCard) -> Schema:
    """Thresholds of categories; there is one filter, and the strictest threshold counts."""
    levels = card.params["safety_filter_level"]
    assert isinstance(levels, Choice)
    threshold = accepted(Choice(choices=(*levels.choices, "HARM_BLOCK_THRESHOLD_UNSPECIFIED"), fold_case=True))
    return {"type": "array", "items": shape(category=nullable(TEXT | {"maxLength": 100}), threshold=threshold)}
