"""Webhooks of a real server process: signed, retried, and not lost when it is killed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.system.running import Server
from tests.webhooks.receiver import Got, Receiver, listening

LOCAL = ("--set", "webhook_allow_http=true", "--set", "webhook_allow_networks=127.0.0.0/8")
SMALL: dict[str, Any] = {"prompt": "a red ball", "width": 256, "height": 256, "steps": 4}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


def add(server: Server, url: str, types: tuple[str, ...] = ("GENERATION",)) -> tuple[str, str]:
    """(id, secret) of a new endpoint."""
    answer = server.post("/webhook/add", {"webhook_url": url, "event": {"types": list(types)}})
    assert answer.status_code == 200, answer.text
    return answer.json()["webhook_id"], answer.json()["secret"]


def submit(server: Server, **fields: Any) -> str:
    answer = server.post("/v2/imagen-4-fast", SMALL | fields)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def verified(secret: str, got: Got) -> dict[str, Any]:
    """The body, as the independent library accepts it."""
    assert Webhook(secret).verify(got.body.decode(), dict(got.headers)) == json.loads(got.body)
    body: dict[str, Any] = json.loads(got.body)
    return body


def test_a_request_is_told_with_links_that_work(new_server: Callable[..., Server], receiver: Receiver) -> None:
    server = new_server(*LOCAL)
    _, secret = add(server, receiver.url)
    request_id = submit(server)
    body = verified(secret, receiver.next())
    assert (body["type"], body["event_type"]) == ("request.completed", "GENERATION")
    assert body["data"]["request_id"] == request_id
    with server.client() as client:
        assert client.get(body["data"]["output"][0]).headers["content-type"] == "image/jpeg"
        assert client.get(body["data"]["response_url"]).json()["status"] == "COMPLETED"
    assert server.stop() == 0
    assert not [line for line in server.lines if secret in line or "Traceback" in line]
