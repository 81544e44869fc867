"""`:predict`: every parameter as clients send it, every refusal in Google's envelope. Row names are the contract's."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from imagend.core.job import Job
from tests.api.google_calls import KITE, PATH, assert_refused, kept, predict, recipe_of
from tests.api.house import Guest


def pictures(answer: httpx.Response) -> list[Image.Image]:
    assert answer.status_code == 200, answer.text
    rows = answer.json()["predictions"]
    return [Image.open(io.BytesIO(base64.b64decode(row["bytesBase64Encoded"]))) for row in rows]


def test_e8_e99_no_parameters_gives_the_documented_defaults(served: Guest) -> None:
    answer = served.http.post(PATH, json=KITE)
    shown = pictures(answer)
    assert [(picture.size, picture.format) for picture in shown] == [((1024, 1024), "PNG")] * 4
    assert {row["mimeType"] for row in answer.json()["predictions"]} == {"image/png"}
    assert set(answer.json()) == {"predictions"}
    assert int(answer.headers["x-seed-value"]) >= 0
    assert served.available == 100_000_000 - 4 * 60_000


def test_defaults_of_the_slug_are_segminds(served: Guest) -> None:
    """The model's own page names other ratios, sizes and negative prompts."""
    for slug in ("imagen", "imagen-4-fast", "imagen-4-ultra"):
        recipe = recipe_of(served, predict(served, {"sampleCount": 1}, model=slug))
        assert (recipe.width, recipe.height, recipe.negative_prompt) == (1024, 1024, "")
        assert (recipe.safety.level, recipe.safety.people) == ("BLOCK_MEDIUM_AND_ABOVE", "ALLOW_ADULT")


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [
        ("1:1", None, (1024, 1024)), ("3:4", None, (896, 1280)), ("4:3", "1K", (1280, 896)),
        ("9:16", "1k", (768, 1408)), ("16:9", "1K", (1408, 768)), ("16:9", "2K", (2816, 1536)),
        ("1:1", "2k", (2048, 2048)), (None, "2048", (2048, 2048)),
    ],
)  # fmt: skip
def test_sizes(served: Guest, ratio: str | None, size: str | None, pixels: tuple[int, int]) -> None:
    for model in ("imagen-4.0-fast-generate-001", "imagen-3.0-generate-002"):
        answer = predict(served, {"sampleCount": 1, "aspectRatio": ratio, "sampleImageSize": size}, model=model)
        assert [picture.size for picture in pictures(answer)] == [pixels]


@pytest.mark.parametrize(
    ("options", "format_", "mime"),
    [
        ({}, "PNG", "image/png"),
        (None, "PNG", "image/png"),
        ({"mimeType": "image/png", "compressionQuality": 5}, "PNG", "image/png"),
        ({"mimeType": "image/jpeg"}, "JPEG", "image/jpeg"),
        ({"mimeType": "IMAGE/JPEG", "compressionQuality": 0}, "JPEG", "image/jpeg"),
        ({"mime_type": "image/webp", "compression_quality": "100"}, "WEBP", "image/webp"),
    ],
)
def test_files(served: Guest, options: Any, format_: str, mime: str) -> None:
    answer = predict(served, {"sampleCount": 1, "outputOptions": options})
    assert [picture.format for picture in pictures(answer)] == [format_]
    assert answer.json()["predictions"][0]["mimeType"] == mime


