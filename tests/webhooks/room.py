"""Desk, outbox and sender over one real database, with a clock and a name server of the test's."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagend.core.job import Job
from imagend.core.outcome import Failure
from imagend.core.targets import TargetGate
from imagend.desk.outbox import Outbox
from imagend.desk.signing_keys import SigningKeys
from imagend.desk.vault import Vault
from imagend.desk.webhooks import Webhooks
from imagend.webhooks.post import Patience, Poster
from imagend.webhooks.sender import Sender, SenderLimits
from tests.desk.house import House, house_in, order, token
from tests.webhooks.gates import Names, local_gate

BROKEN = Failure(code="backend_failed", message="The model failed")
LEASE_SECONDS = 22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    house: House
    names: Names
    gate: TargetGate
    webhooks: Webhooks
    outbox: Outbox
    keys: SigningKeys
    sender: Sender
    told: dict[str, Mapping[str, Any]]  # request id -> what can be told of its result

    def account(self) -> str:
        return self.house.account(10**9)

    def finished(self, account: str, *, broken: bool = False, **options: Any) -> Job:
        """A job that has just become final."""
        wanted = order()
        wanted.options.update(options)
        self.house.desk.submit(account, wanted)
        (job,) = self.house.claim()
        return self.house.desk.fail(job.id, token(job), BROKEN, False) if broken else self.house.finish(job)

    def send(self) -> int:
        """Begin what is due, and wait for its end."""
        began = self.sender.run_once()
        self.sender.wait()
        return began

    def later(self, seconds: float) -> None:
        self.house.clock.now += seconds

    def another_sender(self, **limits: Any) -> Sender:
        return _sender(self.house, self.gate, self.outbox, self.told, **limits)


def _sender(
    house: House, gate: TargetGate, outbox: Outbox, told: Mapping[str, Mapping[str, Any]], **limits: Any
) -> Sender:
    return Sender(
        outbox,
        gate,
        Poster(Patience(connect=1.0, total=2.0), time.monotonic).post,
        lambda _account, request_id: told.get(request_id, {}),
        house.bell,
        house.clock,
        version="0.0.0",
        limits=SenderLimits(**{"total_seconds": 2.0, "poll_seconds": 0.05, "drain_seconds": 5.0, **limits}),
    )


@contextmanager
def open_room(folder: Path) -> Iterator[Room]:
    with house_in(folder) as house:
        bits = random.Random(1).getrandbits
        names = Names()
        gate = local_gate(names)
        keys = SigningKeys(house.store, Vault(b"k" * 32), house.clock, bits)
        outbox = Outbox(house.store, keys, house.clock, lease_seconds=LEASE_SECONDS, randbits=bits)
        told: dict[str, Mapping[str, Any]] = {}
        yield Room(
            house=house,
            names=names,
            gate=gate,
            webhooks=Webhooks(house.store, keys, gate, house.clock, house.bell, randbits=bits),
            outbox=outbox,
            keys=keys,
            sender=_sender(house, gate, outbox, told),
            told=told,
        )


def body(raw: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(raw)
    return read
