"""A negative prompt that the model drew without is said, in every dialect; a default that nobody sent is not."""

from __future__ import annotations

from typing import Any

import pytest

from imagend.core.outcome import Success
from tests.api.google_calls import CONTENT, predict, said
from tests.api.house import Guest
from tests.api.test_openai_stream import stream

BLURRY, RAIN = "blurry", "rain"  # the painter of these tests is always a bit blurry, and says so
HEADER = "x-ignored-params"


def segmind(guest: Guest, **fields: Any) -> tuple[list[str], str | None]:
    """The warnings and the header of a waited answer, which the later look at it repeats."""
    answer = guest.http.post("/v1/imagen-4-fast", json={"prompt": "a kite", "width": 256, "height": 256, **fields})
    body = answer.json()
    assert "not_applied" not in body.get("receipt", {})
    again = guest.http.get(f"/v2/requests/{body['request_id']}")
    assert again.json() == body
    return body.get("warnings", []), answer.headers.get(HEADER)


def test_segmind_says_so_in_a_warning_and_in_the_header(served: Guest) -> None:
    warnings, header = segmind(served, negative_prompt=BLURRY, foo=1)
    assert "negative_prompt: not applied, the model drew without it" in warnings
    assert header == "foo, negative_prompt"
    assert segmind(served, negative_prompt=RAIN) == ([], None)


def test_openai_says_so_in_the_body_and_in_the_header(served: Guest) -> None:
    for negative, names in ((BLURRY, ["negative_prompt"]), (RAIN, None)):
        body = {"prompt": "a kite", "size": "256x256", "negative_prompt": negative}
        answer = served.http.post("/v1/images/generations", json=body)
        assert answer.json().get("not_applied") == names
        assert answer.headers.get(HEADER) == (names[0] if names else None)


def test_other_fields_that_had_no_effect_are_said_in_the_same_ways(served: Guest) -> None:
    warnings, header = segmind(served, steps=7, negative_prompt=RAIN)
    assert (warnings, header) == (["steps: not applied, the model drew without it"], "steps")
    assert segmind(served, steps=8, negative_prompt=RAIN) == ([], None)
    body = {"prompt": "a kite", "size": "256x256", "steps": 7}
    assert served.http.post("/v1/images/generations", json=body).json()["not_applied"] == ["steps"]


def test_a_stream_says_so_in_its_last_event(served: Guest) -> None:
    with stream(served, prompt="a kite", negative_prompt=BLURRY, n=2, model="imagen-4-fast") as events:
        first, last = events
    assert "not_applied" not in first.data
    assert last.data["not_applied"] == ["negative_prompt"]


@pytest.mark.parametrize(("negative", "header"), [(BLURRY, "negative_prompt"), (RAIN, None), ("", None)])
def test_google_says_so_in_the_header(served: Guest, negative: str, header: str | None) -> None:
    assert predict(served, {"negativePrompt": negative}).headers.get(HEADER) == header
    assert served.http.post(CONTENT, json=said("a kite")).headers.get(HEADER) is None


def test_a_default_that_nobody_sent_is_not_reported(served: Guest) -> None:
    """The slug's own negative prompt names it."""
    answer = served.http.post("/v1/imagen-4-fast", json={"prompt": "a kite"})
    assert ("warnings" in answer.json(), answer.headers.get(HEADER)) == (False, None)
    job = served.house.services.desk.look(served.account_id, answer.json()["request_id"])
    assert "blurry" in job.recipe.negative_prompt
    assert isinstance(job.outcome, Success)
    assert job.outcome.notes["not_applied"] == ["negative_prompt"]
