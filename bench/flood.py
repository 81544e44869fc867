"""One tenant floods the server, another orders single pictures: what the second one feels, and what it costs the first.

"Alone" is the same server with nothing else to do, before and after the flood. The flooding tenant submits its 200 jobs
at once; the other orders one picture after another through `POST /v1` and waits for each.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import httpx

from bench.report import Table, percentile
from bench.server import make_key, serving, together

JOBS = 200
SUBMITTERS = 50
ALONE = 24  # pictures of the other tenant, before and again after
WINDOW_SECONDS = 6.0
MOST_SECONDS = 40.0  # of the other tenant's visits during one flood
LEFT = 20  # the flood counts as one while so many of its jobs wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    label: str
    visitor: dict[str, Any]
    flood: dict[str, Any]


def _body(side: int, steps: int) -> dict[str, Any]:
    plain = {"prompt": "two dogs and a red ball in a meadow", "guidance_scale": 2, "scheduler": "FlowMatchEuler"}
    return {**plain, "size": f"{side}x{side}", "steps": steps}


MIXES = (
    Mix(label="512, equal jobs", visitor=_body(512, 20), flood=_body(512, 20)),
    Mix(label="1024, equal jobs", visitor=_body(1024, 20), flood=_body(1024, 20)),
    Mix(label="1024 against 2048 with 100 steps", visitor=_body(1024, 20), flood=_body(2048, 100)),
)


class Tenant:
    """One account's client, and what the database knows of its jobs."""

    def __init__(self, folder: Path, url: str, key: str, account: str) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self.http = httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=300, limits=limits)
        self._rows = apsw.Connection(str(folder / "imagend.db"), flags=apsw.SQLITE_OPEN_READONLY)
        self._rows.set_busy_timeout(5000)
        self._account = account

    def count(self, state: str) -> int:
        return int(self._ask("SELECT COUNT(*) FROM job WHERE account_id = ? AND state = ?", state)[0])

    def queue_waits(self, since: float) -> list[float]:
        """Seconds from submit to the first worker, of jobs that were submitted after `since`."""
        question = "SELECT started_at - created_at FROM job WHERE account_id = ? AND created_at > ? AND started_at > 0"
        return self._ask(question, since)

    def _ask(self, question: str, value: Any) -> list[float]:
        return [row[0] for row in self._rows.execute(question, (self._account, value))]

    def visit(self, body: dict[str, Any]) -> float:
        """Seconds from submit to the result of one picture."""
        start = time.perf_counter()
        answer = self.http.post("/v1/imagen-4-fast", json=body)
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - start

    def flood(self, body: dict[str, Any]) -> float:
        """Submit all jobs at once; seconds until the last is accepted."""

        def work(_: int) -> None:
            for _ in range(JOBS // SUBMITTERS):
                answer = self.http.post("/v2/imagen-4-fast", json=body)
                assert answer.status_code == 200, answer.text

        return together(SUBMITTERS, work)


def flood() -> Table:
    return Table(
        name="flood",
        title="A tenant with 200 jobs beside a tenant with one at a time, bundled model",
        about="Seconds from `POST /v1` to its answer for the single jobs; `ratio`: the flooded p95 against the p50 and "
        "the p95 alone. `queue` is submit to worker. The last columns are pictures per second of the flooding tenant "
        "without and with the other one.",
        rows=[_mix(mix) for mix in MIXES],
    )


def _mix(mix: Mix) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = [make_key(folder) for _ in range(2)]
        with serving(folder) as url:
            crowd, visitor = (Tenant(folder, url, *key) for key in keys)
            return {"jobs": mix.label, **_measure(mix, crowd, visitor)}


def _measure(mix: Mix, crowd: Tenant, visitor: Tenant) -> dict[str, Any]:
    for _ in range(4):
        visitor.visit(mix.visitor)  # both workers draw their first pictures
    alone = [visitor.visit(mix.visitor) for _ in range(ALONE)]
    crowd.flood(mix.flood)
    without = _rate(crowd, lambda: time.sleep(WINDOW_SECONDS))
    flooded: list[float] = []
    since = time.time()
    until = time.perf_counter() + MOST_SECONDS

    def visits() -> None:
        while crowd.count("QUEUED") > LEFT and time.perf_counter() < until:
            flooded.append(visitor.visit(mix.visitor))

    with_visitor = _rate(crowd, visits)
    waits = visitor.queue_waits(since)
    if crowd.count("QUEUED") <= LEFT:
        while crowd.count("QUEUED") + crowd.count("PROCESSING"):
            time.sleep(0.1)
        alone += [visitor.visit(mix.visitor) for _ in range(ALONE)]
    return _row(alone, flooded, waits, without, with_visitor)


def _rate(tenant: Tenant, work: Callable[[], None]) -> float:
    before, start = tenant.count("COMPLETED"), time.perf_counter()
    work()
    return (tenant.count("COMPLETED") - before) / (time.perf_counter() - start)


def _row(
    alone: list[float], flooded: list[float], waits: list[float], without: float, with_visitor: float
) -> dict[str, Any]:
    worst = percentile(flooded, 0.95)
    return {
        "alone p50": percentile(alone, 0.5), "alone p95": percentile(alone, 0.95),
        "flooded p50": percentile(flooded, 0.5), "flooded p95": worst, "visits": len(flooded),
        "ratio to p50": worst / percentile(alone, 0.5), "ratio to p95": worst / percentile(alone, 0.95),
        "queue p50 ms": 1000 * percentile(waits, 0.5), "queue p95 ms": 1000 * percentile(waits, 0.95),
        "flood/s": without, "flood/s with": with_visitor,
    }  # fmt: skip


def submits() -> Table:
    """What a tenant's own requests feel while another one submits 200 jobs at the same moment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = [make_key(folder) for _ in range(2)]
        with serving(folder, "--workers", "0", "--set", "max_queued_per_account=100000") as url:
            crowd, visitor = (Tenant(folder, url, *key) for key in keys)
            rows = [_beside(crowd, visitor, path, method) for path, method in
                    (("/v2/imagen-4-fast", "POST"), ("/v1/get-user-credits", "GET"))]  # fmt: skip
    return Table(
        name="submit-flood",
        title="Another tenant's requests while 200 submits arrive at once, no workers, in milliseconds",
        about="Three rounds of 200 submits from 50 connections; the other tenant sends one request after another.",
        rows=rows,
    )


def _beside(crowd: Tenant, visitor: Tenant, path: str, method: str) -> dict[str, Any]:
    body = _body(512, 20)

    def once() -> float:
        start = time.perf_counter()
        answer = visitor.http.request(method, path, json=body if method == "POST" else None)
        assert answer.status_code == 200, answer.text
        return 1000 * (time.perf_counter() - start)

    alone = [once() for _ in range(100)]
    flooded: list[float] = []
    seconds: list[float] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: seconds.append(crowd.flood(body)))
        thread.start()
        while thread.is_alive():
            flooded.append(once())
        thread.join()
    return {
        "request": f"{method} {path}", "alone p50": percentile(alone, 0.5), "alone p95": percentile(alone, 0.95),
        "flooded p50": percentile(flooded, 0.5), "flooded p95": percentile(flooded, 0.95), "worst": max(flooded),
        "requests": len(flooded), "submits/s of the flood": JOBS / statistics.median(seconds),
    }  # fmt: skip
