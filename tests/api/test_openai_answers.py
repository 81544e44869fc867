"""What POST /v1/images/generations answers: pictures, links, usage, headers."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from imagend.api.dialects.openai_bodies import text_tokens
from imagend.core.bucket import Limit
from tests.api.house import Guest, open_house

PATH = "/v1/images/generations"


def ask(guest: Guest, **fields: Any) -> httpx.Response:
    answer = guest.http.post(PATH, json={"prompt": "a kite", "size": "320x256", **fields})
    assert answer.status_code == 200, answer.text
    return answer


def opened(data: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.size


def test_the_whole_answer(served: Guest) -> None:
    answer = ask(served, seed=11, quality="hd")
    body = answer.json()
    row = body["data"][0]
    assert opened(base64.b64decode(row.pop("b64_json"))) == ("PNG", (320, 256))
    url = row.pop("url")
    assert httpx.get(url, trust_env=False).headers["content-type"] == "image/png"
    assert body == {
        "created": int(served.house.clock.now),
        "data": [{"revised_prompt": "a kite", "seed": 11}],
        "background": "opaque",
        "output_format": "png",
        "quality": "high",
        "size": "320x256",
        "usage": {
            "input_tokens": 2,
            "output_tokens": 320,
            "total_tokens": 322,
            "input_tokens_details": {"text_tokens": 2, "image_tokens": 0},
            "output_tokens_details": {"text_tokens": 0, "image_tokens": 320},
        },
    }
    assert isinstance(body["created"], int)
    assert answer.headers["x-seed-value"] == "11"
    assert int(answer.headers["openai-processing-ms"]) >= 0
    assert served.http.get(f"/v2/requests/{answer.headers['x-request-id']}").json()["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("response_format", "keys"),
    [
        (None, {"b64_json", "url", "revised_prompt", "seed"}),
        ("url", {"url", "revised_prompt", "seed"}),
        ("b64_json", {"b64_json", "revised_prompt", "seed"}),
    ],
)
def test_response_format(served: Guest, response_format: str | None, keys: set[str]) -> None:
    for row in ask(served, n=2, response_format=response_format).json()["data"]:
        assert set(row) == keys


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"output_format": "jpeg"}, "JPEG"), ({"output_format": "webp"}, "WEBP"), ({"output_format": "png"}, "PNG")],
)
def test_bytes_link_and_words_agree(served: Guest, fields: dict[str, Any], kind: str) -> None:
    body = ask(served, **fields).json()
    data = base64.b64decode(body["data"][0]["b64_json"])
    assert opened(data) == (kind, (320, 256))
    assert httpx.get(body["data"][0]["url"], trust_env=False).content == data
    assert body["output_format"] == kind.lower()


def test_n_pictures_differ_and_are_paid(served: Guest) -> None:
    body = ask(served, n=3, seed=5, model="imagen-4-fast").json()
    assert len({row["b64_json"] for row in body["data"]}) == 3
    assert [row["seed"] for row in body["data"]] == [5, 6, 7]
    assert body["usage"]["output_tokens"] == 3 * 320
    assert served.available == 100_000_000 - 3 * 25_000


def test_pictures_held_back_are_said_and_not_paid(served: Guest) -> None:
    body = ask(served, prompt="strange things", n=2, model="imagen-4-fast").json()
    assert len(body["data"]) == 1
    assert body["filtered"] == [{"index": 1, "category": "sexual", "support_code": "63429089"}]
    assert body["usage"]["output_tokens"] == 320
    assert served.available == 100_000_000 - 25_000


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("four!", 2), ("猫猫", 2), ("a cat 猫", 3)]
)
def test_text_tokens(text: str, tokens: int) -> None:
    assert text_tokens(text) == tokens


def test_a_base_url_without_v1(served: Guest) -> None:
    answer = served.http.post("/images/generations", json={"prompt": "a kite", "size": "256x256"})
    assert len(answer.json()["data"]) == 1


def test_slashes_are_served_in_place(served: Guest) -> None:
    assert served.http.post(f"/{PATH}/", json={"prompt": "a kite", "size": "256x256"}).status_code == 200


def test_rate_headers(tmp_path: Path) -> None:
    with open_house(tmp_path, working=True, rate_limit=Limit(per_minute=60, burst=2)) as house:
        guest = house.guest()
        answer = ask(guest)
        assert answer.headers["x-ratelimit-limit-requests"] == "60"
        assert answer.headers["x-ratelimit-remaining-requests"] == "1"
        assert answer.headers["x-ratelimit-reset-requests"] == "1s"
        ask(guest)
        refused = guest.http.post(PATH, json={"prompt": "a kite"})
        assert refused.status_code == 429
        assert refused.json()["error"]["type"] == "requests"
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert refused.headers["retry-after"] == "1"
        assert 0 < int(refused.headers["retry-after-ms"]) <= 1000
        assert "x-should-retry" not in refused.headers
        house.clock.now += 1
        ask(guest)
