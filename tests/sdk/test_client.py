"""The client against a scripted wire: final states, retries, patience, the words of the hosted SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

import imagend
from imagend.sdk import APIError, AsyncClient, Client, InferenceFailed, InferenceTimeout
from imagend.sdk.flow import origin

HOST = "http://server.test:9000"
ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
SUBMITTED = {
    "request_id": ID,
    "status": "QUEUED",
    "status_url": f"{HOST}/v2/requests/{ID}/status",
    "response_url": f"{HOST}/v2/requests/{ID}",
}
DONE = {"status": "COMPLETED", "request_id": ID, "output": f"{HOST}/generations/a.jpeg", "metrics": {}}

Handler = Callable[[httpx.Request], httpx.Response]


class Script:
    """Plays answers in order and keeps the requests."""

    def __init__(self, *answers: httpx.Response | httpx.TransportError) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    def client(self, base_url: str = f"{HOST}/v1") -> Client:
        return Client(api_key="SG_0123456789abcdef", base_url=base_url, transport=httpx.MockTransport(self))


def ok(body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def test_run_submits_polls_and_fetches() -> None:
    script = Script(ok(SUBMITTED), ok({"status": "COMPLETED"}), ok(DONE))
    with script.client() as client:
        assert client.run("imagen-4", prompt="a cat", timeout=3) == DONE
    submit, status, result = script.requests
    assert (submit.method, str(submit.url)) == ("POST", f"{HOST}/v2/imagen-4")
    assert json.loads(submit.content) == {"prompt": "a cat", "timeout": 3}
    assert submit.headers["x-api-key"] == "SG_0123456789abcdef"
    assert [str(status.url), str(result.url)] == [SUBMITTED["status_url"], SUBMITTED["response_url"]]


def test_failed_under_422_raises_with_the_servers_words() -> None:
    body = {"status": "FAILED", "error": "Content blocked", "request_id": ID}
    script = Script(ok(SUBMITTED), httpx.Response(422, json=body))
    with script.client() as client, pytest.raises(InferenceFailed) as caught:
        client.submit_async("imagen", prompt="x").wait()
    assert caught.value.detail == "Content blocked"
    assert caught.value.status_body == body
    assert caught.value.request_id == ID


def test_timeout_names_the_request() -> None:
    script = Script(ok(SUBMITTED), *(ok({"status": "PROCESSING"}) for _ in range(50)))
    with script.client() as client, pytest.raises(InferenceTimeout) as caught:
        client.submit_async("imagen", prompt="x").wait(timeout=0.05, interval=0.01)
    assert caught.value.request_id == ID


def test_lost_connection_is_tried_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.sdk.flow.BACK_OFF", (0.0, 0.0))
    script = Script(httpx.ReadError("reset"), httpx.Response(503, json={"error": "draining"}), ok(SUBMITTED))
    with script.client() as client:
        assert client.submit_async("imagen", prompt="x").request_id == ID
    assert len({request.headers["idempotency-key"] for request in script.requests}) == 1


def test_nobody_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.sdk.flow.BACK_OFF", (0.0,))
    script = Script(httpx.ConnectError("refused"), httpx.ConnectError("refused"))
    with script.client() as client, pytest.raises(APIError, match=r"no answer from .*ConnectError: refused"):
        client.run("imagen", prompt="x")


def test_client_errors_are_not_tried_again() -> None:
    script = Script(httpx.Response(401, json={"error": "Unauthorized"}))
    with script.client() as client, pytest.raises(APIError, match="401: Unauthorized") as caught:
        client.run("imagen", prompt="x")
    assert caught.value.status == 401
    assert len(script.requests) == 1


def test_async_client_follows_the_same_flow() -> None:
    script = Script(ok(SUBMITTED), ok({"status": "QUEUED"}), ok({"status": "COMPLETED"}), ok(DONE))
    seen: list[str] = []

    async def go() -> dict[str, object]:
        async with AsyncClient(api_key="k", base_url=HOST, transport=httpx.MockTransport(script)) as client:
            job = await client.submit_async("imagen", prompt="x")
            return await job.wait(interval=0.0, on_status=lambda body: seen.append(body["status"]))

    assert asyncio.run(go()) == DONE
    assert seen == ["QUEUED", "COMPLETED"]


@pytest.mark.parametrize("base", [HOST, f"{HOST}/", f"{HOST}/v1", f"{HOST}/v1/"])
def test_base_url_with_and_without_version(base: str) -> None:
    assert origin(base) == HOST


def test_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", "old")
    monkeypatch.setenv("IMAGEND_BASE_URL", "http://elsewhere:1")
    assert (Client().api_key, Client().base_url) == ("old", "http://elsewhere:1")
    monkeypatch.setenv("IMAGEND_API_KEY", "new")
    assert Client().api_key == "new"


def test_public_face() -> None:
    assert all(hasattr(imagend, name) for name in imagend.__all__)
    assert imagend.SegmindClient is imagend.Client
    with pytest.raises(AttributeError):
        imagend.nothing  # noqa: B018
