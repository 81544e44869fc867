"""The receiver in docs/webhooks.md, as it stands there, hears of a request once and refuses what is not genuine."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.system.running import Server, clean_environment
from tests.system.test_webhooks import LOCAL, SMALL

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def receiving(folder: Path, secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    program = folder / "receiver.py"
    (found,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    program.write_text(found)
    env = clean_environment() | {"WEBHOOK_SECRET": secret}
    command = [sys.executable, str(program), str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        wait_until_open(port)
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_open(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)
        else:
            return


def test_the_receiver_of_the_page(new_server: Callable[..., Server], tmp_path: Path) -> None:
    server = new_server(*LOCAL)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with server.client() as client:
        secret = client.get("/webhook/secret").json()["secret"]
    with receiving(tmp_path, secret, port) as receiver:
        request_id = server.post("/v2/imagen-4-fast", SMALL | {"webhook_url": url}).json()["request_id"]
        assert receiver.stdout
        name, status, link = receiver.stdout.readline().split()
        assert (name, status) == (request_id, "COMPLETED")
        assert httpx.get(link).headers["content-type"] == "image/jpeg"
        forged = {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
        assert httpx.post(url, headers=forged, content=json.dumps({"data": {}})).status_code == 401
    assert server.stop() == 0
