"""What happens to machines: killed, frozen, cut off from each other one link after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from faults.simulation.gateway import Gateway
from faults.simulation.network import Network
from faults.simulation.workers import Worker
from faults.simulation.world import Node, World
from imagend.core.errors import ImagendError


@dataclass(kw_only=True, eq=False)
class Storm:
    """Until `over`, something every `pause_seconds` on the average."""

    world: World
    network: Network
    gateways: list[Gateway]
    workers: list[Worker]
    kinds: list[str]  # of `kinds_of` below; may name one several times
    pause_seconds: float
    made: Counter[str] = field(default_factory=Counter)
    over: bool = False
    node: Node = field(default_factory=lambda: Node("storm"))

    def start(self) -> None:
        self.world.start(self.node, self._rage())

    def end(self) -> None:
        """Everything works again."""
        self.over = True
        self.network.cut.clear()
        for one in self._machines():
            one.node.frozen_until = 0.0
            if not one.node.alive:
                self._revive(one)

    def _machines(self) -> list[Gateway | Worker]:
        return [*self.gateways, *self.workers]

    async def _rage(self) -> None:
        kinds: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "gateway": self._kill_gateway, "worker": self._kill_worker, "freeze": self._freeze,
            "partition": self._partition, "swizzle": self._swizzle,
        }  # fmt: skip
        while not self.over:
            await self.world.sleep(self.world.random.expovariate(1.0 / self.pause_seconds))
            self._revive_the_crashed()
            if self.kinds and not self.over:
                kind = self.world.random.choice(self.kinds)
                self.made[kind] += 1
                self.world.start(self.node, kinds[kind]())

    def _revive_the_crashed(self) -> None:
        """Those that died in the middle of a verb."""
        for one in self._machines():
            if not one.node.alive and self.world.chance(0.7):
                self._revive(one)

    def _revive(self, one: Gateway | Worker) -> None:
        if one.node.alive:
            return
        if isinstance(one, Gateway) and len(self.gateways) == 1:
            one.set_clock(self.world.random.choice([0.0, 0.0, -5.0, 20.0]))
            for worker in self.workers:
                worker.robbed_at = self.world.now  # its start takes back what workers have
        self.world.revive(one.node)
        one.start()

    async def _kill_gateway(self) -> None:
        one = self.world.random.choice(self.gateways)
        self.world.kill(one.node)
        await self.world.sleep(self.world.random.uniform(0.1, 10.0))
        self._revive(one)

    async def _kill_worker(self) -> None:
        one = self.world.random.choice(self.workers)
        self.world.kill(one.node)
        await self.world.sleep(self.world.random.uniform(0.1, 20.0))
        gateway = self.gateways[0]
        if len(self.gateways) == 1 and gateway.node.alive and not one.node.alive and self.world.chance(0.7):
            try:  # the pool saw it die
                gateway.desk.worker_lost(one.worker_id)
            except ImagendError:
                pass
        self._revive(one)

    async def _freeze(self) -> None:
        one = self.world.random.choice(self._machines())
        self.world.freeze(one.node, self.world.random.uniform(0.5, 60.0))

    async def _partition(self) -> None:
        """Some workers cannot reach some gateways, or the other way round, or both."""
        pairs = [(worker.node.name, gateway.node.name) for worker in self.workers for gateway in self.gateways]
        chosen = self.world.random.sample(pairs, self.world.random.randint(1, len(pairs)))
        ways = self.world.random.choice([1, 2, 3])
        links = [(a, b) for a, b in chosen if ways & 1] + [(b, a) for a, b in chosen if ways & 2]
        self.world.say("storm", f"cuts {links}")
        self.network.cut.update(links)
        await self.world.sleep(self.world.random.uniform(1.0, 60.0))
        self.network.cut.difference_update(links)

    async def _swizzle(self) -> None:
        """The links of a subset stop one by one and come back in another order (FoundationDB's swizzle-clog)."""
        names = [worker.node.name for worker in self.workers]
        clogged = self.world.random.sample(names, self.world.random.randint(1, len(names)))
        links = [pair for name in clogged for gateway in self.gateways
                 for pair in ((name, gateway.node.name), (gateway.node.name, name))]  # fmt: skip
        for link in links:
            self.network.cut.add(link)
            await self.world.sleep(self.world.random.uniform(0.0, 3.0))
        self.world.random.shuffle(links)
        for link in links:
            self.network.cut.discard(link)
            await self.world.sleep(self.world.random.uniform(0.0, 3.0))
