"""A copy is made by one; the others take the one before it, or wait when that is too old."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from imagend.desk.copies import TOO_OLD, Copies


class Maker:
    """Makes numbers; holds still while `go` is not set."""

    def __init__(self) -> None:
        self.made = 0
        self.go, self.began = threading.Event(), threading.Event()
        self.go.set()

    def __call__(self, name: str, now: float) -> int:
        self.began.set()
        assert self.go.wait(60)
        self.made += 1
        return self.made


def first_made_at_0_then_held_still() -> tuple[Maker, Copies[int]]:
    maker = Maker()
    copies = Copies(maker, 1.0)
    copies.get("a", 0.0)
    maker.go.clear()
    maker.began.clear()
    return maker, copies


def test_a_fresh_copy_is_not_made_again() -> None:
    copies = Copies(Maker(), 1.0)
    assert [copies.get("a", now) for now in (0.0, 0.5, 0.99, 1.0, 1.9)] == [1, 1, 1, 2, 2]
    assert [copies.fresh("a", now) for now in (1.0, 1.99, 2.0)] == [True, True, False]
    assert not copies.fresh("b", 1.0)


def test_a_clock_that_jumps_back_makes_a_new_one() -> None:
    copies = Copies(Maker(), 1.0)
    assert [copies.get("a", 100.0), copies.get("a", 50.0)] == [1, 2]


def test_while_one_makes_it_the_others_take_the_one_before() -> None:
    maker, copies = first_made_at_0_then_held_still()
    with ThreadPoolExecutor(1) as threads:
        new = threads.submit(copies.get, "a", 2.0)
        assert maker.began.wait(60)
        assert copies.get("a", 2.0) == 1
        maker.go.set()
        assert new.result() == 2


def test_what_is_too_old_is_waited_for_and_made_once() -> None:
    maker, copies = first_made_at_0_then_held_still()
    with ThreadPoolExecutor(3) as threads:
        new = [threads.submit(copies.get, "a", TOO_OLD) for _ in range(3)]
        assert maker.began.wait(60)
        maker.go.set()
        assert [one.result() for one in new] == [2, 2, 2]
