"""Reading prompts: words become canonical tokens, quotes are kept apart, strangers are reported."""

from __future__ import annotations

import pytest

from imagend.sketch.nouns import JOINERS, NOUNS
from imagend.sketch.text import MAX_TOKENS, meaning, read, singular
from imagend.sketch.vocabulary import COLORS, GLOBALS, KIND_NAMES
from imagend.sketch.words import MEANINGS, TOKEN_ID, TOKENS, VOCABULARY


def names(prompt: str) -> str:
    return " ".join(read(prompt).names[1:])


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", ""),
        ("A puppy", "a dog"),
        ("two kittens", "two cat <s>"),
        ("three mice and a bunny", "three mouse <s> and a rabbit"),
        ("2 dogs and 1 cat", "two dog <s> and a cat"),
        ("a pair of geese", "two <unk>"),
        ("a golden retriever puppy", "a gold dog"),
        ("an ALARM-CLOCK", "a clock"),
        ("a cottage by the sea at dusk", "a house next_to beach at sunset"),
        ("a polar bear", "a white bear"),
        ("a hot air balloon over the alps", "a hotairballoon above mountains"),
        ("a ball to the left of a cube", "a ball left_of a cube"),
        ("a ball on the left", "a ball at_left"),
        ("a cat in front of a house", "a cat in_front_of a house"),
        ("a sky blue car", "a blue car"),
        ("trees, no clouds", "tree <s> , no cloud"),
        ("a park bench in the park", "a bench in meadow"),
        ("blurry, pixelated, ugly, deformed, low quality", ""),
        ("masterpiece, best quality, shallow depth of field", ""),
        ("golden hour", "sunset warm"),
        ("a lihgthouse and a bicylce", "a lighthouse and a bicycle"),
        ("a child's toy box in the children's room", "a child box in room"),
        ("un château", "<unk>"),
    ],
)
def test_a_prompt_becomes_canonical_tokens(prompt: str, expected: str) -> None:
    assert names(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "tokens", "quotes"),
    [
        ('a sign that says "WELCOME"', "a sign says quote1", ("WELCOME",)),
        ("a sign that says WELCOME HOME in the snow", "a sign says quote1 in snowy", ("WELCOME HOME",)),
        ("a mug with the word 'Coffee' on a table", "a mug says quote1 on a table", ("Coffee",)),
        ("a banner saying happy birthday above a cake", "a banner says quote1 above a cake", ("happy birthday",)),
        ("“Eins” and «zwei»", "quote1 and quote2", ("Eins", "zwei")),
        ('a book "A" and a book "A"', "a book quote1 and a book quote1", ("A",)),
        ("the dog's house", "dog house", ()),
        ('"a", "b", "c"', "quote1 , quote2 ,", ("a", "b")),
    ],
)
def test_quoted_words_become_placeholders(prompt: str, tokens: str, quotes: tuple[str, ...]) -> None:
    assert (names(prompt).rstrip(" ,"), read(prompt).quotes) == (tokens.rstrip(" ,"), quotes)


def test_strangers_are_reported_once_and_in_order() -> None:
    words = read("a red xylophone, a zebra and a xylophone in the forest")
    assert words.unknown == ("xylophone", "zebra")
    assert "forest" in words.understood
    assert "red" in words.understood


@pytest.mark.parametrize("word", ["mouth", "horde", "beach", "plate", "stair", "money", "crowd"])
def test_another_english_word_is_not_a_typing_error(word: str) -> None:
    near = {"mouth": "mouse", "horde": "horse", "beach": "bench", "plate": "plane", "stair": "star", "money": "monkey"}
    assert near.get(word, "crown") not in read(word).names


def test_a_negative_prompt_opens_with_any_unless_it_is_empty() -> None:
    assert read("trees", negative=True).names[:2] == ("<start>", "<any>")
    assert read("blurry", negative=True).tokens == read("").tokens


def test_long_prompts_are_cut() -> None:
    assert len(read("a red dog and " * 100).tokens) == MAX_TOKENS


def test_every_name_of_the_world_is_understood() -> None:
    for name in (*KIND_NAMES[1:], *COLORS[1:], *GLOBALS["place"], *GLOBALS["time"], *GLOBALS["weather"]):
        assert meaning([name]) == (name,)


def test_every_meaning_is_made_of_tokens() -> None:
    assert len(TOKENS) == len(set(TOKENS)) <= VOCABULARY
    for table in (MEANINGS, NOUNS, JOINERS):
        for tokens in table:
            assert all(token in TOKEN_ID for token in tokens.split("+")), tokens


@pytest.mark.parametrize(
    ("word", "expected"),
    [("boxes", "box"), ("bus", "bus"), ("glasses", "glass"), ("puppies", "puppy"), ("women", "woman")],
)
def test_singular(word: str, expected: str) -> None:
    assert singular(word) == expected
