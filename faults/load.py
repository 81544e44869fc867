"""Customers: orders at a given rate, each with its mark, in all the ways that clients have; everything is written down.

An order's task ends when its client knows how it ended, however long the server is away: what it does not know it
asks again, and a keyed order is sent again until it is acknowledged.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from faults.history import Answer, Foreign, NoAnswer, Picture, Recorder, Seen, Submit
from faults.marks import mark_of, marked_prompt, read_digest
from faults.receiver import Receiver
from faults.system import SLUG, Tenant
from faults.wire import Client, NoConnection, NoReply, Reply, path_of

FINAL = ("COMPLETED", "FAILED")
#: How often each kind of order comes, of a hundred.
MIX = {"keyed": 42, "plain": 24, "hook": 8, "wait": 10, "cancel": 6, "leave": 4, "twins": 4, "poke": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`per_second` orders are begun while fewer than `most_open` are under way."""

    per_second: float = 120.0
    most_open: int = 160
    patience_seconds: float = 180.0  # an order whose end is not known by then is asked for once more, at the end
    mix: dict[str, int] = field(default_factory=lambda: dict(MIX))
    orders: str = ""  # words for the model


@dataclass(slots=True, eq=False)
class Load:
    """Runs on one event loop. `clients` are ways to the gateways; every call takes one at random."""

    tenants: Sequence[Tenant]
    clients: list[Client]
    recorder: Recorder
    receiver: Receiver
    pace: Pace
    seed: int
    counts: Counter[str] = field(default_factory=Counter)  # of kinds, and "acknowledged", "open"
    submit_seconds: list[float] = field(default_factory=list)  # how long acknowledged submits took
    usual_seconds: float = 0.2
    unsettled: dict[str, _Order] = field(default_factory=dict)  # request id -> whose end nobody has seen
    known: list[tuple[Tenant, str]] = field(default_factory=list)  # the newest ids, to be poked at by others
    _calls: Iterator[int] = field(default_factory=itertools.count)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _dice: random.Random = field(default_factory=random.Random)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, *, until: asyncio.Event | None = None, acknowledged: int | None = None) -> None:
        """Begin orders until the event is set or so many are acknowledged; then wait for the end of those under way."""
        self._dice = random.Random(self.seed)
        kinds, weights = list(self.pace.mix), list(self.pace.mix.values())
        due = time.monotonic()
        while not (until and until.is_set()) and (acknowledged is None or self.counts["acknowledged"] < acknowledged):
            due = max(due + 1 / self.pace.per_second, time.monotonic() - 0.5)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            while len(self._open) >= self.pace.most_open:
                await asyncio.sleep(0.01)
            self._begin(self._dice.choices(kinds, weights)[0])
        while self._open:
            await asyncio.wait(set(self._open), timeout=1.0)

    async def settle(self) -> None:
        """When everything is healed, whoever gave up waiting asks once more."""
        await asyncio.gather(*(order.ask_again(name) for name, order in list(self.unsettled.items())))

    def _begin(self, kind: str) -> None:
        self.counts[kind] += 1
        order = _Order(self, self._dice.choice(self.tenants), next(self._numbers), kind)
        task = asyncio.create_task(order.run())
        self._open.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.counts[f"harness: {error!r}"] += 1

    def took(self, seconds: float) -> None:
        """How long an order usually takes, so that customers do not ask all the time."""
        self.usual_seconds += 0.02 * (min(seconds, 5.0) - self.usual_seconds)

    def client(self) -> Client:
        return self._dice.choice(self.clients)

    def next_call(self) -> int:
        return next(self._calls)

    def dice(self) -> random.Random:
        return self._dice


