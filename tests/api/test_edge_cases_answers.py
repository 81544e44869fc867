"""The contract's table of edge cases, one row each: answers and output. The server's painter works by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.edge_cases import GOOGLE, OPENAI, SMALL, accepted, error, google, openai, picture, v1
from tests.api.house import Guest, open_house

#: Accept header -> what v1 answers with
ACCEPTED = {
    "*/*": "application/json",
    "application/json": "application/json",
    "application/json, text/plain, */*": "application/json",
    "image/png": "image/png",
    "image/avif": "image/jpeg",
}
FORBIDDEN = "explicit pornography of two adults"


def e93_what_the_caller_accepts(guest: Guest) -> None:
    for accept, kind in ACCEPTED.items():
        answer = v1(guest, headers={"accept": accept}, **SMALL)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def e94_inline(guest: Guest) -> None:
    for flag in (True, "true"):
        assert picture(accepted(v1(guest, base64=flag, **SMALL))["image"]).size == (256, 256)


def e96_errors_are_json_for_picture_lovers_too(guest: Guest) -> None:
    for fields in ({"prompt": ""}, {"prompt": "break it"}, {"prompt": FORBIDDEN}):
        answer = v1(guest, headers={"accept": "image/png"}, **fields)
        assert answer.status_code in (400, 422, 500)
        assert answer.headers["content-type"] == "application/json"
        assert error(answer)


def e97_what_is_said_is_what_is_sent(guest: Guest) -> None:
    for output_format in ("png", "jpeg", "webp"):
        answer = v1(guest, output_format=output_format, response_format="binary", width=300, height=270)
        image = picture(answer.content)
        assert answer.headers["content-type"] == f"image/{output_format}" == f"image/{(image.format or '').lower()}"
        assert json.loads(answer.headers["x-output-metadata"]) == {"height": 270, "width": 300}
        assert image.size == (300, 270)
        body = accepted(v1(guest, output_format=output_format, width=300, height=270))
        fetched = httpx.get(body["output"], trust_env=False)
        assert fetched.headers["content-type"] == body["images"][0]["content_type"] == f"image/{output_format}"
        assert str(len(fetched.content)) == body["images"][0]["file_size"]


def e99_success_is_exactly_200(guest: Guest) -> None:
    assert google(guest, sampleCount=1).status_code == 200


def e102_a_content_block_is_no_reason_to_retry(guest: Guest) -> None:
    answer = openai(guest, prompt=FORBIDDEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "moderation_blocked")
    assert guest.available == 100_000_000


def e105_never_an_error_inside_a_200(guest: Guest) -> None:
    sent: list[dict[str, Any]] = [{"prompt": "break it"}, {"prompt": FORBIDDEN}, {"prompt": "lose it"}, {"n": 0}, {}]
    for fields in sent:
        answer = guest.http.post(OPENAI, json=fields)
        assert answer.status_code >= 400
        assert set(answer.json()) == {"error"}


def e107_a_failed_workflow(guest: Guest) -> None:
    placed = accepted(guest.http.post("/workflows/imagen", json={"prompt": FORBIDDEN}))
    body = accepted(guest.http.get(placed["poll_url"]))
    assert body["status"] == "FAILED"
    assert body["error_message"]["code"] == "content_blocked"


ROWS = [value for name, value in sorted(globals().items()) if name[0] == "e" and name[1].isdigit()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_row(row: Callable[[Guest], None], served: Guest) -> None:
    row(served)


def test_e95_the_servers_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The SDK's `run_sync` under both settings; the SDK itself is in tests/system."""
    for setting, kind in (("json", "application/json"), ("binary", "image/jpeg")):
        with open_house(tmp_path_factory.mktemp(setting), working=True, v1_response=setting) as house:
            assert v1(house.guest(), **SMALL).headers["content-type"] == kind


def test_openai_dates_are_whole_seconds_and_google_never_redirects(served: Guest) -> None:
    assert isinstance(accepted(openai(served, size="256x256"))["created"], int)
    assert served.http.post(f"{GOOGLE}/", json={"instances": [{"prompt": "a kite"}]}).status_code == 200
