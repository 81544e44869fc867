"""Whatever JSON object arrives, it is read into a recipe that can be made, or refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.api.dialects.base import Reader
from imagend.api.dialects.google_content import GenerateContent
from imagend.api.dialects.google_predict import Predict
from imagend.core.card import ModelCard
from imagend.core.errors import BadRequest
from imagend.core.recipe import OUTPUT_FORMATS
from tests.api.house import cards

CATALOG = cards()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
#: Values that are right, by name; some of them only for other models or with the operator's leave.
RIGHT: dict[str, list[Any]] = {
    "aspectRatio": ["1:1", "16:9", "21:9"],
    "sampleImageSize": ["1K", "2k"],
    "imageSize": ["1k", "2K"],
    "sampleCount": [1, "4"],
    "candidateCount": [2],
    "guidanceScale": [1, 7.5, "20"],
    "safetySetting": ["block_most", "BLOCK_ONLY_HIGH", "block_none"],
    "personGeneration": ["allow_adult", "DONT_ALLOW"],
    "mimeType": ["image/png", "IMAGE/WEBP"],
    "compressionQuality": [0, 100],
    "language": ["en", "zh-tw"],
    "responseModalities": [["IMAGE"], ["TEXT", "IMAGE"]],
    "threshold": ["OFF", "BLOCK_LOW_AND_ABOVE"],
    "labels": [{"a": "b"}],
    "steps": [1, 100],
    "width": [256, "1024"],
    "height": [300],
    "size": ["300x2816"],
    "scheduler": ["DDIM"],
    "seed": [-1, 0],
    "output_format": ["jpg"],
}


def value(name: str) -> st.SearchStrategy[Any]:
    """Right three times out of four."""
    right = st.sampled_from([*RIGHT.get(name, [True]), None])
    return st.integers(0, 3).flatmap(lambda number: right if number else ANYTHING)


def objects(*names: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with a few of these names and sometimes a stranger; `known` are nearly always there."""
    optional = {name: value(name) for name in (*names, "stranger")}
    few = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True)
    some = few.flatmap(lambda chosen: st.fixed_dictionaries({**known, **{name: optional[name] for name in chosen}}))
    return st.integers(0, 15).flatmap(lambda number: some if number else ANYTHING)


TEXT = st.sampled_from(["a cat", "\0 a dog", "", "  "]) | st.text(min_size=1)
ROLE = st.sampled_from(["user", "", None])
RIDING = ("steps", "width", "height", "size", "scheduler", "output_format", "seed")
OPTIONS = objects("mimeType", "compressionQuality")
PREDICT = objects(
    "labels",
    instances=st.lists(objects("image", prompt=TEXT), min_size=1, max_size=1),
    parameters=objects(
        "sampleCount", "aspectRatio", "sampleImageSize", "negativePrompt", "guidanceScale", "safetySetting",
        "personGeneration", "addWatermark", "language", "enhancePrompt", "includeRaiReason", "storageUri",
        "includeSafetyAttributes", *RIDING, outputOptions=OPTIONS,
    ),
)  # fmt: skip
CONTENT = objects(
    "systemInstruction",
    contents=st.lists(objects(role=ROLE, parts=st.lists(objects("inlineData", text=TEXT), max_size=3)), max_size=3),
    generationConfig=objects(
        "responseModalities", "candidateCount", *RIDING,
        imageConfig=objects("aspectRatio", "imageSize", "personGeneration", imageOutputOptions=OPTIONS),
    ),
    safetySettings=st.lists(objects("threshold", category=st.text()), max_size=2),
)  # fmt: skip
SLUGS = st.sampled_from([card.slug for card in CATALOG])


@pytest.mark.parametrize(
    ("reader", "bodies"), [(Predict(4), PREDICT), (GenerateContent(), CONTENT)], ids=["predict", "generateContent"]
)
def test_any_body(reader: Reader, bodies: st.SearchStrategy[Any]) -> None:
    accepted: list[bool] = []

    @settings(max_examples=400, deadline=None)
    @given(slug=SLUGS, body=bodies.filter(lambda body: isinstance(body, dict)))
    def check(slug: str, body: dict[str, Any]) -> None:
        before = json.dumps(body)
        accepted.append(read(reader, CATALOG.get(slug), body))
        assert json.dumps(body) == before

    check()
    assert accepted.count(True) >= 5  # not for want of bodies that are read
    assert accepted.count(False) >= 20


def read(reader: Reader, card: ModelCard, body: dict[str, Any]) -> bool:
    """Whether the body was accepted; if so, its recipe can be made."""
    try:
        asked = reader.parse(body, card, {}, waiting=True)
        recipe = card.resolve(asked.raw, lambda: 7).recipe
    except BadRequest:
        return False
    assert 256 <= min(recipe.width, recipe.height) <= max(recipe.width, recipe.height) <= 2816
    assert 1 <= recipe.count <= 10
    assert recipe.output_format in OUTPUT_FORMATS
    assert recipe.prompt.strip()
    assert json.loads(json.dumps(dict(asked.options))) == asked.options
    return True
