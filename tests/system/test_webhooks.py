"""Webhooks of a real server process: signed, retried, and not lost when it is killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.system.running import Server, clean_environment
from tests.system.test_samples import SDKS
from tests.webhooks.receiver import Got, Receiver, listening, status

LOCAL = ("--set", "webhook_allow_http=true", "--set", "webhook_allow_networks=127.0.0.0/8")
IMPATIENT = ("--set", "webhook_total_seconds=0.5", "--set", "webhook_resolve_seconds=0.1")
CHECKS = Path(__file__).with_name("segmind_webhook_checks.py")
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


def hold(connection: socket.socket) -> None:
    """No answer until the other side is gone."""
    connection.recv(1)


def test_a_killed_server_tells_what_ended_before(new_server: Callable[..., Server]) -> None:
    """SIGKILL between the last transaction of a job and its delivery: the receiver has the connection, no answer."""
    server = new_server(*LOCAL, *IMPATIENT)
    with listening(hold, status(200)) as receiver:
        _, secret = add(server, receiver.url)
        request_id = submit(server)
        interrupted = receiver.next()
        server.kill()
        server.start()
        again = receiver.next(30)
        assert verified(secret, again)["data"]["request_id"] == request_id
        assert again.headers["webhook-id"] == interrupted.headers["webhook-id"]
        assert again.headers["webhook-signature"] != interrupted.headers["webhook-signature"]
    assert server.stop() == 0


def test_killed_again_and_again_everything_is_told(new_server: Callable[..., Server], receiver: Receiver) -> None:
    """Each kill costs a running job an attempt; on a slow machine one job can meet all three."""
    server = new_server(*LOCAL, *IMPATIENT, "--set", "max_attempts=10")
    _, secret = add(server, receiver.url)
    expected: set[str] = set()
    bodies: dict[str, dict[str, Any]] = {}
    for _ in range(3):
        expected |= {submit(server) for _ in range(3)}
        remember(bodies, verified(secret, receiver.next(30)))
        server.kill()
        server.start()
    while set(bodies) != expected:
        remember(bodies, verified(secret, receiver.next(60)))
    assert {body["data"]["status"] for body in bodies.values()} == {"COMPLETED"}


def remember(bodies: dict[str, dict[str, Any]], body: dict[str, Any]) -> None:
    """One message a request: whatever comes twice says the same."""
    assert bodies.setdefault(body["data"]["request_id"], body) == body


def test_stopping_waits_for_an_attempt_that_runs(new_server: Callable[..., Server]) -> None:
    server = new_server(*LOCAL)
    stopping = threading.Event()

    def late(connection: socket.socket) -> None:
        stopping.wait(20)
        time.sleep(0.3)
        connection.sendall(status(200))

    with listening(late) as receiver:
        name, _ = add(server, receiver.url)
        submit(server)
        receiver.next()
        stopping.set()
        assert server.stop() == 0
        server.start()
        with server.client() as client:
            (log,) = client.get("/webhook/dispatch-logs", params={"webhook_id": name}).json()["logs"]
        assert (log["status"], log["attempt"]) == ("success", 1)


def test_this_server_is_no_target(new_server: Callable[..., Server]) -> None:
    server = new_server(*LOCAL)
    for path in ("", "/webhook/test", "/health"):
        answer = server.post("/webhook/add", {"webhook_url": server.url + path, "event": {"types": ["GENERATION"]}})
        assert answer.json() == {"error": "webhook_url must not lead to this server (address)"}


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/", "file:///x"])
def test_without_the_operators_word_nothing_inside_is_called(url: str, server: Server) -> None:
    answer = server.post("/webhook/add", {"webhook_url": url, "event": {"types": ["GENERATION"]}})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("webhook_url must ")


@pytest.mark.parametrize("version", SDKS)
def test_the_hosted_sdk(version: str, new_server: Callable[..., Server], receiver: Receiver) -> None:
    server = new_server(*LOCAL)
    env = clean_environment() | {"PYTHONPATH": str(SDKS[version])}
    command = [sys.executable, str(CHECKS), server.url, server.key, receiver.url]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "add": "success",
        "update": "success",
        "get": [[receiver.url, ["GENERATION", "PIXELFLOW"], "active"]],
        "logs": [[True, "success", 200]],
        "delete": "success",
        "after": [],
        "metadata": [400, "webhook_url must have a host with a public address (address)"],
        "events": [400, "event.types must be a list of GENERATION, INFERENCE, PIXELFLOW, NODE_RUN, GRAPH_RUN"],
        "unknown": [404, "Webhook wh_unknown not found"],
    }
