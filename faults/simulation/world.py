"""Time that is invented, nodes that can be frozen and killed, and one seeded order of everything that happens.

Actors are coroutines of a node. They give way at `await world.sleep(...)` and `await world.call(...)`; inside a verb
of the desk, which is plain synchronous code, the world goes on between two of its transactions (`interlude`).
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from types import coroutine
from typing import Any

NESTED_MOST = 3  # verbs that stand still inside each other
NESTED_EVENTS = 12


class Crashed(BaseException):
    """The node died here. No handler of the code under test may catch it."""


class Lost(Exception):
    """No answer came: what was asked for may have been done or not."""


@dataclass(eq=False, slots=True)
class Node:
    """A process. `life` counts its lives: what an earlier one began is never heard of again."""

    name: str
    life: int = 0
    alive: bool = True
    frozen_until: float = 0.0
    clock_offset: float = 0.0  # of what it believes to be the time
    clock_rate: float = 1.0


@dataclass(eq=False, slots=True)
class Promise:
    """Something that will be known later, once."""

    waiting: Callable[[Any], None] | None = None
    known: bool = False
    value: Any = None

    def keep(self, value: Any) -> None:
        if self.known:
            return
        self.known, self.value = True, value
        if self.waiting is not None:
            self.waiting(value)


@coroutine
def _give_way(wish: float | Promise) -> Generator[float | Promise, Any, Any]:
    return (yield wish)


Event = tuple[float, float, int, Node | None, int, Callable[[], None]]


@dataclass(eq=False)
class World:
    """`now`: seconds since its beginning."""

    random: random.Random
    wrong: Callable[[str], None]  # hears of errors that no actor may ever see
    now: float = 0.0
    trace: list[tuple[float, str, str]] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _actors: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    _number: int = 0
    _depth: int = 0

    def say(self, who: str, what: str) -> None:
        self.trace.append((round(self.now, 6), who, what))

    def digest(self) -> str:
        return hashlib.sha256(repr(self.trace).encode()).hexdigest()

    def chance(self, probability: float) -> bool:
        return probability > 0 and self.random.random() < probability

    # --- time

    def later(self, seconds: float, node: Node | None, work: Callable[[], None]) -> None:
        """Do it then, unless the node has died meanwhile; when it is frozen, at its first moment after that."""
        self._number += 1
        life = node.life if node is not None else 0
        event = (self.now + seconds, self.random.random(), self._number, node, life, work)
        heapq.heappush(self._events, event)

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self._step()
        self.now = max(self.now, until)

    def interlude(self, node: Node, probability: float, freeze: float) -> None:
        """Between two transactions of a verb: others go on; with the probability `freeze`, the node stands still for
        long. Raises Crashed if it did not survive that."""
        if self._depth >= NESTED_MOST:
            return
        life, alive = node.life, node.alive
        self._depth += 1
        try:
            if self.chance(freeze):
                self.freeze(node, self.random.uniform(1.0, 60.0))
                self.run(node.frozen_until)
            elif self.chance(probability):
                for _ in range(self.random.randint(1, NESTED_EVENTS)):
                    if self._events and self._events[0][0] <= self.now + 1.0:
                        self._step()
        finally:
            self._depth -= 1
        if (node.life, node.alive) != (life, alive):
            raise Crashed

    def _step(self) -> None:
        at, tie, number, node, life, work = heapq.heappop(self._events)
        self.now = max(self.now, at)
        if node is not None:
            if node.life != life or not node.alive:
                return
            if node.frozen_until > self.now:
                heapq.heappush(self._events, (node.frozen_until, tie, number, node, life, work))
                return
        try:
            work()
        except Crashed:  # of the node that did it; nobody hears of it
            return

    # --- actors

    def start(self, node: Node, actor: Coroutine[Any, Any, None]) -> None:
        self._actors.append(actor)

        def resume(value: Any) -> None:
            try:
                wish = actor.send(value)
            except (StopIteration, Crashed):
                return
            except Exception as error:
                self.wrong(f"{node.name}: {error!r}")
                return
            if isinstance(wish, Promise):
                wish.waiting = resume
            else:
                self.later(wish, node, lambda: resume(None))

        self.later(0.0, node, lambda: resume(None))

    async def sleep(self, seconds: float) -> None:
        await _give_way(seconds)

    async def wait(self, node: Node, promise: Promise, seconds: float) -> Any:
        """What the promise brings; LOST after so long."""
        if not promise.known:
            self.later(seconds, node, lambda: promise.keep(LOST))
            return await _give_way(promise)
        return promise.value

    def close(self) -> None:
        """Nobody goes on."""
        for actor in self._actors:
            actor.close()

    # --- nodes

    def freeze(self, node: Node, seconds: float) -> None:
        self.say(node.name, f"frozen for {seconds:.3f}")
        node.frozen_until = max(node.frozen_until, self.now + seconds)

    def kill(self, node: Node) -> None:
        self.say(node.name, "killed")
        node.alive = False
        node.frozen_until = 0.0

    def revive(self, node: Node) -> None:
        self.say(node.name, "starts")
        node.life += 1
        node.alive = True


LOST: Any = object()
