"""W3C's traceparent: what is one, and spans whose ids need not be remembered."""

from __future__ import annotations

import random

import pytest

from imagend.core.trace import new_place, place_of

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_there_and_back() -> None:
    place = place_of(GOOD)
    assert place is not None
    assert str(place) == GOOD
    assert place.child("claim/1") == place.child("claim/1") != place.child("claim/2")
    assert place.child("x").trace_id == place.trace_id
    made = new_place(random.Random(1).getrandbits)
    assert place_of(str(made)) == made


@pytest.mark.parametrize(
    "text",
    ["", None, 7, GOOD.upper(), GOOD + "-x", "01" + GOOD[2:], GOOD.replace("b7ad6b7169203331", "0" * 16),
     GOOD.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32), " " + GOOD],
)  # fmt: skip
def test_what_is_none(text: object) -> None:
    assert place_of(text) is None


def test_a_caller_may_not_want_it_drawn() -> None:
    place = place_of(GOOD[:-1] + "0")
    assert place is not None
    assert not place.sampled
    assert not place.child("x").sampled
