"""A worker that follows docs/decisions/0008: claims, beats, uploads, says one last word; fences itself.

Its table of leases is the real one. Its clock is hours off and a little fast or slow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from faults.simulation.gateway import BACKENDS, EPOCH, Gateway, Place, picture
from faults.simulation.history import History
from faults.simulation.world import Lost, Node
from imagend.core import wire
from imagend.core.errors import ImagendError, StaleLease
from imagend.core.job import Job
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.desk.desk import Desk, Renewal
from imagend.desk.handout import Wish
from imagend.workers.leases import Held, LeaseBook

T = TypeVar("T")
MOST_PICTURES = 3
PATIENCE_SECONDS = 60.0  # for uploads and last words, as workers/link.py has it
STEP_SECONDS = 0.5
HANG_SECONDS = 300.0  # a native call that does not come back, while the heart goes on beating
BROKEN = Failure(code="backend_failed", message="The model failed")
INVALID = Failure(code="bad_parameter", message="The model cannot do this")


@dataclass(eq=False, slots=True)
class Tenure:
    """What this worker was told about one lease; in the world's time."""

    held: Held
    claimed_at: float
    sure_until: float  # from when the last heartbeat that was answered was sent


class Worker:
    def __init__(
        self, node: Node, place: Place, gateways: list[Gateway], history: History, talent: float, clumsy: float
    ) -> None:
        """`talent`: seconds that a picture takes it, about. `clumsy`: how often it fails or gives a job back."""
        self.node, self._place, self._gateways = node, place, gateways
        self._history, self._talent, self._clumsy = history, talent, clumsy
        self._book: LeaseBook
        self._id = ""
        self._tenures: dict[str, Tenure] = {}  # by token
        self.robbed_at = 0.0  # when leases were last taken from everybody, as the law says

    @property
    def worker_id(self) -> str:
        return self._id

    def clock(self) -> float:
        return self._place.world.now * self.node.clock_rate + self.node.clock_offset

    def start(self) -> None:
        self._book = LeaseBook(self.clock, self._place.policy.fence_seconds)
        self._tenures = {}
        self._id = f"{self.node.name}.{self.node.life}"  # every process has one of its own
        self._place.world.start(self.node, self._claims())
        self._place.world.start(self.node, self._beats())

    # --- claims

    async def _claims(self) -> None:
        world = self._place.world
        while True:
            await world.sleep(world.random.uniform(0.5, 4.0))
            with self._book.changed:
                room = 0 if self._book.has_solo else MOST_PICTURES - self._book.pictures
                alone = not self._book.pictures
            if room > 0:
                await self._claim(room, alone)

    async def _claim(self, room: int, alone: bool) -> None:
        """The same claim until it is answered, at any gateway; for so long as workers/link.py does."""
        world, sent_at = self._place.world, self._place.world.now
        with self._book.claiming() as number:
            wish = Wish(
                worker_id=self._id, boot="", backends=BACKENDS, most=room, solo_ok=alone,
                claim_id=f"{world.random.getrandbits(64):x}", claim_number=number,
            )  # fmt: skip
            for _ in range(3):
                gateway, stock = self._any(), self._book.stock()
                try:
                    jobs = await self._ask(gateway, "claim", partial(gateway.claim, wish, stock))
                except (Lost, ImagendError):
                    await world.sleep(0.3)
                    continue
                for job in jobs:
                    self._enter(job, sent_at)
                return

    def _enter(self, job: Job, sent_at: float) -> None:
        assert job.lease is not None
        left = job.deadline_at - EPOCH - self._place.world.now
        held = self._book.enter(wire.Assignment(
            job_id=job.id, token=job.lease.token, attempt=job.attempt, solo=job.solo, recipe=job.recipe,
            deadline_in_seconds=left, share=job.account_id,
        ))  # fmt: skip
        self._tenures[held.token] = Tenure(held, sent_at, sent_at + self._place.policy.lease_seconds)
        self._place.world.start(self.node, self._work(held))

    # --- beats

    async def _beats(self) -> None:
        while True:
            await self._place.world.sleep(self._place.policy.beat_seconds)
            await self._beat()

    async def _beat(self) -> None:
        stock = self._book.stock()
        leases = stock[1]
        gateway, sent_at, sent = self._any(), self.clock(), self._place.world.now
        try:
            answer: dict[str, Renewal] = await self._ask(gateway, "beat", partial(gateway.beat, self._id, stock))
        except (Lost, ImagendError):
            answer = {}
        else:
            for job_id in (name for name, one in answer.items() if not one.held):
                self._judge_loss(leases[job_id])
            pulses = {name: wire.Pulse(held=one.held, deadline_in_seconds=600.0) for name, one in answer.items()}
            self._book.hear(leases, pulses, sent_at)
        for job_id, one in answer.items():
            if one.held and (tenure := self._tenures.get(leases[job_id])):
                tenure.sure_until = sent + self._place.policy.lease_seconds
        self._book.fence()

    def _judge_loss(self, token: str) -> None:
        """A lease that ended before its time, for no reason that anybody knows, is a broken promise."""
        tenure = self._tenures.pop(token, None)
        now = self._place.world.now
        if tenure is None or not self._book.holds(tenure.held):
            return  # it had given it up itself
        if now >= tenure.sure_until or tenure.claimed_at <= self.robbed_at or tenure.held.closing:
            return
        rows = self._place.database.rows.run("job", {"id": tenure.held.job_id})
        if rows and not any(code in str(rows[0]["outcome"]) for code in ("cancelled", "deadline_exceeded")):
            self._history.wrong(f"{self.node.name} lost {tenure.held.job_id} before its lease had ended")

    # --- work

    async def _work(self, held: Held) -> None:
        world = self._place.world
        try:
            seconds = world.random.expovariate(1.0 / self._talent) * held.recipe.count
            seconds += HANG_SECONDS if world.chance(self._clumsy / 5) else 0.0
            while seconds > 0:
                step = min(STEP_SECONDS * 4, seconds)
                await world.sleep(step)
                seconds -= step
                if not self._book.holds(held):
                    return
            await self._finish(held)
        except StaleLease:
            world.say(self.node.name, f"fenced from {held.job_id}")
            self._judge_loss(held.token)
        except (Lost, ImagendError):
            world.say(self.node.name, f"gives {held.job_id} up")
        finally:
            self._book.drop(held)
            self._tenures.pop(held.token, None)

    async def _finish(self, held: Held) -> None:
        dice = self._place.world.random
        name, token = held.job_id, held.token
        fate = dice.choice(["release", "again", "never"]) if dice.random() < self._clumsy else "done"
        if fate == "release":
            await self._last(held, "release", lambda desk: desk.release(name, token))
        elif fate == "again":
            await self._last(held, "fail", lambda desk: desk.fail(name, token, BROKEN, True))
        elif fate == "never":
            await self._last(held, "fail for good", lambda desk: desk.fail(name, token, INVALID, False))
        else:
            images = [await self._upload(held, index) for index in range(held.recipe.count)]
            await self._last(held, "complete", lambda desk: desk.complete(name, token, Success(images=tuple(images))))

    async def _upload(self, held: Held, index: int) -> ImageRef:
        data = picture(held.recipe.prompt, index)
        key = await self._insist("upload", lambda desk: desk.upload(held.job_id, held.token, index, "jpeg", data))
        return ImageRef(key=key, media_type="image/jpeg", width=512, height=512, seed=held.recipe.image_seed(index),
                        sha256=hashlib.sha256(data).hexdigest(), size=len(data))  # fmt: skip

    async def _last(self, held: Held, name: str, word: Callable[[Desk], Job]) -> None:
        def spoken(desk: Desk) -> Job:
            before = self._place.database.rows.run("closing", {"id": held.job_id, "token": held.token})
            allowed = self._history.speak(held.job_id, held.token, name) or before  # it was given back for the worker
            job = word(desk)
            if not allowed:
                self._history.wrong(f"{self.node.name} could {name} {held.job_id}, which was another's by then")
            return job

        if self._book.close(held):
            await self._insist(f"{name} {held.job_id}", spoken)

    async def _insist(self, name: str, word: Callable[[Desk], T]) -> T:
        """Say it until somebody has heard."""
        world = self._place.world
        until = world.now + PATIENCE_SECONDS
        while True:
            gateway = self._any()
            try:
                return await self._ask(gateway, name, lambda: word(gateway.desk))  # noqa: B023 - called at once
            except StaleLease:
                raise
            except (Lost, ImagendError):
                if world.now > until:
                    raise
            await world.sleep(world.random.uniform(0.1, 2.0))

    async def _ask(self, gateway: Gateway, name: str, work: Callable[[], T]) -> T:
        return await self._place.network.call(self.node, gateway.node, f"{self.node.name} {name}", work)

    def _any(self) -> Gateway:
        return self._place.world.random.choice(self._gateways)
