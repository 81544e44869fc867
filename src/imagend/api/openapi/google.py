"""The Google dialect's operations."""

from __future__ import annotations

from typing import Any

from imagend.api.openapi.accepts import accepted, required_text
from imagend.api.openapi.parts import (
    ANY_OBJECT,
    INTEGER,
    TEXT,
    Schema,
    in_path,
    listed,
    nullable,
    operation,
    refusals,
    shape,
)  # fmt: skip
from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.params import Choice, Flag, Integer

TAG = "Google"
ERROR = shape({"error": shape({"code": INTEGER, "message": TEXT, "status": TEXT, "details": listed(ANY_OBJECT)})})
READING = (401, 403, 404, 405, 429, 500, 503)
POSTING = (400, *READING, 409, 413, 499, 504)
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


def paths(catalog: Catalog) -> dict[str, dict[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {}
    card = next(iter(catalog))
    model = {"type": "string", "enum": [name for each in catalog for name in (*each.google_ids, each.slug)]}
    predictions = shape(predictions=listed(ANY_OBJECT))
    content = shape({"usageMetadata": ANY_OBJECT}, candidates=listed(ANY_OBJECT), promptFeedback=ANY_OBJECT)
    for name, (prefix, names) in _PREFIXES.items():
        places = [in_path("model", model), *(in_path(place, _SEGMENT) for place in names)]
        verbs = {"predict": (_predict(card), predictions), "generateContent": (_content(card), content)}
        for verb, (body, answer) in verbs.items():
            answers: dict[int, Any] = {**refusals(ERROR, POSTING), 200: answer}
            said = operation(
                f"{verb}_{name}", f"{verb}, as {name} clients ask", TAG, answers, body=body, parameters=places
            )
            found[f"{prefix}{{model}}:{verb}"] = {"post": said}
    return found | _lists(model)


def _lists(model: Schema) -> dict[str, dict[str, Schema]]:
    row, refused = shape({"name": TEXT}), refusals(ERROR, READING)
    one, several = {**refused, 200: row}, {**refused, 200: shape({"models": listed(row)})}
    vertex = {**refused, 200: shape({"publisherModels": listed(row)})}
    at = [in_path("model", model)]
    root = "/v1beta1/publishers/google/models"
    return {
        "/v1beta/models": {"get": operation("gemini_models", "models", TAG, several)},
        "/v1beta/models/{model}": {"get": operation("gemini_model", "one model", TAG, one, parameters=at)},
        root: {"get": operation("vertex_models", "models", TAG, vertex)},
        f"{root}/{{model}}": {"get": operation("vertex_model", "one model", TAG, one, parameters=at)},
    }


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
    return shape({"instances": instances}, parameters=nullable(parameters), labels=nullable(labels)) | {
        "maxProperties": 100
    }


def _files(card: ModelCard) -> Schema:
    kinds = "|".join("".join(f"[{a}{a.upper()}]" for a in word) for word in ("png", "jpeg", "webp"))
    mime = {"type": "string", "pattern": f"^[iI][mM][aA][gG][eE]/(?:{kinds})$"}
    return shape(mimeType=nullable(mime), compressionQuality=accepted(card.params["quality"]))


def _content(card: ModelCard) -> Schema:
    prompt = required_text(card.params["prompt"])
    part = shape({"text": prompt}) | {
        "properties": {"text": prompt, "inlineData": {"type": "null"}, "fileData": {"type": "null"}}
    }
    turn = shape({"parts": {"type": "array", "items": part, "minItems": 1, "maxItems": 4}}, role={"const": "user"})
    ratios = {"type": "string", "enum": sorted(card.sizes["1K"])}
    image = shape(aspectRatio=nullable(ratios), imageSize=nullable({"type": "string", "pattern": "^[12][kK]$"}))
    image["properties"] |= {"imageOutputOptions": nullable(_files(card)), "personGeneration": {"type": "null"}}
    config = shape(
        responseModalities=nullable(_MODALITIES), candidateCount=accepted(_COUNT), imageConfig=nullable(image)
    )
    contents = {"type": "array", "items": turn, "minItems": 1, "maxItems": 4}
    body = shape({"contents": contents}, generationConfig=nullable(config), safetySettings={"type": "null"})
    return body | {"maxProperties": 100}
