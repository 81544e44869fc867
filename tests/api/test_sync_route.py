"""v1: submit, wait, answer; JSON, bytes or base64; patience and clients who hang up."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from imagend.desk.audit import audit
from tests.api.house import FAILURES, Guest

SMALL = {"prompt": "a kite", "width": 256, "height": 256, "seed": 9}


def run(guest: Guest, slug: str = "imagen-4-fast", accept: str | None = None, **fields: Any) -> httpx.Response:
    headers = {"accept": accept} if accept else {}
    return guest.http.post(f"/v1/{slug}", json=SMALL | fields, headers=headers)


def picture(content: bytes) -> tuple[str | None, tuple[int, int]]:
    opened = Image.open(io.BytesIO(content))
    return opened.format, opened.size


def test_json_is_the_v2_body_with_headers(served: Guest) -> None:
    answer = run(served, foo=1)
    assert answer.status_code == 200
    body = answer.json()
    again = served.http.get(f"/v2/requests/{body['request_id']}").json()
    assert body == again
    assert "image" not in body
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == body["request_id"]
    assert answer.headers["x-generation-time"] == "0.25"
    assert answer.headers["x-cost"] == "0.025"
    assert answer.headers["x-remaining-credits"] == "99.975"
    assert answer.headers["x-seed-value"] == "9"
    assert answer.headers["x-output-metadata"] == '{"height":256,"width":256}'
    assert answer.headers["x-ignored-params"] == "foo"
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "fields", "wanted"),
    [
        ("*/*", {}, "json"),
        ("application/json", {}, "json"),
        ("application/json, text/plain, */*", {}, "json"),
        ("application/json, image/png", {}, "json"),
        ("image/png", {}, "PNG"),
        ("image/jpeg", {}, "JPEG"),
        ("image/webp;q=0.9, image/*;q=0.8", {}, "WEBP"),
        ("image/avif", {}, "JPEG"),
        ("IMAGE/*", {}, "JPEG"),
        ("image/png", {"output_format": "webp"}, "WEBP"),
        ("image/png", {"response_format": "url"}, "json"),
        ("image/png", {"base64": True}, "base64"),
        ("*/*", {"response_format": "binary"}, "JPEG"),
        ("*/*", {"response_format": "b64_json", "output_format": "png"}, "base64"),
        ("*/*", {"base64": "true"}, "base64"),
        ("*/*", {"base64": 1, "response_format": "binary"}, "base64"),
        ("*/*", {"base64": False}, "json"),
        ("*/*", {"base64": "perhaps", "response_format": "tiff"}, "json"),
        ("*/*", {"output_format": "jpg", "response_format": "binary"}, "JPEG"),
    ],
)
def test_e93_e94_the_body_that_was_asked_for(served: Guest, accept: str, fields: dict[str, Any], wanted: str) -> None:
    answer = run(served, accept=accept, **fields)
    assert answer.status_code == 200, answer.text
    if wanted in ("json", "base64"):
        body = answer.json()
        assert body["status"] == "COMPLETED"
        assert ("image" in body) == (wanted == "base64")
        if wanted == "base64":
            kind, _ = picture(base64.b64decode(body["image"], validate=True))
            assert kind == body["image_format"].upper()
    else:
        assert picture(answer.content) == (wanted, (256, 256))
        assert answer.headers["content-type"] == f"image/{wanted.lower()}"
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert "content-encoding" not in answer.headers


def test_base64_of_many_pictures_is_a_list(served: Guest) -> None:
    body = run(served, base64=True, samples="2").json()
    assert len(body["image"]) == len(body["images"]) == 2


def test_words_about_the_answer_that_mean_nothing_are_ignored(served: Guest) -> None:
    answer = run(served, base64="perhaps", response_format="tiff")
    assert answer.headers["x-ignored-params"] == "base64, response_format"


def test_e97_metadata_agrees_with_the_bytes(served: Guest) -> None:
    answer = run(served, "imagen-4-ultra", accept="image/png", aspect_ratio="9:16", width=None, height=None)
    said = json.loads(answer.headers["x-output-metadata"])
    assert picture(answer.content) == ("PNG", (said["width"], said["height"])) == ("PNG", (1536, 2816))


def test_root_alias_for_base_urls_without_v1(served: Guest) -> None:
    answer = served.http.post("/imagen-4-fast", json=SMALL)
    assert answer.status_code == 200
    assert answer.json()["status"] == "COMPLETED"


def test_form_fields_are_strings(served: Guest) -> None:
    form = {"prompt": "a kite", "width": "256", "height": "300", "seed": "17", "base64": "false"}
    answer = served.http.post("/v1/imagen-4-fast", files={name: (None, value) for name, value in form.items()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-output-metadata"] == '{"height":300,"width":256}'
    assert answer.headers["x-seed-value"] == "17"


@pytest.mark.parametrize(
    ("word", "status"),
    [("block", 422), ("invalid", 422), ("break", 500), ("lose", 502)],
)
@pytest.mark.parametrize("accept", ["*/*", "image/png"])
def test_e96_failures_are_json_and_free(served: Guest, word: str, status: int, accept: str) -> None:
    answer = run(served, accept=accept, prompt=f"{word} it")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["status"] == "FAILED"
    assert answer.json()["error"] == FAILURES[word].message
    assert served.available == 100_000_000
    assert audit(served.house.store) == []


def test_e32_e35_the_seed_that_was_drawn_can_be_replayed(served: Guest) -> None:
    first, second = (run(served, accept="image/png", seed=-1) for _ in range(2))
    assert first.headers["x-seed-value"] != second.headers["x-seed-value"]
    assert 0 <= int(first.headers["x-seed-value"]) < 2**31
    replay = run(served, accept="image/png", seed=first.headers["x-seed-value"])
    assert replay.content == first.content


def test_an_idempotency_key_gives_the_same_result_once_paid(served: Guest) -> None:
    key = {"idempotency-key": "k"}
    first, twin = (served.http.post("/v1/imagen-4-fast", json=SMALL, headers=key) for _ in range(2))
    assert first.status_code == twin.status_code == 200
    assert first.json() == twin.json()
    assert served.available == 100_000_000 - 25_000
