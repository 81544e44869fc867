"""One life of a data folder from its first moment on, told step by step; and what must be there whenever it breaks off.

Same folder, same calls in the same order: every chance and every clock is given.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.simulation.customers import COST, recipe
from faults.simulation.gateway import EPOCH, PlainKeys, picture
from imagend.blobs.disk import DiskBlobs
from imagend.core.delivery import Attempt
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.boots import boot_of
from imagend.desk.credits import Credits, Note
from imagend.desk.desk import Desk
from imagend.desk.order import Order
from imagend.desk.outbox import Outbox
from imagend.store.sqlite import SqliteStore

GRANT = 100 * COST
BROKEN = Failure(code="backend_failed", message="The model failed")
WEBHOOK = "https://r.example/hook"
Say = Callable[[str], None]


@dataclass
class Clock:
    now: float = EPOCH

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    store: SqliteStore
    blobs: DiskBlobs
    desk: Desk
    accounts: Accounts
    credits: Credits
    outbox: Outbox
    clock: Clock
    policy: JobPolicy

    def submit(self, account: str, key: str) -> Job:
        order = Order(recipe=recipe(key, 2), cost_microcredits=2 * COST, idempotency_key=key, fingerprint=key,
                      options={"webhook_url": WEBHOOK})  # fmt: skip
        return self.desk.submit(account, order)

    def claim(self, worker: str, most: int, boot: str) -> list[Job]:
        return self.desk.claim(worker, boot, ("noop",), most)

    def complete(self, job: Job) -> None:
        self.desk.complete(job.id, token(job), Success(images=tuple(self.upload(job, index) for index in range(2))))

    def upload(self, job: Job, index: int) -> ImageRef:
        data = picture(job.recipe.prompt, index) * 400
        key = self.desk.upload(job.id, token(job), index, "jpeg", data)
        return ImageRef(key=key, media_type="image/jpeg", width=512, height=512, seed=job.recipe.image_seed(index),
                        sha256=hashlib.sha256(data).hexdigest(), size=len(data))  # fmt: skip

    def deliver(self, say: Say) -> None:
        for delivery in self.outbox.claim(50):
            self.outbox.record(delivery, Attempt(latency_seconds=0.1, status=200))
            say(f"delivered {delivery.message_id}")

    def forget(self) -> None:
        """An hour, two more for orphans, and a week later."""
        for later in (self.policy.retention_seconds + 3 * 3600, self.policy.file_retention_seconds):
            self.clock.now += later
            self.desk.forget()
        self.desk.sweep_orphans()


def token(job: Job) -> str:
    assert job.lease is not None
    return job.lease.token


def _ignore(_: BaseException) -> None:
    """The refused writes say it themselves."""


@contextmanager
def house_in(
    folder: Path, seed: int, now: float = EPOCH, on_fatal: Callable[[BaseException], None] = _ignore
) -> Iterator[House]:
    clock, policy, bits = Clock(now), JobPolicy(), random.Random(seed).getrandbits
    store = SqliteStore(folder / "imagend.db", on_fatal=on_fatal)
    try:
        blobs = DiskBlobs(folder / "blobs")
        yield House(
            store=store, blobs=blobs, desk=Desk(store, blobs, policy, clock, Bell(), bits), clock=clock, policy=policy,
            accounts=Accounts(store, b"pepper" * 6, clock, bits), credits=Credits(store, clock),
            outbox=Outbox(store, PlainKeys(), clock, lease_seconds=30.0, randbits=bits),  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        store.close()


def live(folder: Path, say: Say, on_fatal: Callable[[BaseException], None] = _ignore) -> None:
    """Every verb that changes something. What `say` was told is promised."""
    with house_in(folder, seed=1, on_fatal=on_fatal) as house:
        say("open")
        _, key = house.accounts.create_key("someone", GRANT)
        account = key.account_id
        say(f"account {account}")
        house.credits.grant(account, COST, Note(reference="gift"))
        say("granted gift")
        names = {}
        for wish in ("done", "retried", "cancelled", "swept", "late"):
            names[wish] = house.submit(account, wish).id
            say(f"submit {names[wish]} {wish}")
        boot = boot_of("g", "1")
        first, second = house.claim("w1", 2, boot)
        house.desk.renew("w1", {first.id: token(first), second.id: token(second)})
        house.complete(first)
        say(f"complete {first.id}")
        house.upload(second, 0)  # a picture of an attempt that fails then
        house.desk.fail(second.id, token(second), BROKEN, True)
        say(f"retry {second.id}")
        house.desk.abandon(account, names["cancelled"])
        say(f"cancel {names['cancelled']}")
        (third,) = house.claim("w2", 1, boot)
        house.clock.now += house.policy.lease_seconds + 1
        house.desk.sweep()
        say(f"swept {third.id}")
        for job in house.claim("w3", 1, boot):
            house.upload(job, 1)
            house.desk.release(job.id, token(job))
            say(f"release {job.id}")
        _, back = house.credits.refund(first.id, COST, Note(reference="sorry"))
        say(f"refund {first.id} {back}")
        house.deliver(say)
        house.accounts.revoke(key.id)
        say(f"revoke {key.id}")
        house.clock.now = EPOCH + house.policy.deadline_seconds + 10
        house.desk.sweep()
        say("ended")
        house.deliver(say)
        house.clock.now += house.policy.retention_seconds
        house.desk.forget()
        say("forgotten")
        say("week")  # from here on keys may be forgotten, and pictures
        house.forget()
        say("closing")
    say("closed")