@pytest.mark.parametrize(
    ("parameters", "attribute", "value"),
    [
        ({"sampleCount": 1}, "count", 1),
        ({"sampleCount": "2"}, "count", 2),
        ({"sampleCount": 3.0}, "count", 3),
        ({"sampleCount": None}, "count", 4),
        ({"negativePrompt": "rain"}, "negative_prompt", "rain"),
        ({"negative_prompt": "rain"}, "negative_prompt", "rain"),
        ({"seed": 0}, "seed", 0),
        ({"seed": "2147483647"}, "seed", 2147483647),
        ({"guidanceScale": 1}, "guidance_scale", 1.0),
        ({"guidanceScale": "20"}, "guidance_scale", 20.0),
        ({"guidance_scale": 3.5}, "guidance_scale", 3.5),
        ({"addWatermark": True}, "watermark", True),
        ({"outputOptions": {"mimeType": "image/jpeg"}}, "quality", 75),
        ({"outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 100}}, "quality", 100),
        ({"steps": 7}, "steps", 7),
        ({"scheduler": "PNDM"}, "scheduler", "PNDM"),
        ({"width": 300, "height": "400", "aspectRatio": "16:9"}, "width", 300),
        ({"aspect_ratio": "9:16"}, "width", 768),
        ({"aspectRatio": "16:9", "aspect_ratio": "9:16"}, "width", 1408),
        ({"samples": 2}, "count", 2),
        ({"samples": 2, "sampleCount": 1}, "count", 1),
        ({"foo": 1, "timeout": {"a": []}}, "count", 4),
    ],
    ids=repr,
)
def test_parameters(served: Guest, parameters: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(recipe_of(served, predict(served, parameters)), attribute) == value


@pytest.mark.parametrize(
    ("parameters", "level", "people"),
    [
        ({"safetySetting": "block_low_and_above"}, "BLOCK_LOW_AND_ABOVE", "ALLOW_ADULT"),
        ({"safetySetting": "BLOCK_MEDIUM_AND_ABOVE"}, "BLOCK_MEDIUM_AND_ABOVE", "ALLOW_ADULT"),
        ({"safetySetting": "Block_Only_High"}, "BLOCK_ONLY_HIGH", "ALLOW_ADULT"),
        ({"safetySetting": "block_most"}, "BLOCK_LOW_AND_ABOVE", "ALLOW_ADULT"),
        ({"safetySetting": "block_some"}, "BLOCK_MEDIUM_AND_ABOVE", "ALLOW_ADULT"),
        ({"safetySetting": "block_few"}, "BLOCK_ONLY_HIGH", "ALLOW_ADULT"),
        ({"safety_filter_level": "block_only_high"}, "BLOCK_ONLY_HIGH", "ALLOW_ADULT"),
        ({"personGeneration": "dont_allow"}, "BLOCK_MEDIUM_AND_ABOVE", "DONT_ALLOW"),
        ({"personGeneration": "ALLOW_ADULT"}, "BLOCK_MEDIUM_AND_ABOVE", "ALLOW_ADULT"),
    ],
    ids=repr,
)
def test_e37_e39_safety(served: Guest, parameters: dict[str, Any], level: str, people: str) -> None:
    safety = recipe_of(served, predict(served, {"sampleCount": 1, **parameters})).safety
    assert (safety.level, safety.people) == (level, people)


def test_e32_to_e35_seeds(served: Guest) -> None:
    drawn = [predict(served, {"sampleCount": 1, "seed": -1}) for _ in range(2)]
    seeds = [int(answer.headers["x-seed-value"]) for answer in drawn]
    assert seeds[0] != seeds[1]
    again = predict(served, {"sampleCount": 1, "seed": seeds[0]})
    assert again.json() == drawn[0].json()


@pytest.mark.parametrize(
    "parameters",
    [
        *({"language": word} for word in ("auto", "en", "ja", "ko", "hi", "zh", "zh-CN", "zh-tw", "pt", "es", "EN")),
        {"enhancePrompt": True},
        {"enhancePrompt": "false"},
        {"includeRaiReason": False, "includeSafetyAttributes": False},
    ],
    ids=repr,
)
def test_accepted_and_without_an_effect(served: Guest, parameters: dict[str, Any]) -> None:
    answer = predict(served, {"sampleCount": 1, "seed": 5, **parameters})
    assert answer.json() == predict(served, {"sampleCount": 1, "seed": 5}).json()


def test_labels_are_kept_with_the_job(served: Guest) -> None:
    answer = served.http.post(PATH, json={**KITE, "labels": {"team": "art", "shot": "7"}})
    job: Job = served.house.services.desk.look(served.account_id, answer.headers["x-request-id"])
    assert job.options["labels"] == {"team": "art", "shot": "7"}


def instances(value: Any) -> dict[str, Any]:
    return {"instances": value}


def parameter(name: str, value: Any) -> dict[str, Any]:
    return {**KITE, "parameters": {name: value}}


#: row of the contract, body, words in the message
BAD: list[tuple[str, Any, str]] = [
    ("E6 missing", {}, "instances must be a list with exactly one object"),
    ("E6 empty", instances([]), "instances must be a list with exactly one object"),
    ("E6 null", instances(None), "instances must be a list with exactly one object"),
    ("E6 no prompt", instances([{}]), "instances[0].prompt must be a text that is not empty"),
    ("E6 empty prompt", instances([{"prompt": ""}]), "instances[0].prompt must be a text"),
    ("E6 blank prompt", instances([{"prompt": " \n\0"}]), "instances[0].prompt must be a text"),
    ("E6 number", instances([{"prompt": 7}]), "instances[0].prompt must be a text"),
    ("E6 not a list", instances({"prompt": "a"}), "instances must be a list"),
    ("E6 not an object", instances(["a"]), "instances[0] must be an object"),
    ("two instances", instances([{"prompt": "a"}, {"prompt": "b"}]), "exactly one object"),
    ("long prompt", instances([{"prompt": "x" * 32_001}]), "instances[0].prompt must have at most 32000"),
    ("editing", instances([{"prompt": "a", "image": {"bytesBase64Encoded": ""}}]), "instances[0].image is not"),
    ("editing", instances([{"prompt": "a", "referenceImages": []}]), "instances[0].referenceImages is not"),
    ("parameters", {**KITE, "parameters": [1]}, "parameters must be an object"),
    ("output options", parameter("outputOptions", "image/png"), "parameters.outputOptions must be an object"),
    ("count 0", parameter("sampleCount", 0), "parameters.sampleCount must be an integer from 1 to 4"),
    ("count 5", parameter("sampleCount", 5), "parameters.sampleCount must be an integer from 1 to 4"),
    ("count true", parameter("sampleCount", True), "parameters.sampleCount must be an integer from 1 to 4"),
    ("ratio", parameter("aspectRatio", "21:9"), "parameters.aspectRatio must be one of 1:1, 4:3, 3:4, 9:16, 16:9"),
    ("size", parameter("sampleImageSize", "4K"), "parameters.sampleImageSize must be one of 1K, 2K"),
    ("negative", parameter("negativePrompt", 1), "parameters.negativePrompt must be a string"),
    ("seed -2", parameter("seed", -2), "parameters.seed must be an integer from -1 to 2147483647"),
    ("seed 2^31", parameter("seed", 2**31), "parameters.seed must be an integer from -1 to 2147483647"),
    ("E29 guidance 0.99", parameter("guidanceScale", 0.99), "parameters.guidanceScale must be a number from 1 to 20"),
    ("E29 guidance 20.01", parameter("guidanceScale", 20.01), "parameters.guidanceScale must be a number from 1"),
    ("E29 steps", parameter("steps", 101), "parameters.steps must be an integer from 1 to 100"),
    ("E30 scheduler", parameter("scheduler", "DPM++ 2M"), "parameters.scheduler must be one of DDIM"),
    ("E37 people", parameter("personGeneration", "allow_all"), "parameters.personGeneration must be one of ALLOW"),
    ("E37 people", parameter("personGeneration", "X"), "parameters.personGeneration must be one of"),
    ("E38 none", parameter("safetySetting", "block_none"), "parameters.safetySetting must be one of BLOCK_LOW"),
    ("E38 fewest", parameter("safetySetting", "block_fewest"), "parameters.safetySetting must be one of BLOCK_LOW"),
    ("level", parameter("safetySetting", 3), "parameters.safetySetting must be one of"),
    ("as it was written", parameter("guidance_scale", 0), "parameters.guidance_scale must be a number"),
    ("language", parameter("language", "tlh"), "parameters.language must be one of auto, en"),
    ("rai", parameter("includeRaiReason", "maybe"), "parameters.includeRaiReason must be true or false"),
    ("attributes", parameter("includeSafetyAttributes", []), "parameters.includeSafetyAttributes must be true or"),
    ("enhance", parameter("enhancePrompt", 7), "parameters.enhancePrompt must be true or false"),
    ("watermark", parameter("addWatermark", "no"), "parameters.addWatermark must be true or false"),
    ("E43 storage", parameter("storageUri", "gs://bucket/x"), "parameters.storageUri is not supported"),
    ("mime", parameter("outputOptions", {"mimeType": "image/gif"}), "parameters.outputOptions.mimeType must be one of"),
    ("quality", parameter("outputOptions", {"compressionQuality": 101}), "parameters.outputOptions.compressionQuality"),
    ("labels", {**KITE, "labels": ["a"]}, "labels must be an object of at most 64 texts"),
    ("labels", {**KITE, "labels": {"a": 1}}, "labels.a must be a string"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "words"), [row[1:] for row in BAD], ids=[f"{row[0]} {row[2][:30]}" for row in BAD])
def test_bad_bodies(served: Guest, body: Any, words: str) -> None:
    before = kept(served)
    assert_refused(served.http.post(PATH, json=body), 400, "INVALID_ARGUMENT", words)
    assert kept(served) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b'"x"', b"{bad", b'{"instances":[],}', b'{"instances":"\xff"}', b'{"instances":NaN}'],
)
def test_e10_no_object(served: Guest, content: bytes) -> None:
    answer = served.http.post(PATH, content=content, headers={"content-type": "application/json"})
    assert_refused(answer, 400, "INVALID_ARGUMENT", "body must be a JSON object")


def test_what_has_no_effect_is_named(served: Guest) -> None:
    body = {**KITE, "foo": 1, "parameters": {"sampleCount": 1, "width": 300, "bar": {}, "editConfig": None}}
    assert served.http.post(PATH, json=body).headers["x-ignored-params"] == "foo, parameters.bar"
    both = predict(served, {"sampleCount": 1, "width": 300, "aspectRatio": "16:9"})
    assert both.headers["x-ignored-params"] == "aspect_ratio"
    unmarked = predict(served, {"sampleCount": 1, "addWatermark": False})
    assert unmarked.headers["x-ignored-params"] == "add_watermark"
    assert "x-ignored-params" not in served.http.post(PATH, json=KITE).headers


def test_the_watermark_is_left_out_only_where_the_key_may(served: Guest) -> None:
    assert recipe_of(served, predict(served, {"sampleCount": 1, "addWatermark": False})).watermark
    served.house.services.accounts.change_key(served.key_id, {"may_skip_watermark": True})
    assert not recipe_of(served, predict(served, {"sampleCount": 1, "addWatermark": False})).watermark


def test_e42_seed_and_negative_prompt_with_a_watermark(served: Guest) -> None:
    """The hosted service refuses both."""
    recipe = recipe_of(served, predict(served, {"sampleCount": 1, "seed": 7, "negativePrompt": "rain"}))
    assert (recipe.seed, recipe.negative_prompt, recipe.watermark) == (7, "rain", True)
