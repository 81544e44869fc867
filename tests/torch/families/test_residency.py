"""Models that take turns in memory: pictures are the same, the one used longest ago goes out, numbers move."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
import torch
from torch.nn import Module

from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.load import over_pipeline
from imagend.engine.backends.torch_diffusers.residency import DeviceMover, Room
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished
from tests.torch.families.models import make
from tests.torch.families.painting import farthest, recipe
from tests.torch.families.test_families import ROUNDING

PAIR = ("flux1-dev", "z-image-turbo")


class Spoiling:
    """Moves numbers away for good: those of a model that is out are NaN until it comes back."""

    def __init__(self) -> None:
        self.moves: list[tuple[str, tuple[Module, ...]]] = []
        self.fails = False
        self._away: dict[int, torch.Tensor] = {}

    def bring(self, modules: Sequence[Module]) -> None:
        if self.fails:
            raise MemoryError("out of memory")
        self.moves.append(("in", tuple(modules)))
        for tensor in _numbers(modules):
            tensor.data.copy_(self._away.pop(id(tensor)))

    def park(self, modules: Sequence[Module]) -> None:
        self.moves.append(("out", tuple(modules)))
        for tensor in _numbers(modules):
            if id(tensor) not in self._away:
                self._away[id(tensor)] = tensor.data.clone()
                tensor.data.fill_(torch.nan)


def _numbers(modules: Sequence[Module]) -> Iterator[torch.Tensor]:
    found = {id(tensor): tensor for module in modules for tensor in (*module.parameters(), *module.buffers())}
    return (tensor for tensor in found.values() if tensor.is_floating_point())


def loaded(room: Room, name: str, model: str) -> TorchBackend:
    seat = room.seat(name)
    with seat.hold():
        return over_pipeline(make(model), name, revision="random", device="cpu", seat=seat)


def at_most(places: int) -> Callable[[Sequence[str]], bool]:
    return lambda names: len(names) <= places


def painted(backends: dict[str, TorchBackend], turns: int = 3) -> dict[str, Pixels]:
    """Orders of all models in flight together, again and again of each."""
    engine = Engine(backends)
    for number in range(turns):
        for name, backend in backends.items():
            engine.add(f"{name}-{number}", replace(recipe(backend, seed=number, steps=2 + number), backend=name))
    found: dict[str, Pixels] = {}
    while not engine.idle:
        for event in engine.step():
            assert not isinstance(event, Broken), event
            if isinstance(event, Finished):
                found[event.ticket] = event.pixels
    return found


def test_pictures_are_those_of_models_that_are_all_in_memory() -> None:
    drawn, moved = [], []
    for places in (1, 2):
        mover = Spoiling()
        room = Room(at_most(places), mover)
        drawn.append(painted({name: loaded(room, name, name) for name in PAIR}))
        moved.append([word for word, modules in mover.moves if modules])
    alternately, never = moved
    assert alternately[:3] == ["out", "out", "in"]  # the first for the second to be loaded, then back for its orders
    assert alternately.count("out") == alternately.count("in") + 1
    assert never == []
    assert len(drawn[0]) == 6
    assert all(picture.std() > 1 for picture in drawn[0].values())
    assert max(farthest(drawn[0][ticket], drawn[1][ticket]) for ticket in drawn[1]) <= ROUNDING


def test_a_model_that_is_out_could_not_draw() -> None:
    """Else the test above would show nothing."""
    room = Room(at_most(1), Spoiling())
    first, _ = (loaded(room, name, name) for name in PAIR)
    family = first._family
    assert not first.is_resident
    with torch.inference_mode():
        words = family.embed(["a red kite"])[0]
    assert all(bool(torch.isnan(tensor).any()) for tensor in words.values())


def modules_of(number: int) -> list[Module]:
    return [torch.nn.Linear(number + 1, 1)]


class Seats:
    """Models that are one module each, in a room."""

    def __init__(self, names: str, fits: Callable[[Sequence[str]], bool]) -> None:
        self.mover = Spoiling()
        self.room = Room(fits, self.mover)
        self._names: dict[int, str] = {}
        for number, name in enumerate(names):
            (module,) = modules = modules_of(number)
            self._names[id(module)] = name
            with self.room.seat(name).hold():
                self.room.furnish(name, modules)

    def use(self, name: str) -> None:
        with self.room.seat(name).hold():
            assert self.room.is_in(name)

    @property
    def moves(self) -> list[str]:
        """What moved since this was asked last: +x in, -x out."""
        moved = [(word, self._names[id(modules[0])]) for word, modules in self.mover.moves if modules]
        self.mover.moves.clear()
        return [f"{'+' if word == 'in' else '-'}{name}" for word, name in moved]


def test_the_one_that_was_used_longest_ago_goes_out() -> None:
    seats = Seats("xyz", at_most(2))
    assert seats.moves == ["-x"]  # to load z
    seats.use("y")
    seats.use("x")
    assert seats.moves == ["-z", "+x"]
    seats.use("y")
    seats.use("z")
    assert seats.moves == ["-x", "+z"]
    seats.use("y")
    assert seats.moves == []


def test_as_many_go_out_as_make_room() -> None:
    size = {"x": 1, "y": 2, "z": 4}
    seats = Seats("xyz", lambda names: sum(size[name] for name in names) <= 4)
    assert seats.moves == ["-x", "-y"]
    seats.use("y")
    assert seats.moves == ["-z", "+y"]
    seats.use("x")
    assert seats.moves == ["+x"]


def test_nobody_goes_out_who_is_at_work() -> None:
    asked = threading.Event()

    def fits(names: Sequence[str]) -> bool:
        if list(names) == ["x", "y"]:
            asked.set()
        return len(names) <= 1

    seats = Seats("yx", fits)
    assert seats.moves == ["-y"]
    other = threading.Thread(target=seats.use, args=("y",))
    with seats.room.seat("x").hold():
        other.start()
        assert asked.wait(60)
        with seats.room.seat("x").hold():  # takes the lock, so the other one has given it back and waits
            assert seats.moves == []
    other.join(60)
    assert seats.moves == ["-x", "+y"]


def test_a_model_that_could_not_come_in_is_out_and_may_come_later() -> None:
    seats = Seats("xy", at_most(1))
    seats.mover.fails = True
    with pytest.raises(MemoryError):
        seats.use("x")
    assert not seats.room.is_in("x")
    seats.mover.fails = False
    seats.use("x")
    seats.use("y")
    assert seats.moves == ["-x", "-y", "-x", "+x", "-x", "+y"]


class Tied(Module):
    """Two layers with one matrix, and a buffer that changes with every call."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
        self.other.weight = self.one.weight
        self.calls: torch.Tensor
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        answer: torch.Tensor = self.other(self.one(x))
        return answer


