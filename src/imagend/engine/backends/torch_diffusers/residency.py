"""Models that take turns in one device's memory: who is asked comes in, and whoever was asked longest ago goes out.

A model that is out waits in the machine's own memory, in the same module objects: what quantisation, compilation and
adapters have made of them is still there when their numbers come back.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import Module, Parameter


class Mover(Protocol):
    """What carries a model's numbers between its device and the machine's memory."""

    def bring(self, modules: Sequence[Module]) -> None:
        """To the device."""
        ...

    def park(self, modules: Sequence[Module]) -> None:
        """Out of the device, whose memory is free for others after this."""
        ...


class DeviceMover:
    """Parameters do not change while a model serves: what was once in the machine's memory stays there, so that coming
    in is one copy and going out none. Buffers, and parameters of tensor types of their own, are copied both ways."""

    def __init__(self, device: str, carry: Callable[[Module], object] | None = None) -> None:
        """device: as torch names it. carry: brings a module's numbers there."""
        self._device = torch.device(device)
        self._carry = carry or (lambda module: module.to(self._device))
        self._here: dict[Parameter, Tensor] = {}

    def bring(self, modules: Sequence[Module]) -> None:
        self._here |= {param: param.data for param in _parameters(modules) if type(param.data) is Tensor}
        for module in modules:
            self._carry(module)

    def park(self, modules: Sequence[Module]) -> None:
        for param in _parameters(modules):
            if param in self._here:
                param.data = self._here[param]
        for module in modules:
            module.to("cpu")
        if self._device.type == "cuda":
            torch.cuda.empty_cache()  # or the allocator keeps it, in pieces that fit the next model badly


def _parameters(modules: Sequence[Module]) -> Iterator[Parameter]:
    return chain.from_iterable(module.parameters() for module in modules)


class Room:
    """The memory of one device. Safe from any thread; a model goes out only while nobody holds it."""

    def __init__(self, fits: Callable[[Sequence[str]], bool], mover: Mover) -> None:
        """fits: whether the models of these names have room together. Each has room alone."""
        self._fits = fits
        self._mover = mover
        self._changed = threading.Condition()
        self._modules: dict[str, tuple[Module, ...]] = {}
        self._in: OrderedDict[str, None] = OrderedDict()  # the one that was held longest ago is the first
        self._held: Counter[str] = Counter()

    def seat(self, name: str) -> Seat:
        """For a model of this name, which is not loaded yet."""
        return Seat(self, name)

    def is_in(self, name: str) -> bool:
        return name in self._in

    def furnish(self, name: str, modules: Iterable[Module]) -> None:
        """What the model's numbers are in; they are on the device."""
        self._modules[name] = tuple(modules)

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """The model is in from here to the end; one that was never loaded has room to be loaded."""
        with self._changed:
            if name not in self._in:
                self._let_in(name)
            self._in[name] = None
            self._in.move_to_end(name)
            self._held[name] += 1
        try:
            yield
        finally:
            with self._changed:
                self._held[name] -= 1
                self._changed.notify_all()

    def _let_in(self, name: str) -> None:
        while not self._fits([*self._in, name]):
            assert self._in, f"{name} has no room alone"
            idle = next((other for other in self._in if not self._held[other]), None)
            if idle is None:
                self._changed.wait()
            else:
                self._mover.park(self._modules[idle])
                del self._in[idle]
        modules = self._modules.get(name, ())
        try:
            self._mover.bring(modules)
        except BaseException:
            self._mover.park(modules)  # what had come of it
            raise


class Seat:
    """One model's place in a room."""

    def __init__(self, room: Room, name: str) -> None:
        self._room = room
        self._name = name

    @property
    def is_taken(self) -> bool:
        return self._room.is_in(self._name)

    def hold(self) -> AbstractContextManager[None]:
        return self._room.holding(self._name)

    def furnish(self, components: Iterable[object]) -> None:
        """Of a pipeline; those that are no modules stay where they are."""
        self._room.furnish(self._name, (part for part in components if isinstance(part, Module)))


class OwnRoom:
    """The seat of a model that never goes out."""

    is_taken = True

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()
