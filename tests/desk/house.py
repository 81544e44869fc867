"""A desk on a real database and disk, with a clock that the test turns."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import ImageRef, Success
from imagend.core.recipe import Recipe
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.order import Order
from imagend.store.base import Store
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.sqlite import SqliteStore

MEMORY = Path("/dev/shm")
COST = 20_000
BOOT = "boot-1"


class Clock:
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def recipe(*, count: int = 1, steps: int = 12, backend: str = "noop", seed: int = 7) -> Recipe:
    return Recipe(
        model="imagen-4-fast",
        backend=backend,
        prompt="a red fox",
        negative_prompt="",
        width=512,
        height=512,
        steps=steps,
        guidance_scale=2.0,
        scheduler="DDIM",
        seed=seed,
        count=count,
    )


def order(*, cost: int = COST, key: str | None = None, fingerprint: str = "print", deadline: float | None = None,
          count: int = 1, steps: int = 12, backend: str = "noop", **more: Any) -> Order:  # fmt: skip
    return Order(
        recipe=recipe(count=count, steps=steps, backend=backend),
        cost_microcredits=cost,
        idempotency_key=key,
        fingerprint=fingerprint,
        deadline_seconds=deadline,
        **more,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    store: Store
    blobs: BlobStore
    bell: Bell
    clock: Clock
    policy: JobPolicy
    desk: Desk
    accounts: Accounts

    def account(self, credits_microcredits: int = 100 * COST, name: str = "someone") -> str:
        return self.accounts.create_key(name, credits_microcredits)[1].account_id

    def claim(self, worker: str = "w1", most: int = 1, *, solo_ok: bool = True, boot: str = BOOT) -> list[Job]:
        return self.desk.claim(worker, boot, ("noop",), most, solo_ok)

    def success(self, job: Job, pictures: int | None = None) -> Success:
        """Upload pictures for a leased job and describe them."""
        images = [self._picture(job, index) for index in range(job.recipe.count if pictures is None else pictures)]
        return Success(images=tuple(images))

    def _picture(self, job: Job, index: int) -> ImageRef:
        data = f"{job.recipe.seed}/{index}".encode()
        key = self.desk.upload(job.id, token(job), index, "jpeg", data)
        digest = hashlib.sha256(data).hexdigest()
        return ImageRef(key=key, media_type="image/jpeg", width=512, height=512, seed=job.recipe.image_seed(index),
                        sha256=digest, size=len(data))  # fmt: skip

    def finish(self, job: Job) -> Job:
        return self.desk.complete(job.id, token(job), self.success(job))


def token(job: Job) -> str:
    assert job.lease is not None
    return job.lease.token


def open_books(folder: Path) -> Store:
    """The folder's own SQLite file, or the PostgreSQL database that the file `database_url` in it names."""
    elsewhere = folder / "database_url"
    if elsewhere.exists():
        return PostgresStore(Server(url=elsewhere.read_text()))
    return SqliteStore(folder / "imagend.db")


@contextmanager
def house_in(
    folder: Path, policy: JobPolicy | None = None, seed: int = 0, clock: Clock | None = None,
    blobs: BlobStore | None = None,
) -> Iterator[House]:  # fmt: skip
    """A house whose books are audited at the end. blobs: an object store, where workers may put pictures themselves."""
    clock = clock or Clock()
    policy = policy or JobPolicy()
    bits = random.Random(seed).getrandbits
    store = open_books(folder)
    direct, blobs = blobs is not None, blobs or DiskBlobs(folder / "blobs")
    bell = Bell()
    desk = Desk(store, blobs, policy, clock, bell, bits, direct_uploads=direct)
    accounts = Accounts(store, b"pepper" * 6, clock, bits)
    try:
        yield House(store=store, blobs=blobs, bell=bell, clock=clock, policy=policy, desk=desk, accounts=accounts)
        assert audit(store) == []
    finally:
        store.close()


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one: durability is tested elsewhere."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
