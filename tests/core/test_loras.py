"""The field `loras`: read, refused in words that name the place and what is allowed, and kept with recipes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from imagend.cli.generate import lora_words
from imagend.core.errors import BadParameter
from imagend.core.loras import Loras
from imagend.core.recipe import Recipe
from tests.engine.toy import RECIPE

KIND = Loras(names=("pixel-art", "ink"), most=2, most_scale=4.0)


def test_what_is_read() -> None:
    asked = [{"name": "ink"}, {"name": "pixel-art", "scale": "-0.5"}]
    assert KIND.read("loras", asked) == (("ink", 1.0), ("pixel-art", -0.5))
    assert KIND.read("loras", [{"name": "ink", "scale": None}]) == (("ink", 1.0),)
    assert KIND.read("loras", []) == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("ink", "loras must be a list of at most 2 objects with name and scale"),
        ([{"name": "ink"}] * 3, "loras must be a list of at most 2 objects with name and scale"),
        ([{"name": "ink"}, {"name": "ink", "scale": 2}], "loras must name each at most once"),
        (["ink"], "loras[0] must be an object with name, one of pixel-art, ink, and scale"),
        ([{"scale": 1}], "loras[0] must be an object with name, one of pixel-art, ink, and scale"),
        ([{"name": "ink", "weight": 1}], "loras[0] must be an object with name, one of pixel-art, ink, and scale"),
        ([{"name": "ink"}, {"name": "oil"}], "loras[1].name must be one of pixel-art, ink"),
        ([{"name": 4}], "loras[0].name must be one of pixel-art, ink"),
        ([{"name": "ink", "scale": 4.5}], "loras[0].scale must be a number from -4 to 4"),
        ([{"name": "ink", "scale": True}], "loras[0].scale must be a number from -4 to 4"),
    ],
)
def test_what_is_refused(value: object, words: str) -> None:
    with pytest.raises(BadParameter) as refused:
        KIND.read("loras", value)
    assert refused.value.message == words


def test_the_schema_names_what_is_on_offer() -> None:
    one = KIND.schema()["items"]["properties"]
    assert one["name"]["enum"] == ["pixel-art", "ink"]
    assert (one["scale"]["minimum"], one["scale"]["maximum"], KIND.schema()["maxItems"]) == (-4.0, 4.0, 2)


def test_recipes_keep_them_and_those_of_earlier_versions_have_none() -> None:
    asked = replace(RECIPE, loras=(("ink", 1.0), ("pixel-art", -0.5)))
    kept = json.loads(json.dumps(asked.to_dict()))
    assert kept["loras"] == [{"name": "ink", "scale": 1.0}, {"name": "pixel-art", "scale": -0.5}]
    assert Recipe.from_dict(kept) == asked
    plain = RECIPE.to_dict()
    assert "loras" not in plain  # so an earlier version can read it
    assert Recipe.from_dict(plain) == RECIPE


def test_words_of_the_command_line() -> None:
    assert lora_words(None) is None
    found = lora_words(["ink", "pixel-art:-0.5"])
    assert found is not None
    assert KIND.read("loras", found) == (("ink", 1.0), ("pixel-art", -0.5))
