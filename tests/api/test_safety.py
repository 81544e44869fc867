"""Prompts that are not allowed, through both Segmind routes: accepted, FAILED, explained, free."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import Guest

MESSAGE = "Content blocked by safety filter (stage=prompt, category=sexual). Support codes: 90789179"
KITE = "a little girl with a red kite on a meadow"


def status_of(guest: Guest, request_id: str) -> Any:
    return guest.http.get(f"/v2/requests/{request_id}")


def test_v2_accepts_and_then_says_failed(guest: Guest) -> None:
    before = guest.available
    submitted = guest.http.post("/v2/imagen-4-fast", json={"prompt": "a photograph of a naked man"})
    assert submitted.status_code == 200
    assert submitted.json()["status"] == "QUEUED"
    answer = status_of(guest, submitted.json()["request_id"])
    assert answer.status_code == 422
    body = answer.json()
    assert body["status"] == "FAILED"
    assert body["error"] == MESSAGE
    assert "inference_time" in body["metrics"]
    assert "naked" not in answer.text
    assert guest.available == before


def test_the_history_holds_the_verdict_and_no_worker_sees_the_job(guest: Guest) -> None:
    request_id = guest.submit("a photograph of a naked man")
    assert request_id not in {job.id for job in guest.house.painter.step()}
    outcome = guest.house.services.desk.look(guest.account_id, request_id).outcome
    assert [(v.stage, v.category, v.support_code, v.index) for v in outcome.verdicts] == [  # type: ignore[union-attr]
        ("prompt", "sexual", "90789179", None)
    ]
    entries = [row for row in guest.house.rows("ledger") if row["request_id"] == request_id]
    assert [row["kind"] for row in entries] == ["reserve", "release"]


def test_v1_says_failed_at_once(guest: Guest) -> None:
    before = guest.available
    answer = guest.http.post("/v1/imagen-4-fast", json={"prompt": "a photograph of a naked man"})
    assert answer.status_code == 422
    assert answer.json()["status"] == "FAILED"
    assert answer.json()["error"] == MESSAGE
    assert guest.available == before


def test_the_same_key_again_is_the_same_blocked_request(guest: Guest) -> None:
    headers = {"idempotency-key": "once"}
    body = {"prompt": "a photograph of a naked man"}
    first, second = (guest.http.post("/v2/imagen-4", json=body, headers=headers).json() for _ in range(2))
    assert first == second
    assert status_of(guest, first["request_id"]).status_code == 422
    other = guest.http.post("/v2/imagen-4", json={"prompt": "a red kite"}, headers=headers)
    assert other.status_code == 409
    assert guest.num_jobs == 1


@pytest.mark.parametrize(
    ("prompt", "fields", "category"),
    [
        (KITE, {}, "child"),
        (KITE, {"person_generation": "DONT_ALLOW"}, "people"),
        ("a farmer on a red tractor", {"person_generation": "dont_allow"}, "people"),
        ("a farmer on a red tractor", {}, None),
        ("a red tractor in a child's room", {"person_generation": "DONT_ALLOW"}, None),
        ("a pistol on a table", {"safety_filter_level": "block_low_and_above"}, "violence"),
        ("a pistol on a table", {}, None),
        ("a bloody corpse on the street", {}, "violence"),
        ("a bloody corpse on the street", {"safety_filter_level": "BLOCK_ONLY_HIGH"}, None),
        ("a severed head in a pool of blood", {"safety_filter_level": "BLOCK_ONLY_HIGH"}, "violence"),
    ],
)
def test_the_levels_decide(guest: Guest, prompt: str, fields: dict[str, Any], category: str | None) -> None:
    request_id = guest.finished(prompt, **fields)
    answer = status_of(guest, request_id)
    if category is None:
        assert answer.json()["status"] == "COMPLETED"
    else:
        assert f"(stage=prompt, category={category})" in answer.json()["error"]


def test_a_negative_prompt_is_no_wish(guest: Guest) -> None:
    request_id = guest.finished("a red kite", negative_prompt="naked people, blood, gore, children")
    assert status_of(guest, request_id).json()["status"] == "COMPLETED"


def test_a_key_may_go_further_but_never_with_children(house: Any) -> None:
    guest = house.guest(choices=frozenset({"BLOCK_NONE", "ALLOW_ALL"}))
    free = {"safety_filter_level": "BLOCK_NONE", "person_generation": "ALLOW_ALL"}
    assert status_of(guest, guest.finished("a photograph of a naked man", **free)).json()["status"] == "COMPLETED"
    assert status_of(guest, guest.finished(KITE, **free)).json()["status"] == "COMPLETED"
    blocked = status_of(guest, guest.finished("a naked child", **free))
    assert "(stage=prompt, category=child). Support codes: 58061214" in blocked.json()["error"]


def test_a_key_can_be_held_to_the_strictest_level(house: Any) -> None:
    guest = house.guest(safety_floor="BLOCK_LOW_AND_ABOVE")
    answer = status_of(guest, guest.finished("a pistol on a table"))
    assert "category=violence" in answer.json()["error"]


def test_google_and_openai_refuse_in_their_own_words(guest: Guest) -> None:
    before = guest.available
    body = {"instances": [{"prompt": "a photograph of a naked man"}], "parameters": {"sampleCount": 1}}
    google = guest.http.post("/v1beta/models/imagen-4.0-generate-001:predict", json=body)
    assert (google.status_code, google.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "90789179" in google.json()["error"]["message"]
    openai = guest.http.post("/v1/images/generations", json={"prompt": "a photograph of a naked man"})
    assert (openai.status_code, openai.json()["error"]["code"]) == (400, "moderation_blocked")
    assert "90789179" in openai.json()["error"]["message"]
    assert "naked" not in google.text + openai.text
    assert guest.available == before
