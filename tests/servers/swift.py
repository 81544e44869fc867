"""A real S3 server for tests: OpenStack Swift with its s3api, one device, in a folder of its own on loopback.

Signatures and expiry times are checked and create-only puts are kept, which most stand-ins do not do. Works outside
pytest too: `with swift_server(folder) as s3: ...`. The four processes die with the one that started them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagend.blobs.bucket import Bucket

PYTHON = Path(__file__).parents[2] / ".venv/clients/swift-2.38.3/bin/python"
START_SECONDS = 60.0
NAMES = ("account", "container", "object", "proxy")
MAX_OBJECT_BYTES = 64 * 1024 * 1024

_RINGS = """
import sys
from swift.common.ring import RingBuilder
for name, port in zip(("account", "container", "object"), sys.argv[2:]):
    ring = RingBuilder(0, 1, 0)
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1"})
    ring.rebalance()
    ring.get_ring().save(f"{sys.argv[1]}/{name}.ring.gz")
"""
#: The parent's death is a SIGKILL, so that no test run leaves a server behind.
_CHILD = """
import ctypes, importlib, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
name = sys.argv[2]
sys.argv = [f"swift-{name}-server", sys.argv[3], "verbose"]
package = {"object": "obj"}.get(name, name)
sys.exit(importlib.import_module(f"swift.{package}.server").main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwiftServer:
    """Where the S3 server is and how to get in."""

    endpoint: str  # http://127.0.0.1:port
    region: str
    key_id: str
    secret: str

    def bucket(self, name: str, **others: Any) -> Bucket:
        """A bucket as our own code knows it; `others` replace what is right."""
        known = {"endpoint": self.endpoint, "region": self.region, "key_id": self.key_id, "secret": self.secret}
        return Bucket(name=name, **known | others)

    def new_bucket(self) -> str:
        """Make an empty bucket; returns its name."""
        name = f"bucket-{secrets.token_hex(6)}"
        url = self.bucket(name).signed_url("PUT", "", at=time.time(), seconds=300)
        with urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=60) as answer:
            assert answer.status == 200
        return name

    def environment(self) -> dict[str, str]:
        """What `imagend serve` and its workers are to be given."""
        return {
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "IMAGEND_OBJECT_STORE_ENDPOINT": self.endpoint,
            "IMAGEND_OBJECT_STORE_REGION": self.region,
        }


@contextmanager
def swift_server(folder: Path) -> Iterator[SwiftServer]:
    """A running server with no buckets; its data lie in `folder`."""
    if not PYTHON.exists():
        raise RuntimeError("Swift is not installed in .venv/clients/swift-2.38.3; run: make test")
    secret = secrets.token_hex(16)
    with ExitStack() as closing:
        port = _start(folder, secret, closing)
        yield SwiftServer(
            endpoint=f"http://127.0.0.1:{port}", region="us-east-1", key_id="imagend:keeper", secret=secret
        )  # fmt: skip


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    """One for the whole process; take a new bucket."""
    with swift_server(tmp_path_factory.mktemp("swift")) as running:
        yield running


def _start(folder: Path, secret: str, closing: ExitStack) -> int:
    """The port of the running proxy. Another program may take one of our ports before we do: so up to three tries."""
    said = ""
    for attempt in range(3):
        home = folder / f"swift-{attempt}"
        ports = dict(zip(NAMES, _free_ports(len(NAMES)), strict=True))
        _configure(home, ports, secret)
        with ExitStack() as trying:
            children = {name: _spawn(home, name, trying) for name in NAMES}
            if _up(children, ports):
                closing.push(trying.pop_all())
                return ports["proxy"]
            said = "\n".join((home / f"{name}.log").read_text("utf-8", "replace")[-2000:] for name in NAMES)
    raise RuntimeError(f"Swift did not start:\n{said}")


def _configure(home: Path, ports: dict[str, int], secret: str) -> None:
    (home / "srv" / "d1").mkdir(parents=True)
    text = f"[swift-hash]\nswift_hash_path_suffix = {secrets.token_hex(8)}\n"
    text += f"[swift-constraints]\nmax_file_size = {MAX_OBJECT_BYTES}\n"
    (home / "swift.conf").write_text(text)
    shared = f"""[DEFAULT]
swift_dir = {home}
devices = {home}/srv
mount_check = false
bind_ip = 127.0.0.1
workers = 0
user = {pwd.getpwuid(os.getuid()).pw_name}
log_level = WARNING
fallocate_reserve = 0
"""
    for name in NAMES[:3]:
        tail = f"bind_port = {ports[name]}\n[pipeline:main]\npipeline = {name}-server\n"
        tail += f"[app:{name}-server]\nuse = egg:swift#{name}\nallow_versions = false\n"
        (home / f"{name}.conf").write_text(shared + tail)
    (home / "proxy.conf").write_text(shared + _PROXY.format(port=ports["proxy"], secret=secret))
    command = [str(PYTHON), "-c", _RINGS, str(home), *(str(ports[name]) for name in NAMES[:3])]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


_PROXY = """bind_port = {port}
[pipeline:main]
pipeline = healthcheck s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_imagend_keeper = {secret} .admin
[filter:slo]
use = egg:swift#slo
"""


def _free_ports(count: int) -> list[int]:
    with ExitStack() as holding:
        sockets = [holding.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _spawn(home: Path, name: str, closing: ExitStack) -> subprocess.Popen[bytes]:
    log = closing.enter_context((home / f"{name}.log").open("wb"))
    command = [str(PYTHON), "-c", _CHILD, str(os.getpid()), name, str(home / f"{name}.conf")]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end() -> None:
        child.kill()
        child.wait()

    closing.callback(end)
    return child


def _up(children: dict[str, subprocess.Popen[bytes]], ports: dict[str, int]) -> bool:
    """Wait until all answer; False when one has died."""
    give_up_at = time.monotonic() + START_SECONDS
    waiting = set(NAMES)
    while waiting and time.monotonic() < give_up_at:
        if any(child.poll() is not None for child in children.values()):
            return False
        waiting -= {name for name in waiting if _answers(ports[name])}
        threading.Event().wait(0.05)
    return not waiting


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5):
            return True
    except urllib.error.HTTPError:  # a server without a health check says 4xx
        return True
    except OSError:
        return False


if __name__ == "__main__":  # python -m tests.servers.swift FOLDER: runs until Ctrl-C
    with swift_server(Path(sys.argv[1])) as running:
        print(f"endpoint {running.endpoint} bucket {running.new_bucket()} key {running.key_id} {running.secret}")
        threading.Event().wait()
