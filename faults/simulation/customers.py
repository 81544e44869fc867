"""Who orders, looks, cancels and asks again; and the operator who gives, gives back and takes keys away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from faults.simulation.gateway import Gateway, Place
from faults.simulation.history import History, Wanted
from faults.simulation.world import Lost, Node
from imagend.core.errors import (
    ImagendError,
    InsufficientCredits,
    RateLimited,
    StorageUnavailable,
    Unauthenticated,
    UnknownRequest,
)  # fmt: skip
from imagend.core.job import Job, State
from imagend.core.recipe import Recipe
from imagend.desk.credits import Note
from imagend.desk.order import Order

T = TypeVar("T")
COST = 20_000
REVOKED_SECONDS = 5.5  # so long after a revocation a key may still be accepted, and a little for rounding


def recipe(prompt: str, count: int) -> Recipe:
    return Recipe(
        model="imagen-4-fast", backend="noop", prompt=prompt, negative_prompt="", width=512, height=512, steps=4,
        guidance_scale=2.0, scheduler="DDIM", seed=7, count=count,
    )  # fmt: skip


@dataclass(kw_only=True, eq=False, slots=True)
class Credentials:
    account: str
    secret: str
    key_id: str
    revoked_at: float = float("inf")  # in the world's time, when the operator had heard that it is


class Person:
    def __init__(self, node: Node, place: Place, gateways: list[Gateway], history: History) -> None:
        self.node, self._place, self._gateways, self._history = node, place, gateways, history
        self.busy = 0  # things begun and not yet known how they went

    async def _ask(self, name: str, work: Callable[[Gateway], T]) -> T:
        gateway = self._place.world.random.choice(self._gateways)
        return await self._place.network.call(
            self.node, gateway.node, f"{self.node.name} {name}", lambda: work(gateway)
        )

    async def _insist(self, name: str, work: Callable[[Gateway], T]) -> T:
        """Ask until the answer is known. Raises refusals only."""
        self.busy += 1
        try:
            while True:
                try:
                    return await self._ask(name, work)
                except (Lost, StorageUnavailable):
                    await self._place.world.sleep(self._place.world.random.uniform(0.3, 4.0))
        finally:
            self.busy -= 1


class Customer(Person):
    credentials: Credentials
    others: list[str]  # request ids of other tenants, as they become known

    def start(self, credentials: Credentials, orders: int) -> None:
        self.credentials, self.others = credentials, []
        for number in range(orders):
            self._place.world.start(self.node, self._want(number))

    async def _want(self, number: int) -> None:
        world = self._place.world
        await world.sleep(world.random.uniform(0.0, 30.0))
        count = world.random.choice([1, 1, 2])
        key = world.random.choice([None, f"k{number}", f"k{number}"])
        prompt = f"{self.node.name} wants {number}"
        wanted = Wanted(account=self.credentials.account, prompt=prompt, key=key, cost=count * COST, count=count)
        self._history.wanted.append(wanted)
        job = await self._submit(wanted)
        if job is not None:
            await self._follow(job)
            if wanted.key is not None and world.chance(0.3):
                await self._submit(wanted)

    async def _submit(self, wanted: Wanted) -> Job | None:
        sent_at = self._place.world.now

        def work(gateway: Gateway) -> Job:
            wanted.executed += 1
            key = gateway.accounts.authenticate(self.credentials.secret)
            order = Order(
                recipe=recipe(wanted.prompt, wanted.count), cost_microcredits=wanted.cost, key_id=key.id,
                idempotency_key=wanted.key, fingerprint=wanted.prompt,
                options={"webhook_url": "https://r.example/hook"},
            )  # fmt: skip
            return gateway.desk.submit(key.account_id, order)

        name = f"submit {wanted.prompt}"
        try:
            ask = self._insist if wanted.key is not None else self._ask
            job = await ask(name, work)
        except (Lost, StorageUnavailable, RateLimited, InsufficientCredits, Unauthenticated):
            return None
        if sent_at > self.credentials.revoked_at + REVOKED_SECONDS:
            self._history.wrong(f"{wanted.prompt} was accepted with a key that was revoked long before")
        self._history.acknowledge(wanted, job)
        return job

    async def _follow(self, job: Job) -> None:
        """Look now and then, perhaps cancel; until it is final or this has become boring."""
        world, request_id = self._place.world, job.id
        for _ in range(12):
            await world.sleep(world.random.uniform(1.0, 8.0))
            cancel = world.chance(0.04)
            try:
                job = await self._ask(
                    "cancel" if cancel else "look",
                    lambda gateway: (gateway.desk.abandon if cancel else gateway.desk.look)(  # noqa: B023
                        self.credentials.account, request_id
                    ),
                )
            except Lost:
                continue
            except UnknownRequest:
                self._history.wrong(f"{request_id} was acknowledged and is unknown")
                return
            except ImagendError:
                continue
            self._history.look(job)
            if job.state.final:
                break
            await self._pry()

    async def _pry(self) -> None:
        """Ask for what is another's."""
        if not self.others or not self._place.world.chance(0.2):
            return
        name = self._place.world.random.choice(self.others)
        try:
            await self._ask("pry", lambda gateway: gateway.desk.look(self.credentials.account, name))
        except (Lost, ImagendError):
            return
        self._history.wrong(f"{self.node.name} could see {name}")


class Operator(Person):
    def start(self, keys: list[Credentials], extra: list[Credentials]) -> None:
        """`extra`: keys that it will revoke some day."""
        world = self._place.world
        for number, key in enumerate(keys):
            world.start(self.node, self._give(key.account, number))
        for key in extra:
            world.start(self.node, self._revoke(key))
        world.start(self.node, self._give_back())

    async def _give(self, account: str, number: int) -> None:
        await self._place.world.sleep(self._place.world.random.uniform(0.0, 40.0))
        note = Note(reference=f"gift {number}")
        await self._insist("grant", lambda gateway: gateway.credits.grant(account, COST, note))
        self._history.granted[account] += COST

    async def _revoke(self, key: Credentials) -> None:
        await self._place.world.sleep(self._place.world.random.uniform(5.0, 40.0))
        await self._insist("revoke", lambda gateway: gateway.accounts.revoke(key.key_id))
        key.revoked_at = self._place.world.now

    async def _give_back(self) -> None:
        world = self._place.world
        for number in range(2):
            await world.sleep(world.random.uniform(10.0, 40.0))
            done = [job for job in self._history.seen.values() if job.state is State.COMPLETED]
            if not done:
                continue
            chosen = world.random.choice(done)
            note = Note(reference=f"refund {number}")
            amount = world.random.choice([None, 1])
            try:
                _, back = await self._insist(
                    "refund", lambda gateway: gateway.credits.refund(chosen.id, amount, note)  # noqa: B023
                )  # fmt: skip
            except ImagendError as error:
                world.say(self.node.name, f"refund: {error.code}")  # nothing was left to give back
            else:
                self._history.refunded[chosen.id] += back
