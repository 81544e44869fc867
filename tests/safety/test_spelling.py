from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagend.safety.rules import PromptRules
from imagend.safety.spelling import Unmask, plain, tokens

UNMASK = Unmask(frozenset({"naked", "gore", "topless"}), (frozenset({"naked"}), frozenset({"woman"})))


@pytest.mark.parametrize(
    "disguised",
    [
        "NAKED",
        "ｎａｋｅｄ",
        "𝐧𝐚𝐤𝐞𝐝",
        "ⓝⓐⓚⓔⓓ",
        "náked",
        "n\u0336a\u0336k\u0336e\u0336d",
        "nаkеd",
        "nαked",
        "n\u200bak\u00aded",
        "\U0001f1f3\U0001f1e6\U0001f1f0\U0001f1ea\U0001f1e9",
        "n4k3d",
        "n@ked",
        "(n4ked)",
        "n*ked",
        "n***d",
        "naaaaked",
        "n a k e d",
        "n.a.k.e.d",
        "n-a-k-e-d",
        "n_a_k_e_d",
        "n  a  k  e  d",
        "n4kkked!",
    ],
)
def test_disguises_come_off(disguised: str) -> None:
    assert "naked" in tokens(UNMASK(f"a {disguised} man"))


@pytest.mark.parametrize("joined", ["nakedwoman", "NakedWoman", "womannaked", "n a k e d w o m a n", "g.o.r.e"])
def test_words_that_were_joined_come_apart(joined: str) -> None:
    assert {"naked", "gore"} & set(tokens(UNMASK(joined)))


@pytest.mark.parametrize(
    "text",
    [
        "a quiet lake at dawn",
        "b&b hotel, 24/7 open, 50% off",
        "r2d2 and c-3po",
        "iphone 15 pro",
        "u.s.a. road map",
        "x*y=z",
        "aaaah, a spa",
        "www.example.com",
        "mp3 player, 4k, f/1.8",
        "a b c d e f g blocks",
        "1 2 3 4 5",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert UNMASK(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The girl's kite", ["the", "girl", "'s", "kite"]),
        ("the girls’ room", ["the", "girls", "'s", "room"]),
        ("don't run", ["do", "not", "run"]),
        ("l'enfant", ["l", "enfant"]),
        ("नंगी लड़की।", ["नंगी", "लड़की", ","]),
        ("Straße, Öl", ["strasse", ",", "ol"]),
        ("한국 누드", ["한국", "누드"]),
    ],
)
def test_tokens(text: str, words: list[str]) -> None:
    assert tokens(plain(text)) == words


@given(st.text(max_size=300))
def test_plain_is_stable(text: str) -> None:
    """What is plain stays plain, so the lexicon and the prompt end up in one spelling."""
    once = plain(text)
    assert tokens(plain(once)) == tokens(once) or not once.isascii()


@given(st.text(max_size=300))
def test_unmasking_writes_known_words_only(text: str) -> None:
    """Every word that was not there before is one of the lexicon."""
    before = set(plain(text).split())
    after = set(UNMASK(text).split())
    camel = {piece for word in before for piece in (word[:k] for k in range(len(word) + 1))}
    new = {word for word in after - before - camel if not any(word in old for old in before)}
    assert new <= {"naked", "gore", "topless", "woman"}


@given(st.text())
def test_no_prompt_makes_the_rules_raise(text: str) -> None:
    assert set(RULES.scores(text)) <= NAMES


RULES = PromptRules()
NAMES = {
    "child", "sexual", "hate", "violence", "dangerous", "prohibited", "personal", "celebrity", "toxic", "people",
    "other", "minor",
}  # fmt: skip
