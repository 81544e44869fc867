"""A real server process under load: pictures per second, what the server adds to a model that does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.report import Table, percentile


def make_key(folder: Path, environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """(key, account id) of a new account with credits for a million pictures. environ: settings beyond ours."""
    command = [sys.executable, "-m", "imagend", "keys", "create", "--name", "bench", "--credits", "1000000", "--json"]
    made = subprocess.run([*command, "--data-dir", str(folder)], check=True, capture_output=True, text=True,
                          env={**os.environ, **(environ or {})})  # fmt: skip
    words = json.loads(made.stdout)
    return words["key"], words["account"]


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[str]:
    """A server on this data folder; yields its URL."""
    with serving_process(folder, *flags) as (url, _):
        yield url


@contextmanager
def serving_process(folder: Path, *flags: str, environ: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """As `serving`, with the process's id."""
    command = [sys.executable, "-m", "imagend", "serve", "--port", "0", "--data-dir", str(folder), *flags]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environ or {})})
    try:
        assert server.stdout
        yield next(line.split()[-1] for line in server.stdout if line.startswith("imagend ready on ")), server.pid
    finally:
        server.terminate()
        server.communicate(timeout=30)


@contextmanager
def running(*flags: str) -> Iterator[httpx.Client]:
    """A server in a temporary folder; yields a client with its key."""
    with tempfile.TemporaryDirectory() as name:
        key, _ = make_key(Path(name))
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        with (
            serving(Path(name), *flags) as url,
            httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=120, limits=limits) as client,
        ):
            yield client


def together(count: int, work: Callable[[int], None]) -> float:
    """Run `work(i)` for i in 0..count-1 in as many threads; seconds for all."""
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def timed_posts(client: httpx.Client, path: str, body: dict[str, Any], in_flight: int, each: int) -> tuple[float, Any]:
    """Latencies of `each` POSTs in each of `in_flight` threads; (seconds for all, sorted latencies)."""
    latencies: list[float] = []

    def work(_: int) -> None:
        for _ in range(each):
            start = time.perf_counter()
            answer = client.post(path, json=body)
            latencies.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.text

    work(0)  # warm
    latencies.clear()
    return together(in_flight, work), latencies


def throughput() -> Table:
    rows: list[dict[str, Any]] = []
    with running() as client:
        for side in (512, 1024):
            body = {"prompt": "two dogs and a red ball in a meadow", "width": side, "height": side, "steps": 20,
                    "guidance_scale": 2, "scheduler": "FlowMatchEuler"}  # fmt: skip
            for in_flight, each in ((1, 8), (8, 4), (32, 2)):
                seconds, latencies = timed_posts(client, "/v1/imagen-4-fast", body, in_flight, each)
                rows.append(_row(f"{side}x{side}", in_flight, seconds, latencies))
        for slug, ratio in (("imagen-4", "1024x1024"), ("imagen-4-ultra", "2048x2048")):
            body = {"prompt": "two dogs and a red ball in a meadow", "aspect_ratio": "1:1"}
            seconds, latencies = timed_posts(client, f"/v1/{slug}", body, 1, 6)
            rows.append(_row(f"{ratio} {slug}", 1, seconds, latencies))
    return Table(
        name="throughput",
        title="Pictures through the whole server (submit to stored file), bundled model",
        about="`POST /v1`, JSON answers, default number of worker processes; 20 steps, the last row 30.",
        rows=rows,
    )


def overhead() -> Table:
    rows: list[dict[str, Any]] = []
    small = {"prompt": "x", "width": 256, "height": 256, "steps": 1}
    with running("--set", "backend=noop") as client:
        for in_flight, each in ((1, 60), (8, 20), (32, 8)):
            seconds, latencies = timed_posts(client, "/v1/imagen-4-fast", small, in_flight, each)
            rows.append(_row("v1 sync, one-step no-op model", in_flight, seconds, latencies))
        for in_flight, each in ((1, 60), (8, 20)):
            rows.append(_row("v2 submit, poll, result", in_flight, *_v2(client, small, in_flight, each)))
    with running("--workers", "0", "--set", "max_queued_per_account=100000") as client:
        for in_flight, each in ((1, 200), (8, 100), (32, 40)):
            seconds, latencies = timed_posts(client, "/v2/imagen-4-fast", small, in_flight, each)
            rows.append(_row("v2 durable submit only", in_flight, seconds, latencies))
    return Table(
        name="overhead",
        title="What the server adds: a model that does nothing, 256x256 JPEG",
        about="Every submit is on disk (fsync) before it is answered. The client shares the cores with the server.",
        rows=rows,
    )


def _v2(client: httpx.Client, body: dict[str, Any], in_flight: int, each: int) -> tuple[float, list[float]]:
    latencies: list[float] = []

    def work(_: int) -> None:
        for _ in range(each):
            start = time.perf_counter()
            job = client.post("/v2/imagen-4-fast", json=body).json()
            while client.get(job["status_url"]).json()["status"] != "COMPLETED":
                time.sleep(0.002)
            assert client.get(job["response_url"]).json()["status"] == "COMPLETED"
            latencies.append(time.perf_counter() - start)

    return together(in_flight, work), latencies


def _row(what: str, in_flight: int, seconds: float, latencies: list[float]) -> dict[str, Any]:
    return {
        "what": what, "in flight": in_flight, "per second": len(latencies) / seconds,
        "p50 ms": 1000 * percentile(latencies, 0.5), "p95 ms": 1000 * percentile(latencies, 0.95),
    }  # fmt: skip
