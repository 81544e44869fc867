"""A gateway: the real desk with its chores, the real outbox, and what stands between the desk and workers.

`life` after `life` on the same database and files. What it keeps in memory dies with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from faults.simulation.disks import Database, Files, SimulatedBlobs, SimulatedStore, Wear
from faults.simulation.history import History
from faults.simulation.network import Network
from faults.simulation.world import Lost, Node, World
from imagend.core.delivery import Attempt
from imagend.core.errors import ImagendError
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import Success
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.boots import ELSEWHERE, boot_of
from imagend.desk.credits import Credits
from imagend.desk.desk import Desk, Renewal
from imagend.desk.handout import Wish
from imagend.desk.outbox import Delivery, Outbox

EPOCH = 1_800_000_000.0
WEBHOOK_LEASE_SECONDS = 30.0
BACKENDS = ("noop",)


class PlainKeys:
    """Signing keys without their cryptography: nothing here is about that."""

    def signing(self, owner: str) -> tuple[bytes, ...]:
        return (owner.encode(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What gateways share."""

    world: World
    network: Network
    database: Database
    files: Files
    wear: Wear
    policy: JobPolicy
    history: History
    receiver: Callable[[Delivery], None]  # gets every webhook that arrives
    notice_hanging_up: float  # probability that a claim whose caller may be gone is taken back
    alone: bool  # the only gateway, and workers are its children: its start takes back what they had


class Gateway:
    def __init__(self, node: Node, place: Place, outside: Node) -> None:
        self.node, self._place, self._outside = node, place, outside
        self.desk: Desk
        self.accounts: Accounts
        self.credits: Credits
        self._outbox: Outbox
        self._boot = ""

    def clock(self) -> float:
        return EPOCH + self._place.world.now * self.node.clock_rate + self.node.clock_offset

    def set_clock(self, by: float) -> None:
        """Somebody does it, while the gateway is down."""
        before = self.clock()
        self.node.clock_offset += by
        self._place.history.leaps.append((before, self.clock()))

    def start(self) -> None:
        """A new process on the old folder."""
        place, node = self._place, self.node
        bits = place.world.random.getrandbits
        store = SimulatedStore(place.database, place.world, node, place.wear)
        blobs = SimulatedBlobs(place.files, place.world, node, place.wear)
        self._boot = boot_of(node.name, str(node.life))
        self.desk = Desk(store, blobs, place.policy, self.clock, Bell(), bits)
        self.accounts = Accounts(store, b"pepper" * 6, self.clock, bits)
        self.credits = Credits(store, self.clock)
        self._outbox = Outbox(
            store, PlainKeys(), self.clock, lease_seconds=WEBHOOK_LEASE_SECONDS, randbits=bits  # type: ignore[arg-type]
        )  # fmt: skip
        place.world.start(node, self._chores())
        place.world.start(node, self._send())

    # --- what workers ask for

    def claim(self, wish: Wish, stock: tuple[int, dict[str, str]]) -> list[Job]:
        """The same claim again: the same jobs, at whatever gateway. As api/claims.py does it."""
        self.take_stock(wish.worker_id, stock)
        wish = replace(wish, boot=self._boot if self._place.alone else ELSEWHERE)
        jobs = self.desk.serve_again(wish) or self.desk.serve(wish)
        fresh = self._place.history.lease(jobs)
        if fresh and self._place.world.chance(self._place.notice_hanging_up):
            for job in jobs:
                assert job.lease is not None
                self.desk.release(job.id, job.lease.token)
            return []
        return jobs

    def beat(self, worker_id: str, stock: tuple[int, dict[str, str]]) -> dict[str, Renewal]:
        """As api/internal.py does it."""
        renewals = self.desk.renew(worker_id, stock[1])
        self.take_stock(worker_id, stock)
        return renewals

    def take_stock(self, worker_id: str, stock: tuple[int, dict[str, str]]) -> None:
        settled, held = stock
        self.desk.take_stock(worker_id, settled, set(held.values()))

    # --- what nobody asks for

    async def _chores(self) -> None:
        world, desk = self._place.world, self.desk
        await self._until_done(lambda: desk.recover(self._boot))
        while True:
            await world.sleep(self._place.policy.sweep_seconds * world.random.uniform(0.8, 1.2))
            self._try("sweep", desk.sweep)
            if world.chance(0.1):
                self._try("forget", desk.forget)
                self._try("sweep_orphans", desk.sweep_orphans)

    async def _until_done(self, work: Callable[[], Any]) -> None:
        while not self._try("recover", work):
            await self._place.world.sleep(0.5)

    def _try(self, name: str, work: Callable[[], Any]) -> bool:
        try:
            found = work()
        except ImagendError as error:
            self._place.world.say(self.node.name, f"{name}: {error.code}")
            return False
        if found:
            self._place.world.say(self.node.name, f"{name}: {found}")
        return True

    async def _send(self) -> None:
        """The sender of webhooks."""
        world = self._place.world
        while True:
            await world.sleep(world.random.uniform(6.0, 16.0))
            try:
                found = self._outbox.claim(8)
            except ImagendError:
                continue
            for delivery in found:
                world.start(self.node, self._deliver(delivery))

    async def _deliver(self, delivery: Delivery) -> None:
        place = self._place
        try:
            await place.network.call(
                self.node, self._outside, f"webhook {delivery.message_id}", lambda: place.receiver(delivery), 15.0
            )
            attempt = Attempt(latency_seconds=0.1, status=200)
        except (Lost, ImagendError):
            attempt = Attempt(latency_seconds=15.0, error="timeout")
        self._try("record", lambda: self._outbox.record(delivery, attempt))

    def deliver_all(self) -> int:
        """Everything that is due, at once. Returns how many."""
        found = self._outbox.claim(50)
        for delivery in found:
            self._place.receiver(delivery)
            self._outbox.record(delivery, Attempt(latency_seconds=0.1, status=200))
        return len(found)


def picture(prompt: str, index: int) -> bytes:
    """The bytes of an honest result: whose it is stands in them."""
    return f"{prompt}/{index}".encode()


def pictures_of(job: Job) -> list[tuple[str, bytes]]:
    """(key, bytes it must have) of every picture of a completed job."""
    assert isinstance(job.outcome, Success)
    prompt = job.recipe.prompt
    return [(image.key, picture(prompt, image.seed - job.recipe.seed)) for image in job.outcome.images]
