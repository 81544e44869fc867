"""Orders beyond what can be written down are refused at once; a crowd that comes together is not."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from imagend.api.onrush import BUSY, INTERVAL_SECONDS, TARGET_SECONDS, Onrush
from imagend.core.errors import RateLimited
from tests.api.house import Guest, open_house


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def crowd(onrush: Onrush, count: int) -> ExitStack:
    inside = ExitStack()
    for _ in range(count):
        onrush.check()
        inside.enter_context(onrush.order())
    return inside


def test_a_crowd_that_comes_together_is_taken_however_large() -> None:
    clock = Clock()
    with crowd(Onrush(8, clock), 500):
        clock.now += INTERVAL_SECONDS


def test_while_nobody_is_served_in_time_only_so_many_may_wait() -> None:
    clock = Clock()
    onrush = Onrush(8, clock)
    with crowd(onrush, 8):
        clock.now += 2 * INTERVAL_SECONDS
        with pytest.raises(RateLimited) as refusal:
            onrush.check()
    assert refusal.value.retry_after_seconds == 1


def test_room_for_the_next_one_as_soon_as_one_is_taken() -> None:
    clock = Clock()
    onrush = Onrush(8, clock)
    with crowd(onrush, 7):
        with onrush.order():
            clock.now += 2 * INTERVAL_SECONDS
        onrush.check()


def test_served_in_time_many_may_be_under_way() -> None:
    clock = Clock()
    onrush = Onrush(8, clock)
    with crowd(onrush, 100):
        for _ in range(100):
            with onrush.order():
                clock.now += TARGET_SECONDS / 2
            onrush.check()


def test_an_empty_house_is_never_busy() -> None:
    clock = Clock()
    onrush = Onrush(1, clock)
    with onrush.order():
        clock.now += 60
    clock.now += 60
    with crowd(onrush, 5):
        pass


def test_the_limit_can_be_taken_away() -> None:
    clock = Clock()
    onrush = Onrush(0, clock)
    with crowd(onrush, 5):
        clock.now += 60
        onrush.check()


def test_over_http_who_is_refused_leaves_no_trace_and_the_others_are_taken(tmp_path: Path) -> None:
    with open_house(tmp_path, busy_orders=2) as house, ThreadPoolExecutor(64) as callers:
        guest, disk_is_back = house.guest(), threading.Event()
        house.store.later(lambda tx: disk_is_back.wait(60))
        answers = [callers.submit(order, guest)]
        try:
            while not any(answer.done() for answer in answers) and len(answers) < 64:
                answers += [callers.submit(order, guest)]
                wait(answers, timeout=0.1, return_when=FIRST_COMPLETED)
        finally:
            disk_is_back.set()
        statuses = Counter(answer.result().status_code for answer in answers)
        refused = next(answer.result() for answer in answers if answer.result().status_code == 429)
        assert refused.headers["retry-after"] == "1"
        assert refused.json() == {"error": BUSY}
        assert statuses[200] == guest.num_jobs >= 2
        assert set(statuses) == {200, 429}


def order(guest: Guest) -> httpx.Response:
    return guest.http.post("/v2/imagen-4", json={"prompt": "a kite"})
