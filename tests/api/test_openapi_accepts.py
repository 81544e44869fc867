"""The document's patterns accept what the parameters read, and nothing else."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.api.openapi.accepts import accepted, integers
from imagend.core.errors import BadParameter
from imagend.core.params import Choice, Flag, Integer, Number, Param, Size

PARAMS: dict[str, Param] = {
    "steps": Integer(minimum=1, maximum=100),
    "seed": Integer(minimum=-1, maximum=2**31 - 1),
    "side": Integer(minimum=256, maximum=1024),
    "guidance": Number(minimum=1, maximum=20),
    "level": Choice(choices=("ALLOW_ADULT", "DONT_ALLOW"), fold_case=True),
    "format": Choice(choices=("jpeg", "png"), aliases={"jpg": "jpeg"}),
    "flag": Flag(),
    "size": Size(minimum=256, maximum=2816),
}


def reads(param: Param, value: object) -> bool:
    try:
        param.read("x", value)
    except BadParameter:
        return False
    return True


def described(param: Param, text: str) -> bool:
    """Whether one of the schemas for texts holds."""
    return any(_holds(kind, text) for kind in accepted(param)["anyOf"] if kind["type"] == "string")


def _holds(kind: dict[str, Any], text: str) -> bool:
    fits = len(text) <= kind.get("maxLength", len(text)) and text in kind.get("enum", [text])
    return fits and re.search(kind.get("pattern", ""), text) is not None


NUMBERS = st.one_of(st.integers(-5, 3000), st.integers(), st.decimals(-3, 3000, places=2), st.floats())
WORDS = st.sampled_from(["ALLOW_ADULT", "allow_Adult", "DONT_ALLOW", "jpg", "jpeg", "PNG", "true", "False", "1", "0"])
SIZES = st.tuples(st.integers(0, 4000), st.integers(0, 4000)).map(lambda sides: f"{sides[0]}x{sides[1]}")


@settings(deadline=None)
@given(name=st.sampled_from(sorted(PARAMS)), text=st.one_of(NUMBERS.map(str), WORDS, SIZES, st.text("0123456789.-xe_")))
def test_texts(name: str, text: str) -> None:
    assert described(PARAMS[name], text) == reads(PARAMS[name], text)


@settings(deadline=None)
@given(low=st.integers(0, 20_000), width=st.integers(0, 20_000), number=st.integers(0, 50_000))
def test_ranges(low: int, width: int, number: int) -> None:
    pattern = f"(?:{integers(low, low + width)})"
    assert (re.fullmatch(pattern, str(number)) is not None) == (low <= number <= low + width)
