"""Finishing threads: shares in turn, order within a share, and nothing lost at the end."""

from __future__ import annotations

import threading

import pytest

from imagend.workers.turns import Turns


def test_one_piece_of_a_newcomer_passes_a_crowd() -> None:
    turns, busy, gate, done = Turns(1, "test"), threading.Event(), threading.Event(), []
    turns.submit("crowd", lambda: (busy.set(), gate.wait(10)))
    assert busy.wait(10)
    for number in range(5):
        turns.submit("crowd", done.append, f"crowd-{number}")
    for name in ("other-0", "other-1"):
        turns.submit("other", done.append, name)
    turns.submit("third", done.append, "third-0")
    gate.set()
    turns.close()
    assert done == ["crowd-0", "other-0", "third-0", "crowd-1", "other-1", "crowd-2", "crowd-3", "crowd-4"]


def test_work_may_wait_for_earlier_work_of_its_share() -> None:
    turns = Turns(2, "test")
    parts = [turns.submit("a", lambda number=number: number) for number in range(20)]  # type: ignore[misc]
    total = turns.submit("a", lambda: sum(part.result() for part in parts))
    others = [turns.submit(share, str, share) for share in "bcd"]
    assert total.result(10) == 190
    assert [other.result(10) for other in others] == list("bcd")
    turns.close()


def test_an_error_belongs_to_its_future_and_the_thread_lives_on() -> None:
    turns = Turns(1, "test")
    broken = turns.submit("a", lambda: 1 // 0)
    assert turns.submit("a", lambda: "alive").result(10) == "alive"
    with pytest.raises(ZeroDivisionError):
        broken.result(10)
    turns.close()
    with pytest.raises(RuntimeError):
        turns.submit("a", lambda: None)
