"""How soon a receiver on the same machine hears that a request is final."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread

import httpx

from bench.report import Table, percentile
from bench.server import running

BODY = {"prompt": "a red ball", "width": 256, "height": 256, "steps": 1}
REQUESTS = 100
LOCAL = ("--set", "webhook_allow_http=true", "--set", "webhook_allow_networks=127.0.0.0/8", "--set", "backend=noop")


def latency() -> Table:
    with _receiver() as (url, waits), running(*LOCAL) as client:
        added = client.post("/webhook/add", json={"webhook_url": url, "event": {"types": ["GENERATION"]}})
        added.raise_for_status()
        rows = [_row("one at a time", 1, client, waits), _row("a burst", 50, client, waits)]
    return Table(
        name="webhooks",
        title="Webhook on the same machine: from the end of a job to the receiver",
        about=(
            "Model that does nothing. The clock starts with `timestamp` in the message, which is taken before the "
            "job's last transaction, and stops when the body has arrived; two at once to one receiver."
        ),
        rows=rows,
    )


def _row(what: str, at_once: int, client: httpx.Client, waits: SimpleQueue[float]) -> dict[str, object]:
    found: list[float] = []
    for _ in range(REQUESTS // at_once):
        for _ in range(at_once):
            client.post("/v2/imagen-4-fast", json=BODY).raise_for_status()
        found += [waits.get(timeout=30) for _ in range(at_once)]
    return {
        "requests": what,
        "at once": at_once,
        "p50 ms": 1000 * percentile(found, 0.5),
        "p95 ms": 1000 * percentile(found, 0.95),
    }


@contextmanager
def _receiver() -> Iterator[tuple[str, SimpleQueue[float]]]:
    waits: SimpleQueue[float] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            waits.put(time.time() - datetime.fromisoformat(body["timestamp"]).timestamp())
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", waits
        finally:
            server.shutdown()
            thread.join()
