"""F13, F15: PostgreSQL is killed with all its processes, or its answers are cut off at any byte, under load.

Real desks and workers over a real cluster in this process. Every other round kills; the rounds between lose answers
for a second, through a proxy, so that what was committed is not known to who asked for it.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from faults.conditions import CALM, Conditions, Way
from faults.report import Finding
from faults.simulation.customers import COST, recipe
from faults.simulation.gateway import picture
from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import ImagendError, StorageUnavailable
from imagend.core.job import Job, JobPolicy, State
from imagend.core.outcome import ImageRef, Success
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.order import Order
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from tests.servers.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]
CUSTOMERS, WORKERS = 4, 2
ROUND_SECONDS = 1.0
RECOVERY_SECONDS = 30.0
ORDERS = 1_000_000


@dataclass
class Load:
    """Customers who order and workers who complete, each a thread; what they were promised."""

    desk: Desk
    account: str
    submitted: list[tuple[str, str]] = field(default_factory=list)  # (idempotency key, request id)
    completed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # errors that nobody should see
    enough: threading.Event = field(default_factory=threading.Event)

    def order(self, key: str) -> Job:
        return self.desk.submit(self.account, Order(recipe=recipe(key, 1), cost_microcredits=COST, idempotency_key=key,
                                                    fingerprint=key))  # fmt: skip

    def customer(self, name: str) -> None:
        """The same key until it is answered: an answer that was lost must not be paid twice."""
        for number in range(ORDERS):
            key = f"{name}.{number}"
            while not self.enough.is_set():
                try:
                    self.submitted.append((key, self.order(key).id))
                    break
                except StorageUnavailable:
                    time.sleep(0.05)
                except ImagendError as error:
                    return self.refused.append(repr(error))
            if self.enough.is_set():
                return None
        return None

    def worker(self, name: str) -> None:
        while not self.enough.is_set():
            try:
                for job in self.desk.claim(name, "g:1", ("noop",), 2):
                    self.complete(job)
            except ImagendError:  # the lease ends, or another has it
                time.sleep(0.05)
            time.sleep(0.01)

    def complete(self, job: Job) -> None:
        assert job.lease is not None
        data = picture(job.recipe.prompt, 0)
        key = self.desk.upload(job.id, job.lease.token, 0, "jpeg", data)
        image = ImageRef(key=key, media_type="image/jpeg", width=512, height=512, seed=7,
                         sha256=hashlib.sha256(data).hexdigest(), size=len(data))  # fmt: skip
        self.desk.complete(job.id, job.lease.token, Success(images=(image,)))
        self.completed.append(job.id)


def run(count: int, seed: int, folder: Path) -> Finding:
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    recovered: list[float] = []
    with Cluster.running() as cluster, tempfile.TemporaryDirectory(dir=folder) as place:
        direct = cluster.new_database()
        with Beside(f"127.0.0.1:{cluster.port}", seed) as proxy:
            store = PostgresStore(
                Server(url=direct.replace(f"127.0.0.1:{cluster.port}", proxy.address), wait_seconds=1.0)
            )
            desk = Desk(store, DiskBlobs(Path(place)), JobPolicy(max_queued_per_account=ORDERS), time.time, Bell())
            account = Accounts(store, b"pepper" * 6, time.time).create_key("someone", ORDERS * COST)[1].account_id
            load = Load(desk, account)
            threads = [threading.Thread(target=load.customer, args=(f"c{n}",), daemon=True) for n in range(CUSTOMERS)]
            threads += [threading.Thread(target=load.worker, args=(f"w{n}",), daemon=True) for n in range(WORKERS)]
            for thread in threads:
                thread.start()
            for number in range(count):
                time.sleep(dice.uniform(0.2, ROUND_SECONDS))
                if number % 2:
                    _lose_answers(proxy, dice)
                else:
                    cluster.crash()
                    cluster.start()
                recovered.append(_recovery(load))
            load.enough.set()
            for thread in threads:
                thread.join(RECOVERY_SECONDS)
            violations = [*load.refused, *_judge(load, store, seed)]
            store.close()
    return Finding(fault_ids=("F13", "F15", "C18"), title="PostgreSQL killed, and its answers cut off",
                   repetitions=count, acknowledged=len(load.submitted) + len(load.completed), violations=violations,
                   recovery_seconds=recovered, notes={"submits": len(load.submitted), "seed": seed,
                          "times": {"F13": (count + 1) // 2, "F15": count // 2}})  # fmt: skip


class Beside:
    """The proxy in a process of its own: in ours it would wait for the interpreter at every packet."""

    def __init__(self, server: str, seed: int) -> None:
        command = [sys.executable, "-m", "faults.proxy", server, "--seed", str(seed)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.address = self._said().strip()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=RECOVERY_SECONDS)

    def set(self, conditions: Conditions) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{msgspec.json.encode(conditions).decode()}\n")
        self._process.stdin.flush()
        self._said()

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _lose_answers(proxy: Beside, dice: random.Random) -> None:
    """Each connection is reset after some bytes of what the server says; again and again for a second."""
    until = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < until:
        proxy.set(Conditions(down=Way(cut_after=dice.choice([0, 5, 40, 300, 2000]))))
        time.sleep(dice.uniform(0.02, 0.1))
        proxy.set(CALM)
        time.sleep(dice.uniform(0.02, 0.1))


def _recovery(load: Load) -> float:
    """Seconds until something is acknowledged again."""
    began, before = time.monotonic(), len(load.submitted)
    while len(load.submitted) == before and time.monotonic() < began + RECOVERY_SECONDS:
        time.sleep(0.01)
    return round(time.monotonic() - began, 3)


def _judge(load: Load, store: PostgresStore, seed: int) -> Iterator[str]:
    rows = {row["id"]: row["state"] for row in store.read(lambda reads: reads.audit("jobs"))}
    yield from (f"seed {seed}: {key} was acknowledged and is lost" for key, name in load.submitted if name not in rows)
    for name in load.completed:
        if rows.get(name) != State.COMPLETED:
            yield f"seed {seed}: the completion of {name} is lost"
    for key, name in load.submitted[-200:]:
        if load.order(key).id != name:
            yield f"seed {seed}: the key {key} was paid twice"
    if len(rows) > len(load.submitted) + CUSTOMERS:
        yield f"seed {seed}: {len(rows)} orders for {len(load.submitted)} answers"
    yield from (f"seed {seed}: {line}" for line in audit(store))
