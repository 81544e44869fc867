"""A real `imagend serve` process for tests: started, killed and started again like a user would."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import httpx
from PIL import Image

START_SECONDS = 60.0


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMAGEND_", "SEGMIND_"))}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1", "PYTHONUNBUFFERED": "1"}


def imagend(*arguments: str, check: bool = True, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line once."""
    command = [sys.executable, "-m", "imagend", *arguments]
    return subprocess.run(
        command, check=check, capture_output=True, text=True, env=clean_environment() | environ, timeout=60
    )


def pixels_of(file: bytes) -> str:
    """A digest of what a picture shows: signatures in files differ from run to run, pixels must not."""
    with Image.open(BytesIO(file)) as picture:
        return hashlib.sha256(f"{picture.mode} {picture.size} ".encode() + picture.tobytes()).hexdigest()


@dataclass(slots=True)
class Server:
    """One data directory and, between start and stop, the process that serves it."""

    data_dir: Path
    flags: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)  # IMAGEND_... variables
    url: str = ""
    key: str = ""
    lines: list[str] = field(default_factory=list)  # what it printed
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None

    def make_key(self, credits: str = "1000", name: str = "test", *flags: str) -> str:
        data = ["--data-dir", str(self.data_dir), *flags]
        done = imagend("keys", "create", "--name", name, "--credits", credits, "--json", *data, **self.settings)
        return str(json.loads(done.stdout)["key"])

    def program(self) -> list[str]:
        """The words before `serve`."""
        return [sys.executable, "-m", "imagend"]

    def start(self) -> Self:
        command = [*self.program(), "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        self.process = subprocess.Popen(
            [*command, *self.flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment() | self.settings,
        )
        self.url = self._wait_until_ready(self.process)
        self.key = self.key or self.make_key()
        return self

    def _wait_until_ready(self, process: subprocess.Popen[str]) -> str:
        found: queue.Queue[str] = queue.Queue()

        def read() -> None:
            assert process.stdout
            for line in process.stdout:
                self.lines.append(line.rstrip())
                if line.startswith("imagend ready on "):
                    found.put(line.split()[-1])
            found.put("")

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        url = found.get(timeout=START_SECONDS)
        assert url, "the server did not start:\n" + "\n".join(self.lines)
        return url

    def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is flushed or said."""
        assert self.process
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """A polite SIGTERM; returns the exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self._reap()

    def _reap(self) -> None:
        """The exit status is fetched, all output read, the pipe closed."""
        assert self.process
        assert self.process.stdout
        assert self.reader
        self.process.wait()
        self.reader.join(timeout=10)
        self.process.stdout.close()

    def worker_pids(self) -> list[int]:
        assert self.process
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()  # the kernel lists the children of each thread
        children = [pid for thread in threads for pid in (thread / "children").read_text().split()]
        return [int(pid) for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {"x-api-key": self.key if key is None else key}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        with self.client() as client:
            return client.post(path, json=body)

    def credits(self) -> float:
        with self.client() as client:
            return float(client.get("/v1/get-user-credits").json()["credits"])
