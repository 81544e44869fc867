"""Uploads, account, workflows and fine-tuning in the shapes of the hosted API."""

from __future__ import annotations

import base64
import io
import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.house import Guest, House, open_house
from tests.api.test_connection import Line, post


def picture(kind: str = "PNG", side: int = 8) -> bytes:
    buffer = io.BytesIO()
    noise = random.Random(side).randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), noise).save(buffer, kind)
    return buffer.getvalue()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def upload(guest: Guest, *data_urls: object) -> httpx.Response:
    return guest.http.post("/upload-asset", json={"data_urls": list(data_urls)})


def test_uploads_come_back_in_order_for_anyone_with_the_link(house: House, guest: Guest) -> None:
    files = {kind: picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}
    answer = upload(guest, *(data_url(data) for data in files.values()))
    assert answer.json()["message"] == "Files uploaded successfully"
    for url, (kind, data) in zip(answer.json()["file_urls"], files.items(), strict=True):
        got = httpx.get(url, trust_env=False)
        assert (got.content, got.headers["content-type"]) == (data, f"image/{kind.lower()}")
    house.clock.now += 604_801
    assert httpx.get(url, trust_env=False).status_code == 404
    house.clock.now += 3600  # files go by the hour
    house.services.desk.sweep_orphans()
    assert list(house.blobs.list("a")) == []


@pytest.mark.parametrize(
    ("data_urls", "word"),
    [
        (None, "1 to 10"), ("x", "1 to 10"), ([], "1 to 10"), (["data:,x"] * 11, "1 to 10"), ([5], "data_urls[0]"),
        (["https://example.com/a.png"], "data_urls[0]"), (["data:image/png,abc"], "data_urls[0]"),
        (["data:image/png;base64,!!!"], "not base64"), (["data:image/png;base64,QUJD"], "must be a png"),
        ([data_url(picture()), data_url(b"<svg/>", "image/svg+xml")], "data_urls[1]"),
    ],
    ids=repr,
)  # fmt: skip
def test_bad_uploads_keep_nothing(data_urls: object, word: str, guest: Guest) -> None:
    before = list(guest.house.blobs.list("a"))
    answer = guest.http.post("/upload-asset", json={"data_urls": data_urls})
    assert answer.status_code == 400
    assert word in answer.json()["error"]
    assert list(guest.house.blobs.list("a")) == before


def test_only_so_many_uploads_are_read_at_a_time(tmp_path: Path) -> None:
    body = json.dumps({"data_urls": [data_url(picture())]}).encode()
    with open_house(tmp_path, max_uploads_per_account=1) as house:
        guest, other = house.guest(), house.guest()
        with Line(house) as line:
            line.send(post(guest.secret, body, "expect: 100-continue", path="/upload-asset")[: -len(body)])
            assert line.answer()[0] == 100  # it has begun to read
            refused = upload(guest, data_url(picture()))
            assert refused.status_code == 429
            assert refused.headers["retry-after"]
            assert upload(other, data_url(picture())).status_code == 200
            line.send(body)
            assert line.answer()[0] == 200
        assert upload(guest, data_url(picture())).status_code == 200


def test_uploads_have_limits(guest: Guest) -> None:
    large = picture(side=600)
    assert 1_000_000 < len(large) < 1_500_000
    assert upload(guest, data_url(large), data_url(large)).status_code == 200
    refused = upload(guest, data_url(large))
    assert refused.status_code == 413
    assert "uploads may take 3000000 bytes" in refused.json()["error"]


def test_account(guest: Guest) -> None:
    guest.finished()
    body = guest.http.get("/api/auth/authenticate").json()
    assert body["user_id"] == guest.account_id
    assert body["credits"] == {"balance": 99.975, "held": 0.0}
    assert body["usage"] == {"credits_spent": 0.025}


def workflow(guest: Guest, slug: str, **fields: Any) -> dict[str, Any]:
    answer = guest.http.post(f"/workflows/{slug}", json=fields)
    assert answer.status_code == 200, answer.text
    placed = answer.json()
    assert placed["status"] == "QUEUED"
    assert placed["poll_url"].endswith(f"/workflows/request/{placed['request_id']}")
    return dict(placed)


def test_a_model_is_a_workflow(house: House, guest: Guest) -> None:
    placed = workflow(guest, "imagen-4-fast", prompt="a red kite", num_images=2)
    waiting = guest.http.get(placed["poll_url"])
    assert (waiting.status_code, waiting.json()["status"], waiting.json()["output"]) == (200, "QUEUED", "")
    house.painter.step()
    done = guest.http.get(placed["poll_url"]).json()
    nodes = json.loads(done["output"])
    assert [node["keyname"] for node in nodes] == ["image_1", "image_2"]
    assert httpx.get(nodes[0]["value"]["data"], trust_env=False).status_code == 200


def test_a_failed_workflow_is_no_http_error(house: House, guest: Guest) -> None:
    placed = workflow(guest, "imagen-4", prompt="break it")
    house.painter.step()
    answer = guest.http.get(placed["poll_url"])
    assert (answer.status_code, answer.json()["status"]) == (200, "FAILED")
    assert answer.json()["error_message"] == {"message": "The model failed", "code": "backend_failed"}


def test_workflows_on_the_v2_contract_and_unknown_ones(guest: Guest) -> None:
    assert set(guest.http.post("/workflows/v2/imagen", json={"prompt": "x"}).json()) == {
        "request_id", "status", "poll_url", "status_url", "response_url",
    }  # fmt: skip
    assert guest.http.post("/workflows/65f1c0ffee", json={"prompt": "x"}).status_code == 404
    assert guest.http.get("/workflows/request/65f1c0ffee").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "submit", '{"name":"x"}', 410),
        ("GET", "upload/pre-signed-url", '{"name":"x"}', 410),
        ("PUT", "access-update", "request_id=1&segmind_public=True", 410),
        ("GET", "details", '{"request_id":"1"}', 404),
        ("GET", "file/download", "cloud_storage_url=x", 404),
    ],
)
def test_fine_tuning_is_not_offered(method: str, path: str, content: str, status: int, guest: Guest) -> None:
    answer = guest.http.request(method, f"/finetune/request/{path}", content=content)
    assert (answer.status_code, answer.json()) == (status, {"error": "Fine-tuning is not available on this server"})


def test_there_are_no_fine_tunings(guest: Guest) -> None:
    assert guest.http.get("/finetune/request/list").json() == []


@pytest.mark.parametrize("path", ["/api/auth/authenticate", "/finetune/request/list", "/workflows/request/x"])
def test_a_key_is_needed(path: str, house: House) -> None:
    with house.client() as nobody:
        assert nobody.get(path).status_code == 401
