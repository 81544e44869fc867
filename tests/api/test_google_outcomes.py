"""What becomes of a `:predict` call: pictures, some of them, none, or an error with the word that clients know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagend.core.bucket import Limit
from imagend.core.job import JobPolicy
from imagend.safety.scores import CATEGORIES
from tests.api.google_calls import CONTENT, KITE, PATH, assert_refused, kept, predict, said
from tests.api.house import Guest, open_house

ONE = {**KITE, "parameters": {"sampleCount": 1}}


def test_some_pictures_held_back(served: Guest) -> None:
    rows = predict(served, {"sampleCount": 2}, prompt="strange kite").json()["predictions"]
    assert [set(row) for row in rows] == [{"mimeType", "bytesBase64Encoded"}]


def test_some_pictures_held_back_with_reasons(served: Guest) -> None:
    answer = predict(served, {"sampleCount": 2, "includeRaiReason": True}, prompt="strange kite")
    shown, hidden = answer.json()["predictions"]
    assert set(shown) == {"mimeType", "bytesBase64Encoded"}
    words = "The image was held back by the safety filter (stage=image, category=sexual). Support codes: 63429089"
    assert hidden == {"raiFilteredReason": words}


def test_all_pictures_held_back(served: Guest) -> None:
    before = served.available
    answer = predict(served, {"sampleCount": 2}, prompt="hide it")
    assert (answer.status_code, answer.json()) == (200, {})
    answer = predict(served, {"sampleCount": 2, "includeRaiReason": True}, prompt="hide it")
    assert answer.status_code == 200
    assert [list(row) for row in answer.json()["predictions"]] == [["raiFilteredReason"]] * 2
    assert "63429089" in answer.json()["predictions"][1]["raiFilteredReason"]
    assert served.available == before


def test_safety_attributes(served: Guest) -> None:
    parameters = {"sampleCount": 2, "includeSafetyAttributes": True, "includeRaiReason": True}
    shown, hidden, prompt = predict(served, parameters, prompt="strange kite").json()["predictions"]
    nothing = {"categories": list(CATEGORIES), "scores": [0.0] * len(CATEGORIES)}
    assert shown["safetyAttributes"] == nothing
    assert prompt == {"contentType": "Positive Prompt", "safetyAttributes": nothing}
    found = dict(zip(CATEGORIES, hidden["safetyAttributes"]["scores"], strict=True))
    assert {name for name, score in found.items() if score} == {"sexual"}


def test_a_blocked_prompt(served: Guest) -> None:
    before = served.available
    words = "The prompt could not be submitted. Content blocked by safety filter (stage=prompt"
    assert_refused(predict(served, {}, prompt="block it"), 400, "INVALID_ARGUMENT", words)
    assert served.available == before


@pytest.mark.parametrize(
    ("prompt", "number", "status"),
    [("break it", 500, "INTERNAL"), ("lose it", 503, "UNAVAILABLE"), ("invalid", 400, "INVALID_ARGUMENT")],
)
def test_failed_jobs(served: Guest, prompt: str, number: int, status: str) -> None:
    before = served.available
    for path, body in ((PATH, {"instances": [{"prompt": prompt}]}), (CONTENT, said(prompt))):
        assert_refused(served.http.post(path, json=body), number, status)
    assert served.available == before


def test_no_credits(served: Guest) -> None:
    poor = served.house.guest(credits=0.06)
    assert_refused(poor.http.post(PATH, json=KITE), 429, "RESOURCE_EXHAUSTED", "Insufficient credits")
    assert poor.http.post(PATH, json=ONE).status_code == 200
    assert poor.available == 0


def test_content_types_and_size(served: Guest) -> None:
    before = kept(served)
    html = {"content-type": "text/html"}
    assert_refused(served.http.post(PATH, content=b"{}", headers=html), 400, "INVALID_ARGUMENT", "content type")
    long = {"instances": [{"prompt": "x" * 300_000}]}
    assert_refused(served.http.post(PATH, json=long), 413, "INVALID_ARGUMENT", "at most 262144 bytes")
    assert kept(served) == before
    for kind in ("text/plain", "APPLICATION/JSON; charset=utf-8", ""):
        content = b'{"instances":[{"prompt":"a"}],"parameters":{"sampleCount":1}}'
        assert served.http.post(PATH, content=content, headers={"content-type": kind}).status_code == 200


def test_the_same_request_again(served: Guest) -> None:
    headers = {"idempotency-key": "once"}
    first = served.http.post(PATH, json=ONE, headers=headers)
    again = served.http.post(PATH, json=ONE, headers=headers)
    assert first.json() == again.json()
    assert first.headers["x-request-id"] == again.headers["x-request-id"]
    other = served.http.post(PATH, json=KITE, headers=headers)
    assert_refused(other, 409, "ABORTED", "Idempotency-Key")


def test_too_fast(folder: Path) -> None:
    with open_house(folder, working=True, rate_limit=Limit(per_minute=1, burst=1)) as house:
        guest = house.guest()
        assert guest.http.post(PATH, json=ONE).headers["x-rate-limit-remaining"] == "0"
        answer = guest.http.post(PATH, json=ONE)
        assert_refused(answer, 429, "RESOURCE_EXHAUSTED")
        assert answer.headers["retry-after"] == "60"
        assert guest.http.get("/v1beta/models").status_code == 200


def test_a_full_queue(folder: Path) -> None:
    with open_house(folder, policy=JobPolicy(max_queued_per_account=1)) as house:
        guest = house.guest()
        guest.submit()
        answer = guest.http.post(PATH, json=ONE)
        assert_refused(answer, 429, "RESOURCE_EXHAUSTED")
        assert answer.headers["retry-after"] == "5"


def test_out_of_time(folder: Path) -> None:
    with open_house(folder, v1_timeout_seconds=0.05) as house:
        guest = house.guest()
        for path, body in ((PATH, KITE), (CONTENT, said("a kite"))):
            assert_refused(guest.http.post(path, json=body), 504, "DEADLINE_EXCEEDED")
        assert guest.available == 100_000_000


def test_a_surprise_is_internal(served: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(served.house.services.blobs), "read", broken)
    answer = served.http.post(PATH, json=ONE)
    assert_refused(answer, 500, "INTERNAL", "Internal server error")
    assert "secret" not in answer.text


def test_another_number_of_pictures_by_setting(folder: Path) -> None:
    with open_house(folder, working=True, google_default_sample_count=1) as house:
        assert len(house.guest().http.post(PATH, json=KITE).json()["predictions"]) == 1


def test_a_key_under_a_stricter_policy(served: Guest) -> None:
    accounts = served.house.services.accounts
    accounts.change_key(served.key_id, {"safety_floor": "BLOCK_LOW_AND_ABOVE"})
    for model in ("imagen", "imagen-4"):
        answer = predict(served, {"sampleCount": 1}, model=model)
        job = served.house.services.desk.look(served.account_id, answer.headers["x-request-id"])
        assert job.recipe.safety.level == "BLOCK_LOW_AND_ABOVE"
    refused = predict(served, {"safetySetting": "block_only_high"})
    assert_refused(refused, 400, "INVALID_ARGUMENT", "parameters.safetySetting must be one of BLOCK_LOW_AND_ABOVE")
    accounts.change_key(served.key_id, {"safety_floor": None, "choices": frozenset({"BLOCK_NONE", "ALLOW_ALL"})})
    answer = predict(served, {"safetySetting": "block_fewest", "personGeneration": "allow_all", "sampleCount": 1})
    safety = served.house.services.desk.look(served.account_id, answer.headers["x-request-id"]).recipe.safety
    assert (safety.level, safety.people) == ("BLOCK_NONE", "ALLOW_ALL")


@pytest.mark.parametrize(("path", "body"), [(PATH, ONE), (CONTENT, said("a kite"))])
def test_the_clients_own_deadline(folder: Path, path: str, body: Any) -> None:
    with open_house(folder) as house:
        guest = house.guest()
        assert_refused(guest.http.post(path, json=body, headers={"x-server-timeout": "1"}), 504, "DEADLINE_EXCEEDED")
        assert guest.available == 100_000_000
        wrong = guest.http.post(path, json=body, headers={"x-server-timeout": "soon"})
        assert_refused(wrong, 400, "INVALID_ARGUMENT", "x-server-timeout must be a decimal number of seconds")