class _Order:
    """One order from submit to its known end."""

    def __init__(self, load: Load, tenant: Tenant, number: int, kind: str) -> None:
        self._load = load
        self._tenant = tenant
        self._kind = kind
        self._dice = load.dice()
        self._note = load.recorder.note
        self._mark = mark_of(tenant.number, number, load.seed)
        self._until = time.monotonic() + load.pace.patience_seconds

    async def run(self) -> None:
        match self._kind:
            case "wait":
                await self._wait()
            case "leave":
                await self._leave()
            case "twins":
                ids = await asyncio.gather(*(self._keyed() for _ in range(3)))
                await self._follow(next((found for found in ids if found), ""))
            case "plain" | "cancel" | "poke":
                request_id, _ = await self._submit("v2", "", seconds=20)
                await self._afterwards(request_id)
            case "hook":
                await self._told(await self._keyed(hook=True))
            case _:
                await self._follow(await self._keyed())

    async def ask_again(self, request_id: str) -> None:
        self._until = time.monotonic() + 60.0
        await self._follow(request_id)

    async def _afterwards(self, request_id: str) -> None:
        if request_id and self._kind == "cancel":
            await asyncio.sleep(self._dice.random() * 0.15)
            await self._look("DELETE", request_id)
        if request_id and self._kind == "poke":
            await self._poke(request_id)
        await self._follow(request_id)

    # --- submits

    def _body(self, *, hook: bool = False) -> dict[str, Any]:
        body = {"prompt": marked_prompt(self._mark, self._load.pace.orders), "width": 256, "height": 256, "steps": 1}
        return body | ({"webhook_url": self._load.receiver.url(self._tenant.number)} if hook else {})

    async def _keyed(self, *, hook: bool = False) -> str:
        """Until it is acknowledged or refused."""
        while time.monotonic() < self._until:
            request_id, again = await self._submit("v2", f"key-{self._mark}", hook=hook, seconds=10)
            if not again:
                return request_id
            await asyncio.sleep(0.1 + self._dice.random() * 0.4)
        return ""

    async def _submit(self, way: str, key: str, *, seconds: float, hook: bool = False) -> tuple[str, bool]:
        """(request id or "", whether it is worth sending again)."""
        call, start = self._load.next_call(), time.monotonic()
        self._note(
            Submit(
                at=start, call=call, tenant=self._tenant.number, mark=self._mark, way=way, key=key, hook=hook
            )
        )  # fmt: skip
        headers = {"idempotency-key": key} if key else {}
        try:
            reply = await self._load.client().call(
                "POST", f"/{way}/{SLUG}", key=self._tenant.key, body=self._body(hook=hook), headers=headers,
                seconds=seconds,
            )  # fmt: skip
        except (NoConnection, NoReply) as error:
            self._note(NoAnswer(at=time.monotonic(), call=call, sent=isinstance(error, NoReply)))
            return "", True
        return self._answered(call, start, reply)

    def _answered(self, call: int, start: float, reply: Reply) -> tuple[str, bool]:
        said = reply.json() if reply.headers.get("content-type", "").startswith("application/json") else {}
        request_id = str(said.get("request_id") or "")
        now = time.monotonic()
        self._note(
            Answer(at=now, call=call, status=reply.status, request_id=request_id, state=str(said.get("status") or ""))
        )
        if request_id and reply.status < 500:
            self._load.counts["acknowledged"] += 1
            self._load.submit_seconds.append(now - start)
            self._load.unsettled[request_id] = self
            self._load.known = [*self._load.known[-50:], (self._tenant, request_id)]
        else:
            self._load.counts[f"status {reply.status}"] += 1
        return request_id, not request_id and reply.status in (429, 500, 502, 503, 504)

    async def _wait(self) -> None:
        """v1: the answer is the result."""
        request_id, _ = await self._submit("v1", f"key-{self._mark}" if self._dice.random() < 0.5 else "", seconds=30)
        if request_id:
            await self._follow(request_id)

    async def _leave(self) -> None:
        """v1, and the client hangs up."""
        call = self._load.next_call()
        self._note(Submit(at=time.monotonic(), call=call, tenant=self._tenant.number, mark=self._mark, way="v1"))
        sent = await self._load.client().hang_up(
            "POST", f"/v1/{SLUG}", key=self._tenant.key, body=self._body(), after=self._dice.random() * 0.15
        )
        self._note(NoAnswer(at=time.monotonic(), call=call, sent=sent))

    # --- what became of it

    async def _follow(self, request_id: str) -> None:
        """Poll until it is final, then fetch the result and its picture."""
        start, pause = time.monotonic(), self._load.usual_seconds * self._dice.random() * 2
        while request_id and time.monotonic() < self._until:
            await asyncio.sleep(pause * (0.8 + 0.4 * self._dice.random()))
            pause = min(3.0, 0.1 + pause * 1.6)
            reply = await self._look("GET", request_id)
            if reply is None or reply.status not in (200, 422):
                continue
            said = reply.json()
            if said["status"] == "FAILED" or (said["status"] == "COMPLETED" and await self._fetch(request_id, said)):
                self._load.took(time.monotonic() - start)
                self._load.unsettled.pop(request_id, None)
                return

    async def _told(self, request_id: str) -> None:
        """Wait for the webhook, then look once."""
        while request_id and time.monotonic() < self._until and request_id not in self._load.receiver.told:
            await asyncio.sleep(0.25)
        if request_id:
            await self._follow(request_id)

    async def _look(self, method: str, request_id: str) -> Reply | None:
        asked_at = time.monotonic()
        path = f"/v2/requests/{request_id}"
        try:
            reply = await self._load.client().call(method, path, key=self._tenant.key, seconds=10)
        except (NoConnection, NoReply):
            return None
        state = str(reply.json().get("status") or "") if reply.status in (200, 422) else ""
        self._note(
            Seen(
                at=time.monotonic(), asked_at=asked_at, tenant=self._tenant.number, request_id=request_id,
                status=reply.status, state=state,
            )
        )  # fmt: skip
        return reply

    async def _fetch(self, request_id: str, said: dict[str, Any]) -> bool:
        with suppress(NoConnection, NoReply):
            reply = await self._load.client().call("GET", path_of(said["output"]), seconds=10)
            if reply.status == 200:
                self._note(
                    Picture(
                        at=time.monotonic(), tenant=self._tenant.number, request_id=request_id,
                        sha256=hashlib.sha256(reply.body).hexdigest(), shown=read_digest(reply.body),
                    )
                )  # fmt: skip
                return True
            self._load.counts[f"picture {reply.status}"] += 1
        return False

    async def _poke(self, request_id: str) -> None:
        """Another tenant asks for it."""
        others = [tenant for tenant in self._load.tenants if tenant != self._tenant]
        if not others:
            return
        stranger = self._dice.choice(others)
        with suppress(NoConnection, NoReply):
            reply = await self._load.client().call("GET", f"/v2/requests/{request_id}", key=stranger.key, seconds=10)
            if reply.status in (200, 404, 422):
                self._note(
                    Foreign(at=time.monotonic(), tenant=stranger.number, request_id=request_id, status=reply.status)
                )
