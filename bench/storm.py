"""500 submits and cancels beside a steady load: what the load feels of them.

Windows without and with the storm take turns on one server, so that a machine that is slower for a while is slower for
both. Every cancelled request is half way through the queue, just claimed, or running when its cancel comes.
"""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from bench import timed
from bench.report import Table, percentile
from bench.server import running, together

PAIRS = 500  # submits and cancels in one window
WINDOW_SECONDS = 20.0
ROUNDS = 2
STORM_THREADS = 8
STEADY_IN_FLIGHT = 4
DELAYS = (0.0, 0.02, 0.1)  # seconds between a submit and its cancel, in turn
BODY = {"prompt": "two dogs and a red ball in a meadow", "width": 256, "height": 256, "steps": 20,
        "scheduler": "FlowMatchEuler", "guidance_scale": 2}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What the storm itself saw."""

    cancel_seconds: list[float]  # latency of each DELETE
    completed: int  # requests that were faster than their cancel


class Steady:
    """A constant number of synchronous calls in flight."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._stopped = threading.Event()
        self.finished: list[float] = []  # moments
        self._threads = [threading.Thread(target=self._run) for _ in range(STEADY_IN_FLIGHT)]

    def __enter__(self) -> Steady:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def per_second(self, began_at: float, ended_at: float) -> float:
        return sum(began_at <= moment < ended_at for moment in self.finished) / (ended_at - began_at)

    def _run(self) -> None:
        while not self._stopped.is_set():
            answer = self._client.post("/v1/imagen-4-fast", json=BODY)
            assert answer.status_code == 200, answer.text
            self.finished.append(time.monotonic())


def cancel_storm() -> Table:
    rows = [
        _row("20 ms per step, no core used", "--set", f"backend={timed.NAME}"),
        _row("bundled model, on the cores of server and clients"),
    ]
    return Table(
        name="storm",
        title=f"{PAIRS} submits and cancels in {WINDOW_SECONDS:g} s beside a steady load",
        about=f"{STEADY_IN_FLIGHT} calls of `POST /v1` always in flight (256x256, 20 steps); pictures per second in "
        f"windows without and with the storm that take turns, medians of {ROUNDS + 1} and {ROUNDS}. `cancel` is the "
        "time of a DELETE; `too late` counts requests that were ready before it.",
        rows=rows,
    )


def _row(model: str, *flags: str) -> dict[str, Any]:
    quiet: list[float] = []
    stormy: list[float] = []
    storms: list[Storm] = []
    with running("--workers", "2", *flags) as client, Steady(client) as steady:
        time.sleep(3)  # warm
        for number in range(2 * ROUNDS + 1):
            began_at = time.monotonic()
            if number % 2:
                storms.append(_elsewhere(client))
            time.sleep(max(0.0, began_at + WINDOW_SECONDS - time.monotonic()))
            (stormy if number % 2 else quiet).append(steady.per_second(began_at, time.monotonic()))
    cancels = [seconds for one in storms for seconds in one.cancel_seconds]
    before, beside = statistics.median(quiet), statistics.median(stormy)
    return {
        "model": model, "quiet per second": before, "with storm per second": beside, "ratio": beside / before,
        "cancel p50 ms": 1000 * percentile(cancels, 0.5), "cancel p95 ms": 1000 * percentile(cancels, 0.95),
        "cancels": len(cancels), "too late": sum(one.completed for one in storms),
    }  # fmt: skip


def _elsewhere(client: httpx.Client) -> Storm:
    """A storm from a process of its own, so that it does not share an interpreter with the steady load."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(rage, (str(client.base_url), client.headers["x-api-key"]))


def rage(url: str, key: str) -> Storm:
    """Submit and cancel PAIRS requests, spread evenly over the window."""
    seen: list[tuple[float, str]] = []
    began_at = time.monotonic()

    def work(client: httpx.Client) -> Callable[[int], None]:
        def pairs(thread: int) -> None:
            for number in range(thread, PAIRS, STORM_THREADS):
                time.sleep(max(0.0, began_at + number * WINDOW_SECONDS / PAIRS - time.monotonic()))
                seen.append(_pair(client, DELAYS[number % len(DELAYS)]))

        return pairs

    with httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=60) as client:
        together(STORM_THREADS, work(client))
    completed = sum(status == "COMPLETED" for _, status in seen)
    return Storm(cancel_seconds=[seconds for seconds, _ in seen], completed=completed)


def _pair(client: httpx.Client, delay: float) -> tuple[float, str]:
    """(seconds of the DELETE, the state it found or made)."""
    request_id = client.post("/v2/imagen-4-fast", json={**BODY, "steps": 100}).json()["request_id"]
    time.sleep(delay)
    start = time.perf_counter()
    answer = client.delete(f"/v2/requests/{request_id}")
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - start, str(answer.json()["status"])
