"""How many status polls a second one key gets answered, while its requests wait in a long queue."""

from __future__ import annotations

import http.client
import multiprocessing
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from bench.report import Table, percentile
from bench.server import running, together

WAITING = 1000
CONNECTIONS = (1, 8, 32)
SECONDS = 5.0
BODY = {"prompt": "x", "width": 256, "height": 256, "steps": 1}


def status_polls() -> Table:
    with running("--workers", "0", "--set", "max_queued_per_account=100000") as client:
        ids = _submit(client)
        rows = [_elsewhere(client, ids, connections) for connections in CONNECTIONS]
    return Table(
        name="polls",
        title=f"Status polls of {WAITING} waiting requests, one key",
        about="`GET /v2/requests/{id}/status` in turn, each answer with progress, place in the queue and an estimate; "
        "the clients share the cores with the server.",
        rows=rows,
    )


def _submit(client: httpx.Client) -> list[str]:
    ids: list[str] = []

    def work(_: int) -> None:
        for _ in range(WAITING // 20):
            ids.append(client.post("/v2/imagen-4-fast", json=BODY).json()["request_id"])

    together(20, work)
    return ids


def _elsewhere(client: httpx.Client, ids: list[str], connections: int) -> dict[str, Any]:
    """Polls from a process of their own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(poll, (str(client.base_url), client.headers["x-api-key"], ids, connections))


def poll(url: str, key: str, ids: list[str], connections: int) -> dict[str, Any]:
    """Poll as fast as the server answers; one row of the table."""
    latencies: list[float] = []
    address = urlsplit(url).netloc

    def work(thread: int) -> None:
        line = http.client.HTTPConnection(address)
        until = time.perf_counter() + SECONDS
        number = thread
        while (start := time.perf_counter()) < until:
            line.request("GET", f"/v2/requests/{ids[number % len(ids)]}/status", headers={"x-api-key": key})
            answer = line.getresponse()
            assert b"queue_position" in answer.read()
            assert answer.status == 200
            latencies.append(time.perf_counter() - start)
            number += connections
        line.close()

    seconds = together(connections, work)
    return {
        "connections": connections, "per second": len(latencies) / seconds,
        "p50 ms": 1000 * percentile(latencies, 0.5), "p95 ms": 1000 * percentile(latencies, 0.95),
    }  # fmt: skip
