"""Every bad input gets the documented code and a JSON `error`, and leaves neither a job nor a charge."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.house import Guest

PROMPT_ERROR = "Prompt is Mandatory and must be string"
OBJECT_ERROR = "body must be a JSON object"
JSON = {"content-type": "application/json"}


def body(**fields: Any) -> dict[str, Any]:
    return {"json": {"prompt": "a kite", **fields}}


def text(content: bytes | str, kind: str = "application/json") -> dict[str, Any]:
    return {"content": content, "headers": {"content-type": kind}}


#: row of the contract's table of edge cases, what is sent to /v?/imagen-4-fast, status, words in `error`
ROWS: list[tuple[str, dict[str, Any], int, str]] = [
    ("E1 prompt missing", {"json": {}}, 400, PROMPT_ERROR),
    ("E1 prompt null", {"json": {"prompt": None}}, 400, PROMPT_ERROR),
    ("E1 prompt number", {"json": {"prompt": 7}}, 400, PROMPT_ERROR),
    ("E1 prompt list", {"json": {"prompt": ["a kite"]}}, 400, PROMPT_ERROR),
    ("E2 prompt empty", {"json": {"prompt": ""}}, 400, PROMPT_ERROR),
    ("E2 prompt blank", {"json": {"prompt": "  \n"}}, 400, PROMPT_ERROR),
    ("E2 prompt only NUL", {"json": {"prompt": "\0"}}, 400, PROMPT_ERROR),
    ("prompt too long", {"json": {"prompt": "x" * 32_001}}, 400, "prompt must have at most 32000"),
    ("E10 empty", text(b""), 400, OBJECT_ERROR),
    ("E10 null", text("null"), 400, OBJECT_ERROR),
    ("E10 list", text("[]"), 400, OBJECT_ERROR),
    ("E10 string", text('"x"'), 400, OBJECT_ERROR),
    ("E10 broken", text("{bad"), 400, OBJECT_ERROR),
    ("E10 trailing comma", text('{"prompt":"a",}'), 400, OBJECT_ERROR),
    ("E10 invalid UTF-8", text(b'{"prompt":"\xff"}'), 400, OBJECT_ERROR),
    ("E10 NaN", text('{"prompt":"a","guidance_scale":NaN}'), 400, OBJECT_ERROR),
    ("E10 byte order mark", text(b'\xef\xbb\xbf{"prompt":"a"}'), 400, OBJECT_ERROR),
    ("E10 lone surrogate", text('{"prompt":"\\ud800"}'), 400, OBJECT_ERROR),
    ("E10 duplicate names", text('{"prompt":"a","prompt":"b"}'), 400, "duplicate names"),
    ("E10 duplicates inside", text('{"prompt":"a","x":{"y":1,"y":2}}'), 400, "duplicate names"),
    ("E10 two values", text('{"prompt":"a"}{"prompt":"b"}'), 400, OBJECT_ERROR),
    ("E10 very deep", text('{"prompt":' + "[" * 100_000), 400, OBJECT_ERROR),
    ("E10 deep", text('{"prompt":"a","x":' + "[" * 40 + "]" * 40 + "}"), 400, "nested at most 16"),
    ("E10 101 names", text(json.dumps({f"n{i}": 1 for i in range(101)})), 400, "at most 100 names"),
    ("E10 5,000 digits", text('{"prompt":"a","seed":' + "9" * 5000 + "}"), 400, OBJECT_ERROR),
    ("E10 300 digits", text('{"prompt":"a","seed":' + "9" * 300 + "}"), 400, "seed must be an integer from -1"),
    ("E10 infinite", text('{"prompt":"a","guidance_scale":1e999}'), 400, OBJECT_ERROR),
    ("form in urlencoding", {"data": {"prompt": "a"}}, 406, "Invalid content type"),
    ("XML", text("<a/>", "application/xml"), 406, "Invalid content type"),
    ("content type that only begins like JSON", text("{}", "application/json5"), 406, "Invalid content type"),
    ("form with a file", {"files": {"prompt": ("a.txt", b"a")}}, 400, "form data"),
    ("form without boundary", text("x", "multipart/form-data"), 400, "form data"),
    ("form cut off", text("--b\r\nContent-Disp", "multipart/form-data; boundary=b"), 400, PROMPT_ERROR),
    ("form with 21 fields", {"files": [(f"f{i}", (None, "1")) for i in range(21)]}, 400, "form data"),
    ("form with a field twice", {"files": [("prompt", (None, "a")), ("prompt", (None, "b"))]}, 400, "duplicate"),
    ("body too large", text(b'{"prompt":"' + b"a" * 300_000 + b'"}'), 413, "at most 262144 bytes"),
    ("E29 steps 0", body(steps=0), 400, "steps must be an integer from 1 to 100"),
    ("E29 steps 101", body(steps=101), 400, "steps must be an integer from 1 to 100"),
    ("steps 42.5", body(steps=42.5), 400, "steps"),
    ("steps true", body(steps=True), 400, "steps"),
    ("steps text", body(steps="abc"), 400, "steps"),
    ("E29 guidance 0.99", body(guidance_scale=0.99), 400, "guidance_scale must be a number from 1 to 20"),
    ("E29 guidance 20.01", body(guidance_scale=20.01), 400, "guidance_scale must be a number from 1 to 20"),
    ("E30 scheduler", body(scheduler="DPM++ 2M"), 400, "scheduler must be one of DDIM"),
    ("scheduler in lower case", body(scheduler="ddim"), 400, "scheduler"),
    ("width 255", body(width=255), 400, "width must be an integer from 256 to 1024"),
    ("height 1025", body(height=1025), 400, "height must be an integer from 256 to 1024"),
    ("seed -2", body(seed=-2), 400, "seed"),
    ("seed 2^31", body(seed=2**31), 400, "seed"),
    ("ratio unknown", body(aspect_ratio="2:1"), 400, "aspect_ratio must be one of 1:1, 4:3"),
    ("ratio a list", body(aspect_ratio=["1:1"]), 400, "aspect_ratio"),
    ("negative prompt a number", body(negative_prompt=3), 400, "negative_prompt must be a string"),
]


def kept(guest: Guest) -> tuple[int, int, int]:
    """What a request could have left behind: jobs, ledger rows, credits."""
    jobs = [row for row in guest.house.rows("jobs") if row["account_id"] == guest.account_id]
    ledger = [row for row in guest.house.rows("ledger") if row["account_id"] == guest.account_id]
    return len(jobs), len(ledger), guest.available


@pytest.mark.parametrize("path", ["/v1/imagen-4-fast", "/v2/imagen-4-fast"])
@pytest.mark.parametrize(("sent", "status", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bad_input(guest: Guest, path: str, sent: dict[str, Any], status: int, words: str) -> None:
    before = kept(guest)
    answer = guest.http.post(path, **sent)
    assert answer.status_code == status, answer.text
    assert_refusal(answer, words)
    assert kept(guest) == before


def assert_refusal(answer: httpx.Response, words: str) -> None:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert set(answer.json()) == {"error"}
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("row", "slug", "fields", "words"),
    [
        ("E37 unknown people policy", "imagen", {"person_generation": "X"}, "person_generation must be one of"),
        ("E37 ALLOW_ALL not enabled", "imagen", {"person_generation": "ALLOW_ALL"}, "person_generation"),
        ("E38 BLOCK_NONE not enabled", "imagen", {"safety_filter_level": "BLOCK_NONE"}, "safety_filter_level"),
        ("ratio", "imagen-4-ultra", {"aspect_ratio": "21:9"}, "aspect_ratio"),
    ],
)
def test_bad_field_of_another_model(guest: Guest, row: str, slug: str, fields: dict[str, Any], words: str) -> None:
    answer = guest.http.post(f"/v2/{slug}", json={"prompt": "a kite", **fields})
    assert answer.status_code == 400, row
    assert_refusal(answer, words)
    assert kept(guest)[0] == 0


def test_json_constants_are_exact(guest: Guest) -> None:
    """Clients match on these words."""
    assert guest.http.post("/v2/imagen", json={}).json() == {"error": PROMPT_ERROR}
    assert guest.http.post("/v2/imagen", content=b"null", headers=JSON).json() == {"error": OBJECT_ERROR}
    assert guest.http.post("/v2/imagen", content=b"a=b", headers={"content-type": "text/html"}).json() == {
        "error": "Invalid content type"
    }


def test_no_credits_is_406(guest: Guest) -> None:
    poor = guest.house.guest(credits=0.02)
    answer = poor.http.post("/v2/imagen-4-fast", json={"prompt": "a kite"})
    assert answer.status_code == 406
    assert answer.json()["error"].startswith("Insufficient credits")
    assert kept(poor) == (0, 1, 20_000)


def test_unknown_model_is_404_even_with_a_broken_body(guest: Guest) -> None:
    for version in ("v1", "v2"):
        answer = guest.http.post(f"/{version}/imagen-9", content=b"{bad", headers=JSON)
        assert answer.status_code == 404
        assert answer.json() == {"error": "Model not found: imagen-9"}
