"""`:generateContent` and its stream: what is read from a conversation, and what comes back."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.google_calls import CONTENT, MODEL, assert_refused, kept, recipe_of, said
from tests.api.house import Guest

STREAM = CONTENT.replace(":generate", ":streamGenerate")
HARMS = [f"HARM_CATEGORY_{name}" for name in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")]


def ask(guest: Guest, **config: Any) -> httpx.Response:
    return guest.http.post(CONTENT, json=said("a kite", **config))


def picture(candidate: dict[str, Any]) -> Image.Image:
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["role"] == "model"
    (part,) = candidate["content"]["parts"]
    return Image.open(io.BytesIO(base64.b64decode(part["inlineData"]["data"])))


def test_a_prompt_alone(served: Guest) -> None:
    answer = served.http.post(CONTENT, json=said("a red kite"))
    body = answer.json()
    (candidate,) = body["candidates"]
    shown = picture(candidate)
    assert (shown.size, shown.format, candidate["index"]) == ((1024, 1024), "PNG", 0)
    assert body["modelVersion"] == MODEL
    assert body["responseId"] == answer.headers["x-request-id"]
    assert body["usageMetadata"] == {
        "promptTokenCount": 3,
        "candidatesTokenCount": 1290,
        "totalTokenCount": 1293,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
    }
    assert served.available == 100_000_000 - 60_000


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [
        ("1:1", None, (1024, 1024)), ("2:3", None, (832, 1248)), ("3:2", None, (1248, 832)),
        ("3:4", None, (896, 1280)), ("4:3", None, (1280, 896)), ("4:5", None, (896, 1152)),
        ("5:4", None, (1152, 896)), ("9:16", None, (768, 1408)), ("16:9", "1k", (1408, 768)),
        ("21:9", "1K", (1536, 672)), ("21:9", "2K", (2816, 1232)), ("2:3", "2K", (1664, 2496)),
        (None, "2k", (2048, 2048)),
    ],
)  # fmt: skip
def test_sizes(served: Guest, ratio: str | None, size: str | None, pixels: tuple[int, int]) -> None:
    answer = ask(served, imageConfig={"aspectRatio": ratio, "imageSize": size})
    assert picture(answer.json()["candidates"][0]).size == pixels


@pytest.mark.parametrize(
    ("config", "attribute", "value"),
    [
        ({"seed": 7}, "seed", 7),
        ({"candidateCount": 3}, "count", 3),
        ({"steps": 9, "temperature": 0.3, "topK": 4}, "steps", 9),
        ({"negativePrompt": "rain"}, "negative_prompt", ""),
        ({"negative_prompt": "rain"}, "negative_prompt", "rain"),
        ({"width": 300, "height": 400}, "width", 300),
        ({"responseModalities": ["TEXT", "IMAGE"]}, "count", 1),
        ({"responseModalities": ["image"]}, "count", 1),
        ({"responseModalities": []}, "count", 1),
        ({"imageConfig": {"imageOutputOptions": {"mimeType": "image/jpeg"}}}, "output_format", "jpeg"),
        ({"image_config": {"aspect_ratio": "16:9"}}, "width", 1408),
        ({"imageConfig": None}, "width", 1024),
    ],
    ids=repr,
)
def test_config(served: Guest, config: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(recipe_of(served, ask(served, **config)), attribute) == value


@pytest.mark.parametrize(
    ("contents", "prompt"),
    [
        ([{"parts": [{"text": "a cat"}, {"text": "on a sofa"}]}], "a cat\non a sofa"),
        ({"parts": [{"text": "a cat"}]}, "a cat"),
        ([{"role": "user", "parts": [{"text": "a cat"}]}, {"role": "model", "parts": [{"text": "Here"}]},
          {"role": "user", "parts": [{"text": "a dog"}]}], "a cat\na dog"),
        ([{"parts": [{"text": ""}, {"text": "a cat", "thought": False}, {}]}], "a cat"),
    ],
)  # fmt: skip
def test_prompts(served: Guest, contents: Any, prompt: str) -> None:
    body = {"contents": contents, "systemInstruction": {"parts": [{"text": "Be brief."}]}, "tools": []}
    assert recipe_of(served, served.http.post(CONTENT, json=body)).prompt == prompt


def settings(threshold: str, names: list[str] = HARMS) -> list[dict[str, str]]:
    return [{"category": name, "threshold": threshold} for name in names]


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        ([], "BLOCK_MEDIUM_AND_ABOVE"),
        (settings("BLOCK_LOW_AND_ABOVE"), "BLOCK_LOW_AND_ABOVE"),
        (settings("block_only_high"), "BLOCK_ONLY_HIGH"),
        (settings("HARM_BLOCK_THRESHOLD_UNSPECIFIED"), "BLOCK_MEDIUM_AND_ABOVE"),
        (settings("BLOCK_ONLY_HIGH", HARMS[:1]), "BLOCK_MEDIUM_AND_ABOVE"),
        (settings("BLOCK_NONE", HARMS[:3]), "BLOCK_MEDIUM_AND_ABOVE"),
        ([*settings("BLOCK_ONLY_HIGH"), *settings("BLOCK_LOW_AND_ABOVE", ["HARM_CATEGORY_CIVIC_INTEGRITY"])],
         "BLOCK_LOW_AND_ABOVE"),
    ],
)  # fmt: skip
def test_the_strictest_threshold_holds(served: Guest, sent: Any, level: str) -> None:
    recipe = recipe_of(served, served.http.post(CONTENT, json={**said("a kite"), "safetySettings": sent}))
    assert recipe.safety.level == level


def test_people(served: Guest) -> None:
    for word, people in (("ALLOW_NONE", "DONT_ALLOW"), ("dont_allow", "DONT_ALLOW"), ("ALLOW_ADULT", "ALLOW_ADULT")):
        assert recipe_of(served, ask(served, imageConfig={"personGeneration": word})).safety.people == people


def contents(*parts: Any) -> dict[str, Any]:
    return {"contents": [{"parts": list(parts)}]}


PHOTO = {"mimeType": "image/png", "data": "iVBORw0KGgo="}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "contents must hold a part with text that is not empty"),
        ({"contents": []}, "contents must hold a part with text"),
        (contents({"text": " \n"}), "contents must hold a part with text"),
        ({"contents": "a cat"}, "contents must be a list"),
        ({"contents": ["a cat"]}, "contents[0] must be an object"),
        ({"contents": [{"parts": {"text": "a"}}]}, "contents[0].parts must be a list"),
        (contents({"text": 7}), "contents[0].parts[0].text must be a string"),
        (contents({"text": "x" * 32_001}), "contents must have at most 32000 characters"),
        (contents({"text": "a"}, {"inlineData": PHOTO}), "contents[0].parts[1].inlineData is not supported"),
        (contents({"inline_data": PHOTO}), "contents[0].parts[0].inline_data is not supported"),
        (contents({"fileData": {"fileUri": "x"}}), "contents[0].parts[0].fileData is not supported"),
        (said("a", responseModalities=["TEXT"]), "generationConfig.responseModalities must contain IMAGE"),
        (said("a", responseModalities=["AUDIO"]), "generationConfig.responseModalities must be one of TEXT, IMAGE"),
        (said("a", responseModalities="IMAGE"), "generationConfig.responseModalities must be a list"),
        (said("a", imageConfig={"aspectRatio": "7:5"}), "generationConfig.imageConfig.aspectRatio must be one of 1:1"),
        (said("a", imageConfig={"imageSize": "4K"}), "generationConfig.imageConfig.imageSize must be one of 1K, 2K"),
        (said("a", imageConfig=[1]), "generationConfig.imageConfig must be an object"),
        (said("a", candidateCount=5), "generationConfig.candidateCount must be an integer from 1 to 4"),
        (said("a", seed="x"), "generationConfig.seed must be an integer"),
        ({**said("a"), "generationConfig": 3}, "generationConfig must be an object"),
        ({**said("a"), "safetySettings": settings("OFF")}, "safetySettings[3].threshold must be one of BLOCK_LOW"),
        ({**said("a"), "safetySettings": settings("LOOSE")}, "safetySettings[0].threshold must be one of"),
        ({**said("a"), "safetySettings": {}}, "safetySettings must be a list"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_bad_bodies(served: Guest, body: Any, words: str) -> None:
    before = kept(served)
    assert_refused(served.http.post(CONTENT, json=body), 400, "INVALID_ARGUMENT", words)
    assert kept(served) == before


def test_a_blocked_prompt_is_an_answer(served: Guest) -> None:
    before = served.available
    answer = served.http.post(CONTENT, json=said("block it"))
    body = answer.json()
    assert answer.status_code == 200
    assert "candidates" not in body
    assert body["promptFeedback"]["blockReason"] == "SAFETY"
    assert body["promptFeedback"]["blockReasonMessage"].startswith("Content blocked by safety filter (stage=prompt")
    assert body["usageMetadata"]["candidatesTokenCount"] == 0
    assert served.available == before


def test_pictures_held_back(served: Guest) -> None:
    answer = served.http.post(CONTENT, json=said("hide it"))
    (hidden,) = answer.json()["candidates"]
    assert (answer.status_code, hidden["finishReason"], hidden["content"]["parts"]) == (200, "IMAGE_SAFETY", [])
    assert "stage=image, category=sexual" in hidden["finishMessage"]
    shown, hidden = served.http.post(CONTENT, json=said("strange kite", candidateCount=2)).json()["candidates"]
    assert picture(shown).size == (1024, 1024)
    assert (hidden["index"], hidden["finishReason"]) == (1, "IMAGE_SAFETY")


def test_a_stream_of_one_event(served: Guest) -> None:
    answer = served.http.post(f"{STREAM}?alt=sse", json=said("a kite", seed=3))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("data: ")
    assert answer.text.endswith("\r\n\r\n")
    event = json.loads(answer.text.removeprefix("data: "))
    assert event["candidates"] == ask(served, seed=3).json()["candidates"]


def test_a_stream_without_events_is_a_list(served: Guest) -> None:
    (element,) = served.http.post(STREAM, json=said("a kite")).json()
    assert picture(element["candidates"][0]).size == (1024, 1024)


def test_refusals_of_a_stream_are_no_events(served: Guest) -> None:
    assert_refused(served.http.post(f"{STREAM}?alt=sse", json={}), 400, "INVALID_ARGUMENT", "contents")
    assert_refused(served.http.post(f"{STREAM}?alt=sse", json=said("break it")), 500, "INTERNAL")


def test_what_has_no_effect_is_named(served: Guest) -> None:
    body = {**said("a kite", temperature=0.5, imageConfig={"foo": 1, "aspectRatio": "2:3"}), "systemInstruction": {}}
    named = served.http.post(CONTENT, json=body).headers["x-ignored-params"]
    assert named == "generationConfig.imageConfig.foo, generationConfig.temperature, systemInstruction"
    assert "x-ignored-params" not in ask(served, seed=3).headers
