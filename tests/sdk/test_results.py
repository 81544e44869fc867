"""What a result says by name, its pictures, and many of them at once."""

from __future__ import annotations

import asyncio
import io
import threading
from pathlib import Path

import httpx
import pytest
from PIL import Image

from imagend.sdk import (
    APIError,
    AsyncClient,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailed,
    Unauthorized,
)
from imagend.sdk.client import Client
from imagend.sdk.result import Result
from tests.sdk.test_client import DONE, HOST, ID, SUBMITTED, Script, ok


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(file, "PNG")
    return file.getvalue()


TWO = DONE | {
    "images": [{"url": f"{HOST}/a.png", "seed": "7"}, {"url": f"{HOST}/b.png", "seed": "8"}],
    "seed": "7",
    "metrics": {"cost": 0.06, "total_time": 3.4},
    "warnings": ["steps was ignored"],
}


def test_a_result_is_the_body_and_has_names_for_it() -> None:
    result = Result(TWO, lambda _: b"")
    assert result == TWO
    assert (result.request_id, result.seed, result.seeds) == (ID, 7, [7, 8])
    assert (result.cost, result.seconds, result.warnings) == (0.06, 3.4, ["steps was ignored"])
    bare = Result({"output": "x"}, lambda _: b"")
    assert (bare.urls, bare.seed, bare.cost, bare.warnings) == (["x"], None, None, [])


def test_pictures_are_downloaded_once_without_the_key(tmp_path: Path) -> None:
    files = [httpx.Response(200, content=png("red")), httpx.Response(200, content=png("blue"))]
    script = Script(ok(SUBMITTED), ok({"status": "COMPLETED"}), ok(TWO), *files)
    with script.client() as client:
        result = client.run("imagen", prompt="x")
        assert [path.name for path in result.save(tmp_path / "cat.png")] == ["cat.png", "cat-2.png"]
        assert [image.getpixel((0, 0)) for image in result.images] == [(255, 0, 0), (0, 0, 255)]
    assert (tmp_path / "cat-2.png").read_bytes() == png("blue")
    assert [str(request.url) for request in script.requests[3:]] == [f"{HOST}/a.png", f"{HOST}/b.png"]
    assert not any("x-api-key" in request.headers for request in script.requests[3:])


def test_a_job_waits_for_its_pictures(tmp_path: Path) -> None:
    script = Script(ok({"status": "COMPLETED"}), ok(DONE), httpx.Response(200, content=png("red")))
    with script.client() as client:
        job = client.job(ID)
        assert job.save(tmp_path / "cat.png").read_bytes() == png("red")
        assert job.images[0].size == (4, 3)
    assert [request.method for request in script.requests] == ["GET"] * 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, InvalidRequest), (401, Unauthorized), (403, Unauthorized), (404, NotFound), (406, InvalidRequest),
     (413, InvalidRequest), (418, APIError), (500, ServerFailed)],
)  # fmt: skip
def test_every_refusal_has_its_own_class(status: int, kind: type[APIError]) -> None:
    script = Script(httpx.Response(status, json={"error": "no"}))
    with script.client() as client, pytest.raises(APIError, match=f"{status}: no") as caught:
        client.run_sync("imagen", prompt="x")
    assert type(caught.value) is kind
    assert caught.value.to_dict() == {"status": status, "detail": "no"}


def test_a_server_that_names_a_time_is_asked_again_then(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("imagend.sdk.client.time.sleep", slept.append)
    busy = httpx.Response(429, json={"error": "slow down"}, headers={"retry-after": "7"})
    script = Script(*[busy] * 6, ok(SUBMITTED))
    with script.client() as client:
        client.submit_async("imagen", prompt="x")
    assert slept == [7.0] * 6
    endless = Script(*[busy] * 20)
    with endless.client() as client, pytest.raises(RateLimited) as caught:
        client.submit_async("imagen", prompt="x")
    assert caught.value.retry_after_seconds == 7.0
    assert len(endless.requests) == 9  # a minute in all


def test_rooms_of_the_hosted_sdk() -> None:
    script = Script(ok({"models": []}), ok({"history": []}), ok({}), ok({}))
    with script.client() as client:
        assert client.models.list() == {"models": []}
        client.generations.history(status="FAILED", from_date="2026-11-01")
        client.generations.get("a/b")
        client.webhooks.add("https://example.com/hook", ["SERVERLESS"])
    assert [str(request.url).removeprefix(HOST) for request in script.requests] == [
        "/inference-model-information/list",
        "/inference-request/request-history?page=1&per_page=20&from_date=2026-11-01&status=FAILED",
        "/inference-request/request-history/a%2Fb",
        "/webhook/add",
    ]


class Server:
    """Answers each request by its prompt; keeps how many were under way together."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.together = 0
        self.most = 0
        self.lock = threading.Lock()
        self.two_there = threading.Barrier(2)

    def run(self, slug: str, prompt: str, seed: int = 0) -> Result:
        with self.lock:
            self.prompts.append(prompt)
            self.together += 1
            self.most = max(self.most, self.together)
        if prompt in {"a", "b"}:
            self.two_there.wait(30)
        with self.lock:
            self.together -= 1
        if prompt == "bad":
            raise InvalidRequest("prompt is bad", status=400)
        return Result({"prompt": prompt, "seed": seed, "slug": slug}, lambda _: b"")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(Client, "run", lambda _, slug, **fields: server.run(slug, **fields))
    return server


def test_many_prompts_keep_their_order_and_run_side_by_side(many: Server) -> None:
    with Client(base_url=HOST) as client:
        asked = ["a", "b", {"prompt": "c", "seed": 5}, "d"]
        results = list(client.map("imagen", asked, concurrency=2, seed=3))
    assert [(result["prompt"], result["seed"]) for result in results] == [("a", 3), ("b", 3), ("c", 5), ("d", 3)]
    assert many.most == 2


def test_an_error_ends_it_or_stands_in_its_place(many: Server) -> None:
    with Client(base_url=HOST) as client:
        with pytest.raises(InvalidRequest):
            list(client.map("imagen", ["c", "bad", "d"], concurrency=1))
        results = list(client.map("imagen", ["c", "bad", "d"], return_errors=True))
        with pytest.raises(ValueError, match="concurrency must be 1 or more"):
            next(client.map("imagen", ["c"], concurrency=0))
    assert [isinstance(result, APIError) for result in results] == [False, True, False]


def test_a_bar_counts_what_is_done(many: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with Client(base_url=HOST) as client:
        assert len(list(client.map("imagen", ["c", "d"], progress=True))) == 2
    assert "2/2" in capsys.readouterr().out


def test_the_async_client_maps_and_saves(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            return ok(SUBMITTED)
        if path.startswith("/v2"):
            return ok(TWO)
        return httpx.Response(200, content=png("red"))

    async def go() -> list[object]:
        async with AsyncClient(base_url=HOST, transport=httpx.MockTransport(answer)) as client:
            results = [result async for result in client.map("imagen", ["x", "y", "z"], concurrency=2)]
            assert [path.name for path in await results[0].save(tmp_path / "cat.png")] == ["cat.png", "cat-2.png"]
            assert [image.size for image in await results[1].images()] == [(4, 3)] * 2
            return list(results)

    assert asyncio.run(go()) == [TWO] * 3
