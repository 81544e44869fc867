"""Requests and answers between nodes: late, lost, twice, never; a link may be cut in one direction only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from faults.simulation.world import LOST, Lost, Node, Promise, World
from imagend.core.errors import ImagendError
from imagend.store.base import SchemaRefusal

T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Roughness:
    """Probabilities per message, seconds of its way."""

    lose_request: float = 0.0
    lose_reply: float = 0.0
    twice: float = 0.0
    slow: float = 0.0  # takes up to `slow_seconds` instead of milliseconds: so messages overtake each other
    slow_seconds: float = 8.0


@dataclass(eq=False)
class Network:
    world: World
    roughness: Roughness
    cut: set[tuple[str, str]] = field(default_factory=set)  # (from, to): nothing arrives
    doubled: int = 0  # messages that were sent twice

    async def call(self, source: Node, target: Node, name: str, work: Callable[[], T], seconds: float = 10.0) -> T:
        """Have `work` done at the target. Raises what it raises, or Lost."""
        promise = Promise()
        self._send(source, target, name, work, promise)
        if self.world.chance(self.roughness.twice):
            self.doubled += 1
            self._send(source, target, f"{name} again", work, Promise())
        answer = await self.world.wait(source, promise, seconds)
        if answer is LOST:
            self.world.say(source.name, f"{name}: no answer")
            raise Lost
        if isinstance(answer, BaseException):
            raise answer
        result: T = answer
        return result

    def _send(self, source: Node, target: Node, name: str, work: Callable[[], Any], promise: Promise) -> None:
        rough = self.roughness
        if self.world.chance(rough.lose_request):
            return
        caller = source.life

        def arrive() -> None:
            if (source.name, target.name) in self.cut:
                return
            answer = self._execute(target, name, work)
            if (target.name, source.name) in self.cut or self.world.chance(rough.lose_reply) or source.life != caller:
                self.world.say(target.name, f"{name}: the answer is lost")
                return
            self.world.later(self._delay(), source, lambda: promise.keep(answer))

        def knock() -> None:  # at the machine, whose processes may have come and gone since this was sent
            if target.alive:
                self.world.later(0.0, target, arrive)
            elif (target.name, source.name) not in self.cut:
                self.world.later(self._delay(), source, lambda: promise.keep(Lost()))

        self.world.later(self._delay(), None, knock)

    def _execute(self, target: Node, name: str, work: Callable[[], Any]) -> Any:
        try:
            answer = work()
        except ImagendError as error:
            self.world.say(target.name, f"{name}: {error.code}")
            return error
        except (SchemaRefusal, AssertionError, LookupError, TypeError) as error:
            self.world.wrong(f"{target.name}, {name}: {error!r}")
            return Lost()
        self.world.say(target.name, name)
        return answer

    def _delay(self) -> float:
        if self.world.chance(self.roughness.slow):
            return self.world.random.uniform(0.05, self.roughness.slow_seconds)
        return self.world.random.uniform(0.0005, 0.01)
