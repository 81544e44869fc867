"""What one job costs the gateway and its database, in processor time: the figures that docs/scaling.md reckons with."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.report import Table
from bench.server import make_key, serving_process
from tests.servers.postgres import Cluster

CONNECTIONS = 8
JOBS = 1500
BODY = json.dumps({"prompt": "x", "width": 256, "height": 256, "steps": 1}).encode()
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Caller:
    """Keeps one connection per thread to a server."""

    address: str
    key: str
    lines: threading.local = field(default_factory=threading.local)

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        line = getattr(self.lines, "line", None)
        if line is None:
            line = self.lines.line = http.client.HTTPConnection(self.address)
        line.request(method, path, body, {"x-api-key": self.key, "content-type": "application/json"})
        answer = line.getresponse()
        read = answer.read()
        assert answer.status == 200, read
        found: dict[str, Any] = json.loads(read)
        return found

    def submit(self, _: int) -> str:
        return str(self.ask("POST", "/v2/imagen-4-fast", BODY)["request_id"])

    def status(self, request_id: str) -> str:
        return str(self.ask("GET", f"/v2/requests/{request_id}/status")["status"])


def processor_seconds(pid: int) -> float:
    """User and system time of a process, without its children."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds so far."""

    gateway: float
    database: float


@contextmanager
def measured(spent: Callable[[], Spent], count: int) -> Iterator[dict[str, float]]:
    """Fills in milliseconds per operation, and operations per second of wall time."""
    row: dict[str, float] = {}
    before, start = spent(), time.perf_counter()
    yield row
    after, seconds = spent(), time.perf_counter() - start
    row["gateway ms"] = 1000 * (after.gateway - before.gateway) / count
    row["database ms"] = 1000 * (after.database - before.database) / count
    row["per second"] = count / seconds


def waiting(caller: Caller, spent: Callable[[], Spent]) -> list[dict[str, Any]]:
    """Submits, then polls of what waits."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        ids = list(threads.map(caller.submit, range(100)))
        with measured(spent, JOBS) as submits:
            ids += threads.map(caller.submit, range(JOBS))
        with measured(spent, len(ids)) as polls:
            list(threads.map(caller.status, ids))
    return [{"what": "durable submit"} | submits, {"what": "status poll"} | polls]


def working(caller: Caller, spent: Callable[[], Spent]) -> list[dict[str, Any]]:
    """Whole jobs: submitted at once, then waited for without polls."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(caller.submit, range(50)))
        with measured(spent, JOBS) as jobs:
            ids = list(threads.map(caller.submit, range(JOBS)))
            while caller.status(ids[-1]) != "COMPLETED":
                time.sleep(0.2)
    return [{"what": "whole job, 1-step no-op model"} | jobs]


@contextmanager
def on_sqlite(*flags: str) -> Iterator[tuple[Caller, Callable[[], Spent]]]:
    """A server with its own file; the database's work is part of the gateway's."""
    with tempfile.TemporaryDirectory() as name:
        key, _ = make_key(Path(name))
        with serving_process(Path(name), *flags) as (url, pid):
            caller = Caller(urlsplit(url).netloc, key)
            yield caller, lambda: Spent(gateway=processor_seconds(pid), database=0.0)


@contextmanager
def on_postgres(*flags: str) -> Iterator[tuple[Caller, Callable[[], Spent]]]:
    """The same server with a database beside it, whose processes are counted by themselves."""
    with tempfile.TemporaryDirectory() as name, Cluster.running() as cluster:
        environ = {"IMAGEND_DATABASE_URL": cluster.new_database()}
        key, _ = make_key(Path(name), environ)
        with serving_process(Path(name), *flags, environ=environ) as (url, pid):
            caller = Caller(urlsplit(url).netloc, key)
            yield caller, lambda: Spent(gateway=processor_seconds(pid), database=family_seconds(cluster.pid))


def family_seconds(parent: int) -> float:
    """Processor time of a process and of its living children; the database's connections stay open while we look."""
    threads = Path(f"/proc/{parent}/task").iterdir()
    children = [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]
    return sum(map(processor_seconds, [parent, *children]))


ROOMY = ("--set", "max_queued_per_account=100000", "--set", "log_level=warning")


def costs() -> Table:
    rows: list[dict[str, Any]] = []
    for name, server in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        with server("--workers", "0", *ROOMY) as (caller, spent):
            rows += [{"database": name} | row for row in waiting(caller, spent)]
        with server("--set", "backend=noop", *ROOMY) as (caller, spent):
            rows += [{"database": name} | row for row in working(caller, spent)]
    return Table(
        name="costs",
        title="What a job costs the gateway and its database",
        about=f"Processor time per operation, {CONNECTIONS} connections; clients and workers are other processes and "
        "not counted. SQLite's work is part of the gateway's.",
        rows=rows,
    )
