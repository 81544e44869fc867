"""The reporter alone: how often it speaks, in which order, and what happens when nobody listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import msgspec
import numpy as np
import pytest

from imagend.core.errors import ImagendError
from imagend.core.wire import MAX_MESSAGE_BYTES, Report, Reports
from imagend.engine.backend import Pixels
from imagend.engine.events import Progress
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.workers.leases import Held
from imagend.workers.link import GatewayUnreachable, Link
from imagend.workers.reporting import Reporter
from tests.workers.gateway import recipe, until

PAUSE = 0.05
NOISE = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)


class Gateway:
    """Notes every message; can be away, or slow."""

    def __init__(self) -> None:
        self.messages: list[tuple[Report, ...]] = []
        self.moments: list[float] = []
        self.away: ImagendError | None = None
        self.open = threading.Event()
        self.open.set()

    def report(self, jobs: tuple[Report, ...]) -> None:
        self.moments.append(time.monotonic())
        assert self.open.wait(20)
        if self.away:
            raise self.away
        self.messages.append(jobs)

    @property
    def reports(self) -> list[Report]:
        return [report for message in self.messages for report in message]


@contextmanager
def reporting(gateway: Gateway) -> Iterator[Reporter]:
    reporter = Reporter(cast("Link", gateway), picture_guard(SafetyOptions(picture="")), PAUSE)
    reporter.start()
    yield reporter
    gateway.open.set()
    reporter.stop()


def held(name: str = "a", output_format: str = "jpeg") -> Held:
    return Held(
        job_id=name, token=f"token-{name}", attempt=1, solo=False, recipe=recipe(output_format=output_format),
        renewed_at=0.0, deadline_at=1e9,
    )  # fmt: skip


def moved(done: int, preview: Pixels | None = None, total: int = 1000) -> Progress:
    return Progress(ticket="t", done=done, total=total, preview=preview)


def test_only_the_newest_is_told_and_seldom() -> None:
    gateway, job = Gateway(), held()
    with reporting(gateway) as reporter:
        began_at = time.monotonic()
        for done in range(1, 501):
            reporter.note(job, moved(done))
            time.sleep(0.001)
        until(lambda: gateway.reports[-1].done == 500)
        elapsed = time.monotonic() - began_at
    assert len(gateway.messages) <= elapsed / PAUSE + 2
    seen = [report.done for report in gateway.reports]
    assert seen == sorted(set(seen))


def test_the_engine_never_waits_for_a_slow_gateway() -> None:
    gateway, job = Gateway(), held()
    with reporting(gateway) as reporter:
        gateway.open.clear()
        reporter.note(job, moved(1))
        until(lambda: bool(gateway.moments))  # it hangs in the network now
        began_at = time.perf_counter()
        for done in range(2, 1002):
            reporter.note(job, moved(done))
        assert time.perf_counter() - began_at < 1.0
        gateway.open.set()
        until(lambda: bool(gateway.messages) and gateway.reports[-1].done == 1001)


def test_what_is_lost_is_not_missed() -> None:
    gateway, job = Gateway(), held()
    gateway.away = GatewayUnreachable()
    with reporting(gateway) as reporter:
        reporter.note(job, moved(1))
        until(lambda: bool(gateway.moments))
        gateway.away = None
        reporter.note(job, moved(2))
        until(lambda: bool(gateway.messages))
    assert [report.done for report in gateway.reports] == [2]


def test_every_preview_is_told_in_order_and_the_last_ones_before_the_last_word() -> None:
    gateway, job = Gateway(), held()
    with reporting(gateway) as reporter:
        for done in range(1, 8):
            reporter.note(job, moved(done, NOISE[:8, :8] if done % 2 else None))
        reporter.flush(job)
        told = [preview.done for report in gateway.reports for preview in report.previews]
    assert told == [1, 3, 5, 7]
    assert len({report.done for report in gateway.reports if report.previews}) == 4


def test_nothing_is_said_of_a_job_that_nobody_wants() -> None:
    gateway, job, other = Gateway(), held(), held("b")
    with reporting(gateway) as reporter:
        gateway.open.clear()
        reporter.note(other, moved(1))
        until(lambda: bool(gateway.moments))
        reporter.note(job, moved(1, NOISE))
        reporter.forget(job)
        reporter.note(other, moved(2))
        gateway.open.set()
        until(lambda: len(gateway.messages) == 2)
        reporter.flush(job)
    assert {report.job_id for report in gateway.reports} == {"b"}


@pytest.mark.parametrize("output_format", ["jpeg", "png", "webp"])
def test_messages_stay_under_the_limit_of_the_protocol(output_format: str) -> None:
    gateway = Gateway()
    jobs = [held(name, output_format) for name in "abcd"]
    with reporting(gateway) as reporter:
        gateway.open.clear()
        reporter.note(jobs[0], moved(1))
        until(lambda: bool(gateway.moments))
        for done in range(1, 6):
            for job in jobs:
                reporter.note(job, moved(done, NOISE))
        gateway.open.set()
        until(lambda: sum(bool(report.previews) for report in gateway.reports) == 20)
    sizes = [len(msgspec.json.encode(Reports(worker_id="w", jobs=message))) for message in gateway.messages]
    assert max(sizes) < MAX_MESSAGE_BYTES
