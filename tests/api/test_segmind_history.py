"""Lists of past requests: pages, filters, refusals, and what stays when the job is forgotten."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.house import Guest, House

ROOT = "/inference-request"
SMALL = {"width": 256, "height": 256, "seed": 3}


def history(guest: Guest, **query: Any) -> dict[str, Any]:
    answer = guest.http.get(f"{ROOT}/request-history", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_request_in_all_three_lists(guest: Guest) -> None:
    request_id = guest.finished("a red kite", **SMALL)
    [row] = history(guest)["history"]
    assert row == {
        "request_id": request_id,
        "model_name": "imagen-4-fast",
        "model_status": "COMPLETED",
        "credits_deduction": 0.025,
        "request_body": {
            "prompt": "a red kite", "negative_prompt": "blurry, pixelated, ugly, distorted, low quality", "width": 256,
            "height": 256, "steps": 25, "guidance_scale": 7.5, "scheduler": "DDIM", "seed": 3, "output_format": "jpeg",
            "num_images": 1, "safety_filter_level": "BLOCK_MEDIUM_AND_ABOVE", "person_generation": "ALLOW_ADULT",
        },
        "generation_url": guest.http.get(f"/v2/requests/{request_id}").json()["output"],
        "latency_ms": 0,
        "model_created": row["model_created"],
        "error": None,
    }  # fmt: skip
    assert row["model_created"].endswith("Z")
    listed = guest.http.get(f"{ROOT}/generations").json()
    assert (listed["page"], listed["per_page"], listed["total"], listed["total_pages"]) == (1, 20, 1, 1)
    [generation] = listed["generations"]
    assert generation["parameters"]["seed"] == 3
    assert (generation["user_id"], generation["status"]) == (guest.account_id, "COMPLETED")
    assert guest.http.get(f"{ROOT}/recent-generations?model_name=imagen-4-fast").json() == {"generations": [generation]}
    assert guest.http.get(f"{ROOT}/recent-generations?model_name=imagen-4").json() == {"generations": []}


def test_failed_and_waiting_requests_are_history_but_no_generations(guest: Guest) -> None:
    failed = guest.finished("break it")
    waiting = guest.submit()
    rows = {row["request_id"]: row for row in history(guest)["history"]}
    assert (rows[failed]["model_status"], rows[failed]["error"]) == ("FAILED", "The model failed")
    assert rows[failed]["credits_deduction"] == 0
    assert (rows[waiting]["model_status"], rows[waiting]["latency_ms"]) == ("PENDING", None)
    for state, ids in {"FAILED": [failed], "PENDING": [waiting], "COMPLETED": []}.items():
        assert [row["request_id"] for row in history(guest, status=state)["history"]] == ids
    assert guest.http.get(f"{ROOT}/generations").json()["generations"] == []


def test_one_row_per_picture_with_the_whole_cost(guest: Guest) -> None:
    request_id = guest.finished(num_images=3, **SMALL)
    body = history(guest, per_page=2)
    assert (body["total"], body["total_pages"]) == (3, 2)
    rows = body["history"] + history(guest, per_page=2, page=2)["history"]
    assert [row["request_id"] for row in rows] == [request_id] * 3
    assert {row["credits_deduction"] for row in rows} == {0.075}
    assert len({row["generation_url"] for row in rows}) == 3
    assert history(guest, page=3)["history"] == []


def test_order_and_filters(house: House, guest: Guest) -> None:
    for slug in ("imagen-4", "imagen", "imagen-4-fast"):
        guest.finished(slug=slug, **SMALL)
        house.clock.now += 1

    def models(**query: Any) -> list[str]:
        return [row["model_name"] for row in history(guest, **query)["history"]]

    assert models() == ["imagen-4-fast", "imagen", "imagen-4"]
    assert models(sort_order="asc") == ["imagen-4", "imagen", "imagen-4-fast"]
    assert models(sort_by="model_name", sort_order="asc") == ["imagen", "imagen-4", "imagen-4-fast"]
    assert models(sort_by="credits_deduction", sort_order="desc")[-1] == "imagen-4-fast"
    assert models(model_name="N-4") == ["imagen-4-fast", "imagen-4"]
    assert models(model_name="%") == []
    assert models(user_id=guest.account_id) == models()


def test_forgotten_requests_are_listed_and_their_pictures_served(house: House, guest: Guest) -> None:
    request_id = guest.finished(**SMALL)
    before = history(guest)
    house.clock.now += 3601
    house.services.desk.forget()
    assert guest.http.get(f"/v2/requests/{request_id}").status_code == 404
    assert history(guest) == before
    one = guest.http.get(f"{ROOT}/request-history/{request_id}").json()
    assert one == before["history"][0]
    assert httpx.get(one["generation_url"], trust_env=False).headers["content-type"] == "image/jpeg"
    house.clock.now += 8 * 24 * 3600
    house.services.desk.forget()
    assert history(guest)["history"] == []  # out of the window
    assert guest.http.get(f"{ROOT}/request-history/{request_id}").json()["generation_url"] is None


def test_dates(house: House, guest: Guest) -> None:
    guest.finished(**SMALL)
    today = history(guest)["history"][0]["model_created"][:10]
    house.clock.now += 20 * 24 * 3600
    assert history(guest)["history"] == []
    assert len(history(guest, from_date=today, to_date=today)["history"]) == 1
    assert len(guest.http.get(f"{ROOT}/generations?start_date={today}&end_date={today}").json()["generations"]) == 1
    assert guest.http.get(f"{ROOT}/generations?end_date=2020-01-01").json()["generations"] == []


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("request-history?per_page=0", 400, "per_page"),
        ("request-history?per_page=101", 400, "per_page"),
        ("request-history?page=0", 400, "page"),
        ("request-history?page=x", 400, "page"),
        ("request-history?status=DONE", 400, "status"),
        ("request-history?sort_by=prompt", 400, "sort_by"),
        ("request-history?sort_order=up", 400, "sort_order"),
        ("request-history?from_date=01-02-2026", 400, "from_date"),
        ("request-history?from_date=2026-01-01&to_date=2026-02-01", 400, "from_date"),
        ("request-history?from_date=2026-01-02&to_date=2026-01-01", 400, "from_date"),
        ("request-history?user_id=a&user_email=b", 400, "user_id"),
        ("request-history?user_id=acct_other", 403, "own requests"),
        ("request-history?user_email=a@b.c", 403, "own requests"),
        ("generations?page=-1", 400, "page"),
        ("generations?start_date=tomorrow", 400, "start_date"),
        ("recent-generations", 400, "model_name"),
        ("recent-generations?model_name=", 400, "model_name"),
        ("request-history/00000000-0000-4000-8000-000000000000", 404, "not found"),
        ("request-history/a%2Fb", 404, "not found"),
    ],
)
def test_refusals(query: str, status: int, name: str, guest: Guest) -> None:
    answer = guest.http.get(f"{ROOT}/{query}")
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert name in answer.json()["error"].lower()


def test_nobody_sees_anothers_requests(house: House, guest: Guest) -> None:
    request_id = guest.finished(**SMALL)
    other = house.guest()
    assert history(other)["history"] == []
    assert other.http.get(f"{ROOT}/request-history/{request_id}").status_code == 404
    assert other.http.get(f"{ROOT}/recent-generations?model_name=imagen-4-fast").json() == {"generations": []}
    with house.client() as nobody:
        assert nobody.get(f"{ROOT}/request-history").status_code == 401


@pytest.mark.parametrize("size", [{}, {"aspect_ratio": "1:1"}, {"width": 256, "height": 512}, {"size": "1152x896"}])
def test_a_request_body_can_be_sent_again_and_gives_the_same_pictures(guest: Guest, size: dict[str, Any]) -> None:
    request_id = guest.finished("a red kite", steps=4, **size)
    row = guest.http.get(f"{ROOT}/request-history/{request_id}").json()
    again = guest.finished(**row["request_body"])
    first, second = (guest.http.get(f"/v2/requests/{one}").json()["images"][0] for one in (request_id, again))
    for name in ("width", "height", "seed"):
        assert first[name] == second[name]
