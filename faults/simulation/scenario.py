"""One seed: how many of everything, what goes wrong how often, who wants what; then peace, and the checks."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import dataclass, replace

from faults.simulation import checks
from faults.simulation.customers import COST, Credentials, Customer, Operator, Person, recipe
from faults.simulation.disks import Database, Files, SimulatedStore, Wear
from faults.simulation.gateway import Gateway, Place
from faults.simulation.history import History
from faults.simulation.network import Network, Roughness
from faults.simulation.storms import Storm
from faults.simulation.workers import Worker
from faults.simulation.world import Node, World
from imagend.core.errors import ExpiredRequest, ImagendError, StorageUnavailable, UnknownRequest
from imagend.core.job import JobPolicy
from imagend.desk.order import Order
from imagend.desk.outbox import Delivery

STORM_SECONDS = 60.0
PEACE_SECONDS = 400.0  # enough for every deadline, patience and pause
WEBHOOK_ROUNDS = 60
ORPHAN_SECONDS = 4 * 3600.0  # after a file's week its hour is looked through once more
KINDS = ("gateway", "worker", "freeze", "partition", "swizzle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    seed: int
    violations: list[str]
    digest: str  # of everything that happened: the same seed gives the same
    trace: list[tuple[float, str, str]]
    acknowledged: int
    faults: dict[str, int]  # by kind; "twice": messages

    def story(self) -> str:
        """For people: what went wrong and how it came to that."""
        lines = [f"{at:10.3f}  {who:12} {what}" for at, who, what in self.trace]
        return "\n".join([f"seed {self.seed}:", *self.violations, *lines])


def simulate(seed: int, database: Database) -> Result:
    """The database is as empty afterwards as before."""
    with database.fresh():
        system = System(random.Random(seed), database)
        try:
            return system.live(seed)
        finally:
            system.world.close()


class System:
    def __init__(self, dice: random.Random, database: Database) -> None:
        self.history = History()
        self.world = World(dice, self.history.wrong)
        self.database, self.files = database, Files()
        self.rough, self.wear = _roughness(dice), _wear(dice)
        self.network = Network(self.world, self.rough)
        self.place = Place(
            world=self.world, network=self.network, database=self.database, files=self.files, wear=self.wear,
            history=self.history,
            policy=_policy(dice), receiver=self._receive, alone=(count := dice.choice([1, 1, 2, 3])) == 1,
            notice_hanging_up=dice.choice([0.0, 0.1]),
        )  # fmt: skip
        self.outside = Node("receiver")
        self.gateways = [Gateway(Node(f"gateway{n}"), self.place, self.outside) for n in range(count)]
        self.workers = [self._worker(n) for n in range(dice.randint(2, 4))]
        self.storm = Storm(
            world=self.world, network=self.network, gateways=self.gateways, workers=self.workers,
            kinds=[kind for kind in KINDS if dice.random() < 0.5],
            pause_seconds=dice.choice([4.0, 10.0, 30.0]),
        )  # fmt: skip
        self.people: list[Person] = []
        self.store = SimulatedStore(self.database, self.world, Node("auditor"), Wear())

    def live(self, seed: int) -> Result:
        rough, wear = replace(self.rough), replace(self.wear)
        self._be_kind()
        self._open()
        self._set(rough, wear)
        self.storm.start()
        self.world.run(STORM_SECONDS)
        self._be_kind()
        self.storm.end()
        until = self.world.now + PEACE_SECONDS
        while self.world.now < until and not self._done():
            self.world.run(self.world.now + 3.0)
        self._deliver_rest()
        rows = [dict(row) for row in self._rows()]
        violations = [*checks.at_rest(rows, self.history, self.store, self.files)]
        violations += [] if violations else self._forget(rows)
        acknowledged = sum(len(wanted.acknowledged) for wanted in self.history.wanted)
        return Result(seed=seed, violations=violations, digest=self.world.digest(), trace=self.world.trace,
                      acknowledged=acknowledged, faults={**self.storm.made, "twice": self.network.doubled})  # fmt: skip

    def _open(self) -> None:
        """Accounts and everybody who will do something."""
        for gateway in self.gateways:
            gateway.start()
        for worker in self.workers:
            worker.start()
        accounts, dice = self.gateways[0].accounts, self.world.random
        keys = []
        for number in range(2):
            first = dice.choice([2, 6, 50]) * COST
            secret, key = accounts.create_key(f"customer{number}", first)
            self.history.granted[key.account_id] += first
            keys.append(Credentials(account=key.account_id, secret=secret, key_id=key.id))
        customers = []
        for number, credentials in enumerate(keys):
            customer = Customer(Node(f"customer{number}"), self.place, self.gateways, self.history)
            customer.start(credentials, dice.randint(1, 5))
            customers.append(customer)
        for one, other in (customers, customers[::-1]):
            one.others = _Ids(self.history, other.credentials.account)
        operator = Operator(Node("operator"), self.place, self.gateways, self.history)
        operator.start(keys, [key for key in keys if dice.random() < 0.2])
        self.people = [*customers, operator]

    def _worker(self, number: int) -> Worker:
        dice = self.world.random
        node = Node(f"worker{number}", clock_offset=dice.uniform(-7200, 7200), clock_rate=dice.uniform(0.99, 1.01))
        talent = dice.choice([0.5, 3.0, 12.0])
        clumsy = dice.choice([0.0, 0.1, 0.5])
        return Worker(node, self.place, self.gateways, self.history, talent, clumsy)

    def _be_kind(self) -> None:
        self._set(Roughness(), Wear())

    def _set(self, rough: Roughness, wear: Wear) -> None:
        for target, source in ((self.rough, rough), (self.wear, wear)):
            for name in source.__slots__:
                setattr(target, name, getattr(source, name))

    def _receive(self, delivery: Delivery) -> None:
        self.history.delivered[delivery.message_id].append(json.dumps(delivery.summary, sort_keys=True))

    def _rows(self) -> list[dict[str, object]]:
        connection = self.database.connection
        cursor = connection.execute("SELECT * FROM job")
        rows = list(cursor)
        names = [] if not rows else [row[1] for row in connection.execute("PRAGMA table_info(job)")]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _done(self) -> bool:
        if any(person.busy for person in self.people):
            return False
        open_jobs = self.database.connection.execute("SELECT 1 FROM job WHERE finished_at IS NULL LIMIT 1").fetchone()
        return open_jobs is None

    def _deliver_rest(self) -> None:
        """Webhooks whose next try is hours away: time passes for them only."""
        for _ in range(WEBHOOK_ROUNDS):
            row = self.database.connection.execute(
                "SELECT MIN(due_at) FROM webhook_delivery WHERE state = 'waiting'"
            ).fetchone()
            if row is None or row[0] is None:
                return
            gateway = self.gateways[0]
            self.world.now = max(self.world.now + 30.0, row[0] + 1.0 - (gateway.clock() - self.world.now))
            gateway.deliver_all()

    def _forget(self, rows: list[dict[str, object]]) -> list[str]:
        """Time passes: what was promised for an hour goes, and its files after a week; nothing else stays behind."""
        gateway, policy = self.gateways[0], self.place.policy
        self.world.now += policy.retention_seconds + 1000.0
        self.wear.refuse = 0.2
        with suppress(StorageUnavailable):  # half of it may be done; the rest, and what was left behind, comes later
            gateway.desk.forget()
        self._be_kind()
        gateway.desk.forget()
        wrong = [f"{row['id']} outlived its hour" for row in self._rows()]
        for wanted in self.history.wanted:
            for name in wanted.acknowledged:
                wrong += self._gone(wanted.account, name, wanted.key, wanted.prompt)
        self.world.now += policy.file_retention_seconds + ORPHAN_SECONDS
        gateway.desk.forget()
        gateway.desk.sweep_orphans()
        wrong += [f"the file {key} has no row" for key in self.files.objects]
        return wrong

    def _gone(self, account: str, name: str, key: str | None, prompt: str) -> list[str]:
        """A forgotten request is unknown, and its key buys nothing new."""
        wrong = []
        try:
            self.gateways[0].desk.look(account, name)
            wrong.append(f"{name} is still shown after its hour")
        except UnknownRequest:
            pass
        if key is not None:
            order = Order(recipe=recipe(prompt, 1), cost_microcredits=1, idempotency_key=key, fingerprint=prompt)
            try:
                self.gateways[0].desk.submit(account, order)
                wrong.append(f"the key of {name} bought something new")
            except ExpiredRequest:
                pass
            except ImagendError as error:
                wrong.append(f"the key of {name} has become strange: {error.code}")
        return wrong


class _Ids(list[str]):
    """Request ids of an account, as far as its customer knows them."""

    def __init__(self, history: History, account: str) -> None:
        self._history, self._account = history, account

    def _now(self) -> list[str]:
        return [job.id for job in self._history.seen.values() if job.account_id == self._account]

    def __bool__(self) -> bool:
        return bool(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self._now()[index]


def _policy(dice: random.Random) -> JobPolicy:
    lease, beat, fence = dice.choice([(30.0, 5.0, 20.0), (15.0, 2.5, 10.0)])
    return JobPolicy(
        lease_seconds=lease, beat_seconds=beat, fence_seconds=fence, sweep_seconds=dice.choice([2.0, 5.0]),
        max_attempts=dice.choice([2, 3]), deadline_seconds=dice.choice([30.0, 90.0, 180.0]),
        max_queued_per_account=dice.choice([2, 1000]), max_releases=dice.choice([1, 10]),
    )  # fmt: skip


def _roughness(dice: random.Random) -> Roughness:
    def often(most: float) -> float:
        return dice.choice([0.0, dice.uniform(0.0, most)])

    return Roughness(lose_request=often(0.2), lose_reply=often(0.2), twice=often(0.2), slow=often(0.3),
                     slow_seconds=dice.choice([1.0, 8.0]))  # fmt: skip


def _wear(dice: random.Random) -> Wear:
    def often(most: float) -> float:
        return dice.choice([0.0, dice.uniform(0.0, most)])

    return Wear(refuse=often(0.05), unknown=often(0.1), crash_before=often(0.01), crash_after=often(0.02),
                rerun=often(0.2), interlude=often(0.3), freeze=often(0.002))  # fmt: skip
