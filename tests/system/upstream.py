"""Two real servers, the second of which makes what the first is asked for; and a proxy between them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.proxy import FaultProxy
from tests.system.running import Server
from tests.workers.gateway import search_path
from tests.workers.toy import DELIBERATE

WRONG_KEY = "SG_0123456789abcdef"
PLAIN = {"IMAGEND_PROVENANCE": "off"}  # what is drawn there can be compared with what comes out here
FILE = """
[twin]
url = "{url}"
key_file = "{twin}"
poll_seconds = 0.2
picture_hosts = ["{direct}"]
models = {{ imagen-4-fast = "imagen-4-fast" }}

[stranger]
url = "{url}"
key_env = "KEY_OF_A_STRANGER"
models = {{ imagen-4 = "imagen-4" }}

[poor]
url = "{url}"
key_file = "{poor}"
models = {{ imagen-4-ultra = "imagen-4-ultra" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    here: Server
    there: Server
    line: FaultProxy  # from here to there

    def forwarder(self, name: str = "twin") -> int:
        """Pid of the process that carries jobs to this upstream."""
        [pid] = [pid for pid in self.here.worker_pids() if f"--name\0{name}\0".encode() in _words(pid)]
        return pid

    def orders_there(self) -> list[str]:
        """Ids of our account's requests there, newest first."""
        with self.there.client() as client:
            rows = client.get("/inference-request/request-history?per_page=100").json()["history"]
        return list(dict.fromkeys(row["request_id"] for row in rows))


def _words(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def two_servers(folder: Path) -> Iterator[Pair]:
    there = Server(folder / "there", ("--workers", "1"), PLAIN | search_path() | {"IMAGEND_BACKEND": DELIBERATE})
    here = Server(folder / "here", ("--workers", "0"))
    try:
        there.start()
        with FaultProxy(there.url.removeprefix("http://")) as line:
            file = folder / "upstreams.toml"
            file.write_text(_file(folder, there, line.address))
            here.settings = PLAIN | {"IMAGEND_UPSTREAMS_FILE": str(file), "KEY_OF_A_STRANGER": WRONG_KEY}
            here.start()
            yield Pair(here=here, there=there, line=line)
    finally:
        for server in (here, there):
            if server.process and server.process.poll() is None:
                server.stop()


def _file(folder: Path, there: Server, address: str) -> str:
    keys = {"twin": there.key, "poor": there.make_key("0.001", "poor")}
    for name, key in keys.items():
        (folder / name).write_text(key + "\n")
    direct = there.url.removeprefix("http://")
    return FILE.format(url=f"http://{address}", direct=direct, **{name: folder / name for name in keys})


def order(server: Server, slug: str = "imagen-4-fast", **body: Any) -> str:
    wanted = {"prompt": "a red ball", "width": 256, "height": 256, "steps": 4, "seed": 7, "output_format": "png"}
    answer = server.post(f"/v2/{slug}", wanted | body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def status(server: Server, request_id: str) -> dict[str, Any]:
    with server.client() as client:
        answer = client.get(f"/v2/requests/{request_id}")
        assert answer.status_code in (200, 422), answer.text
        body: dict[str, Any] = answer.json()
        return body


def until(server: Server, request_id: str, *states: str, seconds: float = 60.0) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while (body := status(server, request_id))["status"] not in states:
        assert time.monotonic() < end, body
        time.sleep(0.05)
    return body


def done(server: Server, request_id: str) -> dict[str, Any]:
    return until(server, request_id, "COMPLETED", "FAILED")


def picture(server: Server, body: dict[str, Any], number: int = 0) -> bytes:
    with server.client() as client:
        return client.get(body["images"][number]["url"]).content
