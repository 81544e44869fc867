"""A server that takes workers over TCP, and real `imagend worker` processes for it."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.running import START_SECONDS, Server, clean_environment
from tests.workers.gateway import search_path

TOKEN = "a secret of the workers, long enough"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def write_token(folder: Path, token: str = TOKEN) -> Path:
    file = folder / "worker-token"
    file.write_text(token)
    return file


def open_server(folder: Path, port: int, **settings: str) -> Server:
    """Without workers of its own; `settings` by their names in the environment, without the prefix."""
    plain = {"WORKERS": "0", "WORKER_LISTEN": f"127.0.0.1:{port}", "WORKER_TOKEN_FILE": str(write_token(folder))}
    environ = {f"IMAGEND_{name}": value for name, value in (plain | settings).items()}
    return Server(folder / f"data-{port}", settings=environ | search_path())


@dataclass(slots=True)
class Crew:
    """One `imagend worker` with what it starts."""

    flags: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    _said: queue.Queue[str] = field(default_factory=queue.Queue)

    def start(self) -> Crew:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "imagend", "worker", *self.flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment() | search_path() | self.environ,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def _read(self) -> None:
        assert self.process
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            self._said.put(line.rstrip())
        self._said.put("")

    def hear(self, words: str) -> str:
        """Wait for a line with these words."""
        while words not in (line := self._said.get(timeout=START_SECONDS)):
            assert line, f"it ended without a word of {words!r}:\n" + "\n".join(self.lines)
        return line

    def ready(self) -> Crew:
        self.hear("imagend worker ")
        return self

    def children(self) -> list[int]:
        assert self.process
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        assert self.process.stdout
        assert self.reader
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join(timeout=10)
            self.process.stdout.close()


Opener = Callable[..., Server]
Hirer = Callable[..., Crew]