def copied(module: Module) -> Module:
    """As if to a device: all numbers lie elsewhere after it."""
    return module._apply(torch.clone)


def test_coming_in_is_one_copy_and_going_out_none() -> None:
    tied = Tied()
    mover = DeviceMover("cpu", copied)
    weight, place = tied.one.weight, tied.one.weight.data_ptr()
    mover.park([tied])
    mover.bring([tied])
    assert tied.one.weight is tied.other.weight is weight
    assert weight.data_ptr() != place
    mover.park([tied])
    assert weight.data_ptr() == place


def test_moving_leaves_what_compiled_code_and_adapters_hold() -> None:
    tied = Tied()
    compiled = torch.compile(tied, backend="eager")
    x, weight = torch.ones(1, 3), tied.one.weight
    with torch.inference_mode():
        before = compiled(x)
    mover = DeviceMover("cpu", copied)
    for _ in range(2):
        mover.park([tied])
        mover.bring([tied])
        with torch.inference_mode():
            assert torch.equal(compiled(x), before)
    assert tied.one.weight is weight
    assert tied.calls.item() == 3


def test_what_came_halfway_goes_back() -> None:
    """A device that is full after the first of two modules."""
    modules = [Tied(), Tied()]
    places = [module.one.weight.data_ptr() for module in modules]

    def full(module: Module) -> Module:
        if module is modules[1]:
            raise MemoryError("out of memory")
        return copied(module)

    mover = DeviceMover("cpu", full)
    with pytest.raises(MemoryError):
        mover.bring(modules)
    mover.park(modules)
    assert [module.one.weight.data_ptr() for module in modules] == places
