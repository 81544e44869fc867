"""Every field of POST /v1/images/generations: what its values become, and how illegal ones are refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.api import callbacks
from imagend.api.dialects.base import Asked
from imagend.api.dialects.openai_fields import FieldError, fields_of, read_body
from imagend.core.recipe import Recipe
from tests.api.house import Guest, House, cards

PATH = "/v1/images/generations"
CARD = cards().get("imagen-4")


def ask(guest: Guest, **fields: Any) -> httpx.Response:
    return guest.http.post(PATH, json={"prompt": "a kite", "response_format": "url", **fields})


def recipe_of(guest: Guest, answer: httpx.Response) -> Recipe:
    assert answer.status_code == 200, answer.text
    return guest.house.services.desk.look(guest.account_id, answer.headers["x-request-id"]).recipe


def facts(recipe: Recipe) -> dict[str, Any]:
    return recipe.to_dict() | {"level": recipe.safety.level, "people": recipe.safety.people}


#: row of the contract, fields, what the recipe says of them
ACCEPTED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("E9 no model", {}, {"model": "imagen-4", "width": 1024, "height": 1024, "count": 1, "output_format": "png"}),
    ("no defaults of the hosted slug", {}, {"negative_prompt": "", "level": "BLOCK_MEDIUM_AND_ABOVE"}),
    ("filter of imagen", {"model": "imagen"}, {"model": "imagen", "level": "BLOCK_MEDIUM_AND_ABOVE"}),
    ("null is absent", {"n": None, "size": None, "model": None, "seed": None}, {"model": "imagen-4", "count": 1}),
    ("Google id", {"model": "imagen-4.0-fast-generate-001"}, {"model": "imagen-4-fast"}),
    ("unknown fields", {"foo": 1, "complexity": "low", "frame_count": 3, "svg": {"model": "x"}}, {"count": 1}),
    ("E45 n as text", {"n": "2"}, {"count": 2}),
    ("n 10", {"n": 10, "size": "256x256"}, {"count": 10}),
    ("size auto", {"size": "auto"}, {"width": 1024, "height": 1024}),
    ("size auto of ultra", {"size": "auto", "model": "imagen-4-ultra"}, {"width": 2048, "height": 2048}),
    ("size of DALL-E", {"size": "1792x1024"}, {"width": 1792, "height": 1024}),
    ("size that no block divides", {"size": "257x2816"}, {"width": 257, "height": 2816}),
    ("size as ratio", {"size": "16:9"}, {"width": 1408, "height": 768}),
    ("size as ratio of ultra", {"size": "9:16", "model": "imagen-4-ultra"}, {"width": 1536, "height": 2816}),
    ("size wins", {"size": "300x400", "aspect_ratio": "16:9", "width": 512}, {"width": 300, "height": 400}),
    ("E49 aspect_ratio", {"aspect_ratio": "4:3"}, {"width": 1280, "height": 896}),
    ("auto beside aspect_ratio", {"size": "auto", "aspect_ratio": "3:4"}, {"width": 896, "height": 1280}),
    ("width and height", {"width": 640, "height": "1700"}, {"width": 640, "height": 1700}),
    ("width only", {"width": 640}, {"width": 640, "height": 512}),
    ("pixels win over a ratio", {"height": 640, "aspect_ratio": "1:1"}, {"width": 512, "height": 640}),
    ("E49 seed", {"seed": 77}, {"seed": 77}),
    ("steps", {"steps": "7"}, {"steps": 7}),
    ("guidance", {"guidance_scale": 7.5}, {"guidance_scale": 7.5}),
    ("scheduler", {"scheduler": "DDIM"}, {"scheduler": "DDIM"}),
    ("negative prompt", {"negative_prompt": "rain"}, {"negative_prompt": "rain"}),
    ("people", {"person_generation": "dont_allow"}, {"people": "DONT_ALLOW"}),
    ("filter", {"safety_filter_level": "BLOCK_LOW_AND_ABOVE"}, {"level": "BLOCK_LOW_AND_ABOVE"}),
    ("moderation auto", {"moderation": "auto"}, {"level": "BLOCK_MEDIUM_AND_ABOVE"}),
    ("moderation low", {"moderation": "low"}, {"level": "BLOCK_ONLY_HIGH"}),
    (
        "filter over moderation",
        {"moderation": "low", "safety_filter_level": "BLOCK_LOW_AND_ABOVE"},
        {"level": "BLOCK_LOW_AND_ABOVE"},
    ),
    ("quality auto", {"quality": "auto"}, {"steps": 20, "width": 1024}),
    ("quality auto of ultra", {"quality": "auto", "model": "imagen-4-ultra"}, {"steps": 30}),
    ("quality low", {"quality": "low"}, {"steps": 10, "width": 1024, "height": 1024}),
    ("quality medium", {"quality": "medium"}, {"steps": 20}),
    ("quality standard", {"quality": "standard"}, {"steps": 20}),
    ("quality high", {"quality": "high"}, {"steps": 40, "width": 1024, "height": 1024}),
    ("quality hd", {"quality": "hd"}, {"steps": 40}),
    ("quality xhigh", {"quality": "xhigh"}, {"steps": 60}),
    ("quality max", {"quality": "max"}, {"steps": 100, "width": 1024, "height": 1024}),
    ("steps win over quality", {"quality": "max", "steps": 3}, {"steps": 3}),
    ("png", {"output_format": "png"}, {"output_format": "png"}),
    ("jpeg", {"output_format": "jpeg"}, {"output_format": "jpeg", "quality": 100}),
    ("webp", {"output_format": "webp", "output_compression": 40}, {"output_format": "webp", "quality": 40}),
    ("compression 0", {"output_format": "jpeg", "output_compression": 0}, {"quality": 0}),
    ("background opaque", {"background": "opaque"}, {"count": 1}),
    ("background auto", {"background": "auto"}, {"count": 1}),
    ("style", {"style": "vivid"}, {"count": 1}),
    ("prompt of 32,000 characters", {"prompt": "é" * 32_000, "size": "256x256"}, {"prompt": "é" * 32_000}),
    ("E4 any characters", {"prompt": " \U0001f600 猫 \"'\0"}, {"prompt": " \U0001f600 猫 \"'"}),
]


@pytest.mark.parametrize(("row", "fields", "expected"), ACCEPTED, ids=[row for row, _, _ in ACCEPTED])
def test_accepted(served: Guest, row: str, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    recipe = facts(recipe_of(served, ask(served, **fields)))
    assert {name: recipe[name] for name in expected} == expected


#: fields, the parameter that is blamed, its code
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"prompt": None}, "prompt", "missing_required_parameter"),
    ({"prompt": ""}, "prompt", "invalid_value"),
    ({"prompt": " \n"}, "prompt", "invalid_value"),
    ({"prompt": "\0"}, "prompt", "invalid_value"),
    ({"prompt": 7}, "prompt", "invalid_type"),
    ({"prompt": ["a kite"]}, "prompt", "invalid_type"),
    ({"prompt": "x" * 32_001}, "prompt", "invalid_value"),
    ({"model": 4}, "model", "invalid_type"),
    ({"n": 0}, "n", "invalid_value"),  # E45
    ({"n": 11}, "n", "invalid_value"),  # E45
    ({"n": 1.5}, "n", "invalid_value"),
    ({"n": True}, "n", "invalid_type"),
    ({"n": [1]}, "n", "invalid_type"),
    ({"size": "255x256"}, "size", "invalid_value"),
    ({"size": "256x2817"}, "size", "invalid_value"),
    ({"size": "1024"}, "size", "invalid_value"),
    ({"size": "1024X1024"}, "size", "invalid_value"),
    ({"size": ""}, "size", "invalid_value"),
    ({"size": "21:9"}, "size", "invalid_value"),
    ({"size": 1024}, "size", "invalid_type"),
    ({"quality": "ultra"}, "quality", "invalid_value"),
    ({"quality": "HIGH"}, "quality", "invalid_value"),
    ({"quality": 3}, "quality", "invalid_type"),
    ({"response_format": "binary"}, "response_format", "invalid_value"),
    ({"response_format": False}, "response_format", "invalid_type"),
    ({"output_format": "gif"}, "output_format", "invalid_value"),  # E48
    ({"output_format": "svg"}, "output_format", "invalid_value"),  # E48
    ({"output_compression": -1}, "output_compression", "invalid_value"),
    ({"output_compression": 101, "output_format": "jpeg"}, "output_compression", "invalid_value"),
    ({"background": "transparent"}, "background", "invalid_value"),  # E48
    ({"background": "white"}, "background", "invalid_value"),
    ({"moderation": "none"}, "moderation", "invalid_value"),
    ({"moderation": {}}, "moderation", "invalid_type"),
    ({"style": "loud"}, "style", "invalid_value"),
    ({"user": 7}, "user", "invalid_type"),
    ({"user": "x" * 513}, "user", "invalid_value"),
    ({"safety_identifier": []}, "safety_identifier", "invalid_type"),
    ({"metadata": "x"}, "metadata", "invalid_type"),
    ({"metadata": {"a": 1}}, "metadata", "invalid_value"),
    ({"metadata": {"a": "x" * 513}}, "metadata", "invalid_value"),
    ({"metadata": {str(n): "x" for n in range(17)}}, "metadata", "invalid_value"),
    ({"stream": "perhaps"}, "stream", "invalid_value"),
    ({"stream": []}, "stream", "invalid_type"),
    ({"partial_images": 4, "stream": True}, "partial_images", "invalid_value"),
    ({"partial_images": -1}, "partial_images", "invalid_value"),
    ({"partial_images": True}, "partial_images", "invalid_type"),
    ({"seed": -2}, "seed", "invalid_value"),
    ({"steps": 0}, "steps", "invalid_value"),
    ({"steps": 101}, "steps", "invalid_value"),
    ({"guidance_scale": 0.99}, "guidance_scale", "invalid_value"),
    ({"scheduler": "Euler"}, "scheduler", "invalid_value"),
    ({"aspect_ratio": "21:9"}, "aspect_ratio", "invalid_value"),
    ({"width": 255}, "width", "invalid_value"),
    ({"height": 2817}, "height", "invalid_value"),
    ({"negative_prompt": 1}, "negative_prompt", "invalid_type"),
    ({"person_generation": "ALLOW_ALL"}, "person_generation", "invalid_value"),
    ({"safety_filter_level": "BLOCK_NONE"}, "safety_filter_level", "invalid_value"),
]


@pytest.mark.parametrize(
    ("fields", "param", "code"), REFUSED, ids=[f"{row[1]} {str(row[0][row[1]])[:12]!r}" for row in REFUSED]
)
def test_refused(served: Guest, fields: dict[str, Any], param: str, code: str) -> None:
    answer = ask(served, **fields)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert param in error["message"]
    assert (served.num_jobs, served.available) == (0, 100_000_000)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"foo": 1, "complexity": "low"}, "complexity, foo"),
        ({"size": "256x256", "aspect_ratio": "1:1", "width": 300}, "aspect_ratio, width"),
        ({"width": 300, "aspect_ratio": "1:1"}, "aspect_ratio"),
        ({"output_compression": 50}, "output_compression"),
        ({"partial_images": 2}, "partial_images"),
        ({"num_images": 4, "add_watermark": False}, "add_watermark, num_images"),
    ],
)
def test_what_has_no_meaning_is_said(served: Guest, fields: dict[str, Any], said: str) -> None:
    answer = ask(served, **fields)
    assert recipe_of(served, answer).count == 1
    assert answer.headers["x-ignored-params"] == said


def test_nothing_is_said_when_all_was_used(served: Guest) -> None:
    assert "x-ignored-params" not in ask(served, size="auto", aspect_ratio="4:3", n=1).headers


def test_words_of_the_customer_are_kept_with_the_job(served: Guest) -> None:
    words = {"user": "u-7", "safety_identifier": "s-9", "metadata": {"order": "12"}, "style": "natural"}
    answer = ask(served, **words)
    job = served.house.services.desk.look(served.account_id, answer.headers["x-request-id"])
    assert words.items() <= job.options.items()
    assert answer.json()["safety_identifier"] == "s-9"
    assert ask(served, user="u-7", safety_identifier="").json()["safety_identifier"] == "u-7"
    assert "safety_identifier" not in ask(served).json()


@pytest.mark.parametrize("model", ["imagen", "imagen-4"])
def test_a_key_with_a_stricter_filter(working_house: House, model: str) -> None:
    """Who says nothing gets the strictest that is asked of the key; who asks for less is refused."""
    strict = working_house.guest(safety_floor="BLOCK_LOW_AND_ABOVE")
    for fields in ({}, {"moderation": "auto"}):
        answer = ask(strict, model=model, size="256x256", **fields)
        assert recipe_of(strict, answer).safety.level == "BLOCK_LOW_AND_ABOVE"
        assert "x-ignored-params" not in answer.headers
    refused = ask(strict, model=model, moderation="low")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "moderation")


def test_a_key_with_restricted_choices(working_house: House) -> None:
    open_minded = working_house.guest(choices=frozenset({"ALLOW_ALL", "BLOCK_NONE"}))
    answer = ask(open_minded, person_generation="ALLOW_ALL", safety_filter_level="BLOCK_NONE", size="256x256")
    assert facts(recipe_of(open_minded, answer)).items() >= {"people": "ALLOW_ALL", "level": "BLOCK_NONE"}.items()


def test_a_webhook_can_be_asked_for(served: Guest) -> None:
    answer = ask(served, webhook_url="file:///etc/passwd")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "webhook_url"


TEXTS = st.text(st.sampled_from('a0-.x:eE \0\n"é猫'), max_size=8)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(TEXTS, PLAIN, max_size=2)
NAMES = st.sampled_from([*fields_of(CARD), "size", "metadata", "model", "foo"])


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_body_is_read_or_refused_with_the_name_of_a_field(body: dict[str, Any]) -> None:
    found = read({"prompt": "a kite", **body})
    if isinstance(found, FieldError):
        assert found.name in found.message
        assert found.kind in ("missing_required_parameter", "invalid_type", "invalid_value")
        return
    resolved = CARD.resolve(callbacks.apart(found.raw)[0], lambda: 7)
    assert resolved.ignored == ()  # the card finds nothing to object to any more
    assert min(resolved.recipe.width, resolved.recipe.height) >= 256
    assert max(resolved.recipe.width, resolved.recipe.height) <= 2816


def read(body: dict[str, Any]) -> Asked | FieldError:
    try:
        return read_body(body, CARD)
    except FieldError as error:
        return error


def test_e18_content_types(served: Guest) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "text/plain"):
        body = b'{"prompt":"a kite","size":"256x256"}'
        assert served.http.post(PATH, content=body, headers={"content-type": kind}).status_code == 200


def test_a_body_like_a_form_is_read(served: Guest) -> None:
    files = {name: (None, value) for name, value in {"prompt": "a kite", "size": "256x256", "n": "2"}.items()}
    assert len(served.http.post(PATH, files=files).json()["data"]) == 2
