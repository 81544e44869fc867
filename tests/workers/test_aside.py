"""The thread beside a worker's: in order, measured, waited for, and with the real engine the same pictures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from imagend.engine.backend import Floats, Guide, PlainConditioning, Prompt
from imagend.engine.backends.noop import NoopBackend
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished
from imagend.workers.aside import AsideThread
from imagend.workers.executing import EngineExecutor
from imagend.workers.guards import Watchdog
from imagend.workers.main import _moved, aside_of, warm_up
from tests.engine.sideways import SidewaysBackend, spec
from tests.engine.toy import finished, recipe, run_to_end, toy_engine

PATIENCE = 60.0  # seconds that a test gives to another thread


@pytest.fixture
def aside() -> Iterator[AsideThread]:
    thread = AsideThread(time.monotonic)
    yield thread
    thread.close()


def test_pieces_are_done_in_their_order_by_one_other_thread(aside: AsideThread) -> None:
    done: list[tuple[int, str]] = []
    pieces = [aside.start(lambda n=number: done.append((n, threading.current_thread().name))) for number in range(20)]  # type: ignore[misc]
    aside.wait(pieces[-1:])
    assert done == [(number, "aside") for number in range(20)]
    assert all(piece.ready for piece in pieces)


def test_seconds_are_those_of_the_work_and_not_of_its_waiting() -> None:
    now = [0.0]

    def work(seconds: float) -> str:
        now[0] += seconds
        return f"{seconds}"

    aside = AsideThread(lambda: now[0])
    pieces = [aside.start(lambda s=seconds: work(s)) for seconds in (5.0, 2.0)]  # type: ignore[misc]
    aside.wait(pieces[1:])
    assert [piece.result() for piece in pieces] == [("5.0", 5.0), ("2.0", 2.0)]
    aside.close()


def test_what_work_raises_comes_out_and_the_thread_goes_on(aside: AsideThread) -> None:
    def explode() -> None:
        raise SystemExit(3)

    bad, good = aside.start(explode), aside.start(lambda: "fine")
    aside.wait([good])
    with pytest.raises(SystemExit):
        bad.result()
    assert good.result()[0] == "fine"


def test_waiting_ends_with_the_first_that_is_ready(aside: AsideThread) -> None:
    gate = threading.Event()
    first, second = aside.start(lambda: "soon"), aside.start(lambda: gate.wait(PATIENCE))
    aside.wait([second, first])
    assert first.ready
    assert not second.ready
    gate.set()
    aside.wait([second])


def test_nothing_of_a_piece_is_kept_when_it_has_ended(aside: AsideThread) -> None:
    class Large:
        gone = threading.Event()

        def __del__(self) -> None:
            self.gone.set()

    piece = aside.start(Large)
    aside.wait([piece])
    del piece
    assert Large.gone.wait(PATIENCE)


def test_a_thread_that_hangs_is_not_hidden_by_the_one_that_gets_on() -> None:
    now, gate = [0.0], threading.Event()
    aside = AsideThread(lambda: now[0])
    moved: list[float] = []
    watchdog = Watchdog(300.0, lambda: now[0])
    watchdog.moved = lambda: moved.append(now[0])  # type: ignore[method-assign]
    began = threading.Event()
    piece = aside.start(lambda: (began.set(), gate.wait(PATIENCE)))
    assert began.wait(PATIENCE)
    for moment in (0.0, 299.0, 301.0):
        now[0] = moment
        _moved(watchdog, aside, 300.0)
    assert moved == [0.0, 299.0]
    gate.set()
    aside.wait([piece])
    aside.close()


class Meeting(SidewaysBackend):
    """Its evaluation and its decoding of another picture end only when both are under way."""

    def __init__(self) -> None:
        super().__init__()
        self.spec = spec(self)
        self.met = threading.Barrier(2)
        self.together = 0

    def encode_many(self, prompts: Sequence[Prompt]) -> list[PlainConditioning]:
        if any("meet" in prompt.text for prompt in prompts):
            self._meet()
        return super().encode_many(prompts)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        if any("wait" in guide.positive.notes.understood for guide in guides) and not self.together:
            self._meet()
        return super().denoise(latents, times, guides)

    def _meet(self) -> None:
        self.met.wait(PATIENCE)
        self.together += 1


def test_an_evaluation_and_a_reading_run_at_the_same_time(aside: AsideThread) -> None:
    backend = Meeting()
    engine = Engine({"toy": backend}, beside=aside)
    engine.add("here", recipe(prompt="wait"))
    while "read 2*" not in backend.calls:
        engine.step()
    engine.add("new", recipe(prompt="meet", negative_prompt="snow", seed=8))
    events = run_to_end(engine)
    assert not [event for event in events if isinstance(event, Broken)]
    assert backend.together == 2
    assert len(finished(events)) == 2


def test_pictures_are_the_same_bit_for_bit_in_two_threads(aside: AsideThread) -> None:
    asked = [recipe(seed=n, steps=1 + n % 5, prompt=f"prompt {n % 4}", count=1 + n % 3) for n in range(30)]
    backend = SidewaysBackend()
    backend.spec = spec(backend, max_lanes=4)
    engine, alone = Engine({"toy": backend}, beside=aside), toy_engine()
    events = []
    for number, one in enumerate(asked):
        alone.add(str(number), one)
        engine.add(str(number), one)
        events += engine.step()
    beside, in_turn = finished(events + run_to_end(engine)), finished(run_to_end(alone))
    assert beside.keys() == in_turn.keys()
    for key, picture in in_turn.items():
        np.testing.assert_array_equal(beside[key].pixels, picture.pixels)


def test_a_worker_has_such_a_thread_only_for_models_that_use_it() -> None:
    assert aside_of({"noop": NoopBackend()}) is None
    backend = SidewaysBackend()
    aside = aside_of({"toy": backend})
    assert aside is not None
    warm_up({"toy": backend}, aside)
    assert [call for call in backend.calls if call.endswith("*")] == ["read 1*", "draw 1*"]
    executor = EngineExecutor(Engine({"toy": backend}, beside=aside), aside.close)
    executor.close()
    assert not aside._thread.is_alive()


def test_an_executor_tells_what_was_done_beside_its_steps(aside: AsideThread) -> None:
    engine = Engine({"toy": SidewaysBackend()}, beside=aside)
    executor = EngineExecutor(engine)
    engine.add("a", recipe(steps=1))
    told = []
    while not executor.idle:
        pictures = [event for event in executor.step() if isinstance(event, Finished)]
        told += [(done.work, done.lanes, done.seconds >= 0) for done in executor.done_beside]
        assert set(executor.charge(1.0)) <= {"a"}
    assert pictures
    assert told == [("encode", 1, True), ("decode", 1, True)]
