"""A full disk, on real small file systems: orders wait outside, what is under way ends, and it recovers by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.system.running import Server, clean_environment
from tests.system.test_operations import until

MOUNT = 'mount -t tmpfs -o size=24m tmpfs "$1" && {more} shift && exec "$@"'
PICTURES = 'mkdir -m 700 "$1/blobs" && mount -t tmpfs -o size=16m tmpfs "$1/blobs" &&'
BODY = {"prompt": "a red fox"}


class SmallDisk(Server):
    """A server whose data lies on a file system of 24 MB that only it sees; `apart`: pictures on another one."""

    @property
    def apart(self) -> bool:
        return "apart" in self.flags

    def start(self) -> Server:
        self.data_dir.mkdir()
        own = ["-m"] if os.geteuid() == 0 else ["-U", "-r", "-m"]
        script = MOUNT.format(more=PICTURES if self.apart else "")
        serve = [sys.executable, "-m", "imagend", "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        self.process = subprocess.Popen(
            ["unshare", *own, "sh", "-c", script, "sh", str(self.data_dir), *serve],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment() | self.settings,
        )  # fmt: skip
        self.url = self._wait_until_ready(self.process)
        self.key = next(line.split()[-1] for line in self.lines if line.startswith("API key"))
        return self

    def inside(self, name: str) -> Path:
        assert self.process
        return Path(f"/proc/{self.process.pid}/root{self.data_dir}/{name}")

    @contextmanager
    def filled(self, folder: str = ".") -> Iterator[None]:
        """Not a byte is free."""
        filler = self.inside(folder) / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (2**20, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        try:
            yield
        finally:
            filler.unlink()

    def order(self, **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.post("/v2/imagen-4-fast", json=BODY, headers=headers)

    def state(self, request_id: str) -> str:
        with self.client() as client:
            return str(client.get(f"/v2/requests/{request_id}/status").json()["status"])


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallDisk]:
    settings = {
        "IMAGEND_BALLAST_BYTES": str(4 * 2**20), "IMAGEND_BACKEND": "noop", "IMAGEND_RESERVE_WORKERS": "0",
        "IMAGEND_SWEEP_SECONDS": "0.2",
    }  # fmt: skip
    server = SmallDisk(tmp_path / "data", settings=settings)
    with ExitStack() as ends:
        ends.callback(lambda: server.kill() if server.process and server.process.poll() is None else None)
        yield server


def test_a_full_database_takes_no_orders_and_ends_what_it_has(small: SmallDisk) -> None:
    small.settings["IMAGEND_WORKERS"] = "0"
    small.start()
    cancelled = small.order().json()["request_id"]
    late = small.order(**{"x-request-timeout": "12"}).json()["request_id"]
    assert small.inside("ballast").stat().st_size == 4 * 2**20
    with small.filled():
        until(lambda: small.order().status_code == 503, "the disk is full")
        refused = small.order()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "disk is full" in refused.text
        assert not small.inside("ballast").exists()
        with small.client() as client:
            assert client.get("/health/ready").json()["parts"]["disk"] == "full"
            assert client.get(f"/v2/requests/{late}/status").json()["status"] == "QUEUED"
            assert client.get("/v1/get-user-credits").status_code == 200
            until(lambda: client.delete(f"/v2/requests/{cancelled}").status_code == 200, "cancelled")
        until(lambda: small.state(late) == "FAILED", "its deadline has come")
    until(lambda: small.order().status_code == 200, "orders are taken again")
    assert small.inside("ballast").stat().st_size == 4 * 2**20
    assert small.stop() == 0


def test_full_pictures_take_no_orders_and_end_what_they_have(small: SmallDisk) -> None:
    small.flags, small.settings["IMAGEND_WORKERS"] = ("apart",), "1"
    small.start()
    with small.filled("blobs"):
        running = small.order().json()["request_id"]
        until(lambda: small.order().status_code == 503, "the disk is full")
        until(lambda: small.state(running) == "COMPLETED", "the ballast made room for it")
    until(lambda: small.order().status_code == 200, "orders are taken again")
    assert small.stop() == 0


def test_both_on_one_full_disk(small: SmallDisk) -> None:
    small.settings["IMAGEND_WORKERS"] = "1"
    small.start()
    running = [small.order().json()["request_id"] for _ in range(5)]
    with small.filled():
        until(lambda: small.order().status_code == 503, "the disk is full")
        for request_id in running:
            until(lambda one=request_id: small.state(one) == "COMPLETED", "what was ordered before is done")  # type: ignore[misc]
    until(lambda: small.order().status_code == 200, "orders are taken again")
    assert small.stop() == 0
