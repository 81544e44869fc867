"""Models that take turns in memory: they do not change places with every order, and nobody is forgotten for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from imagend.core.errors import BackendFailure
from imagend.engine.backend import Floats, Guide, PlainConditioning
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Event, Finished
from imagend.engine.residency import PATIENCE
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end

LOAD = 3.0  # seconds to bring a model in; an evaluation of one picture, or a decoding, takes one
ENOUGH = PATIENCE * LOAD


@dataclass
class Memory:
    """Has places for so many models; the one that was brought in longest ago goes out."""

    places: int
    inside: list[str] = field(default_factory=list)
    came: list[str] = field(default_factory=list)  # all that ever came, in order

    def bring(self, name: str) -> None:
        assert name not in self.inside, name
        self.came.append(name)
        self.inside = [*self.inside, name][-self.places :]


class Guest(ToyBackend):
    """A toy that works only while it is in."""

    def __init__(self, name: str, memory: Memory) -> None:
        super().__init__()
        self.spec = replace(self.spec, name=name, max_lanes=1)
        self.memory = memory
        self.broken = False

    @property
    def is_resident(self) -> bool:
        return self.spec.name in self.memory.inside

    def bring_in(self) -> None:
        if self.broken:
            raise MemoryError("no room")
        self.memory.bring(self.spec.name)

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        assert self.is_resident
        return super().encode(prompt, width, height)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        assert self.is_resident
        return super().denoise(latents, times, guides)

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Any:
        assert self.is_resident
        return super().decode(latents, conditioning, width, height)


class Timed:
    """An engine of such models beside a clock."""

    def __init__(self, names: str = "xy", places: int = 1) -> None:
        self.memory = Memory(places)
        self.guests = {name: Guest(name, self.memory) for name in names}
        self.engine = Engine(self.guests)
        self.now = 0.0
        self.spent: Counter[str] = Counter()  # share -> seconds of pictures
        self.events: list[Event] = []
        self.done_at: dict[str, float] = {}
        self._shares: dict[str, str] = {}

    def add(self, ticket: str, model: str, share: str = "", weight: float = 1.0, steps: int = 5) -> None:
        self._shares[ticket] = share
        self.engine.add(ticket, recipe(backend=model, steps=steps), share=share, weight=weight)

    def step(self) -> None:
        events = self.engine.step()
        assert self.engine.last_step is not None
        seconds = LOAD if self.engine.last_step[1] == "load" else 1.0
        self.now += seconds
        for ticket, part in self.engine.charge(seconds).items():
            self.spent[self._shares[ticket]] += part
        self.done_at |= {event.ticket: self.now for event in events if isinstance(event, Finished)}
        self.events += events

    def run(self, until: Callable[[], bool] | None = None) -> None:
        while not (until() if until else self.engine.idle):
            self.step()


def test_a_model_comes_in_when_those_in_memory_have_nothing_to_do() -> None:
    timed = Timed()
    timed.add("first", "x")
    timed.run()
    timed.add("second", "y")
    timed.run()
    assert timed.memory.came == ["x", "y"]
    assert timed.done_at["second"] - timed.done_at["first"] == LOAD + 6


def test_models_with_places_for_all_never_go_out() -> None:
    timed = Timed(places=2)
    for number in range(20):
        timed.add(str(number), "xy"[number % 2])
    timed.run()
    assert sorted(timed.memory.came) == ["x", "y"]


@pytest.mark.parametrize("shares", [("",), ("a", "b"), ("a", "b", "c")])
def test_alternating_orders_do_not_make_models_change_places_each_time(shares: tuple[str, ...]) -> None:
    timed = Timed()
    for number in range(60):
        timed.add(str(number), "xy"[number % 2], shares[number % len(shares)])
    timed.run()
    assert len(timed.done_at) == 60
    changes = len(timed.memory.came)
    assert 2 < changes < 40
    assert changes * LOAD <= timed.now / (PATIENCE + 1) + LOAD


def test_orders_of_one_share_go_in_order_but_for_the_waiting() -> None:
    """Each is at most one turn of the other model later than it would be if both were in."""
    timed, both = Timed(), Timed(places=2)
    for one in (timed, both):
        for number in range(30):
            one.add(str(number), "xy"[number % 2])
        one.run()
    late = [timed.done_at[ticket] - both.done_at[ticket] for ticket in both.done_at]
    assert max(late) <= len(timed.memory.came) * LOAD + 2 * ENOUGH


def test_a_rare_model_waits_so_long_and_no_longer() -> None:
    timed = Timed()
    for number in range(60):
        timed.add(f"a{number}", "x", "a")
    timed.run(lambda: timed.now > 100)
    timed.add("rare", "y", "b")
    asked_at = timed.now
    timed.run(lambda: "rare" in timed.done_at)
    waited = timed.done_at["rare"] - asked_at - 6 - LOAD
    assert PATIENCE - 1 <= waited <= ENOUGH + 2  # the first time it is not known yet what it takes to bring it in
    timed.run(lambda: timed.memory.came[-1] == "x")
    assert timed.memory.came == ["x", "y", "x"]


def stream(timed: Timed, share: str, model: str, weight: float = 1.0) -> Callable[[], None]:
    """Keeps two orders of a share waiting."""
    numbers = iter(range(10_000))

    def fill() -> None:
        while sum(1 for order in timed.engine._orders.values() if order.share == share) < 2:
            timed.add(f"{share}{next(numbers)}", model, share, weight)

    return fill


@pytest.mark.parametrize(("weight", "crowd"), [(1.0, 1), (3.0, 1), (1.0, 4)])
def test_shares_get_their_parts_in_the_long_run(weight: float, crowd: int) -> None:
    """One share of this weight wants y; a crowd of shares wants x."""
    timed = Timed()
    fills = [stream(timed, "y", "y", weight), *(stream(timed, f"x{number}", "x") for number in range(crowd))]
    while timed.now < 1500:
        for fill in fills:
            fill()
        timed.step()
    others = [seconds for share, seconds in timed.spent.items() if share != "y"]
    paid = timed.memory.came.count("y") * LOAD
    assert len(others) == crowd
    assert timed.spent["y"] + paid == pytest.approx(
        weight * (sum(others) + timed.memory.came.count("x") * LOAD) / crowd, abs=2 * weight * ENOUGH
    )
    assert len(timed.memory.came) * LOAD <= timed.now / (PATIENCE + 1) + LOAD


@pytest.mark.parametrize("places", [1, 2])
def test_nobody_starves_beside_models_that_always_have_work(places: int) -> None:
    timed = Timed("wxyz", places)
    fills = [stream(timed, name, name) for name in "wxy"]
    waits: list[float] = []
    for number in range(5):
        asked_at = timed.now
        timed.add(f"rare-{number}", "z", "rare")
        while f"rare-{number}" not in timed.done_at:
            for fill in fills:
                fill()
            timed.step()
        waits.append(timed.done_at[f"rare-{number}"] - asked_at)
    assert max(waits) <= 4 * (ENOUGH + LOAD)
    assert {name: timed.memory.came.count(name) > 1 for name in "wxyz"} == dict.fromkeys("wxyz", True)


def test_pictures_do_not_depend_on_who_was_in_memory() -> None:
    orders = [(str(number), "xy"[number % 2], number) for number in range(8)]
    pictures = []
    for places in (1, 2):
        timed = Timed(places=places)
        for ticket, model, number in orders:
            timed.engine.add(ticket, recipe(backend=model, seed=number, steps=3 + number))
        made = finished(run_to_end(timed.engine))
        pictures.append({key: event.pixels.tobytes() for key, event in made.items()})
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 8


def test_who_waits_pays_in_turns_and_not_in_the_bill() -> None:
    timed = Timed()
    timed.add("x", "x", "a")
    timed.add("y", "y", "b")
    timed.engine.step()
    assert timed.engine.last_step == ("y", "load", 1)  # at a tie the newest comer
    assert timed.engine.charge(LOAD) == {}
    assert timed.engine._shares.turn("b") == (LOAD, -2)
    assert timed.engine._shares.turn("a") == (0.0, -1)


def test_a_model_that_cannot_be_brought_in_breaks_those_who_wait_for_it_and_nobody_else() -> None:
    timed = Timed()
    timed.guests["y"].broken = True
    for ticket, model in (("1", "x"), ("2", "y"), ("3", "x"), ("4", "y")):
        timed.add(ticket, model)
    timed.run()
    broken = [event for event in timed.events if isinstance(event, Broken)]
    assert {event.ticket for event in broken} == {"2", "4"}
    assert all(isinstance(event.error, BackendFailure) for event in broken)
    assert all(isinstance(event.error.__cause__, MemoryError) for event in broken)
    assert set(timed.done_at) == {"1", "3"}


def test_who_cancelled_is_not_waited_for() -> None:
    timed = Timed()
    timed.add("x", "x", steps=50)
    timed.step()
    timed.add("y", "y")
    timed.step()
    assert timed.engine.cancel("y")
    timed.run()
    assert timed.memory.came == ["x"]
