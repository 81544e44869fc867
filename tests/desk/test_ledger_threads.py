"""Customers, workers, operators and sweeps in many threads at once: the sums hold, keys are charged once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from imagend.core.errors import ImagendError
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import Failure, Verdict
from imagend.desk.allowance import Allowance
from imagend.desk.audit import audit
from imagend.desk.credits import Note
from imagend.desk.moves import CANCELLED
from tests.desk.house import BOOT, COST, House, house_in, order, token

VERDICT = Verdict(stage="prompt", category="test", support_code="00000000")
BLOCKED = Failure(code="content_blocked", message="blocked", verdicts=(VERDICT,))
ROUNDS = 60  # orders of each customer
MOST_OPEN = 6  # of each key

Act = Callable[[random.Random], None]


@dataclass
class Town:
    """What all threads share. `told`: every (account, idempotency key) with the request ids that callers heard."""

    house: House
    accounts: list[str]
    told: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    orders: list[tuple[str, str]] = field(default_factory=list)  # account, request
    paid: list[str] = field(default_factory=list)  # requests
    lock: threading.Lock = field(default_factory=threading.Lock)

    def customer(self, draw: random.Random) -> None:
        account, key = draw.choice(self.accounts), draw.choice([None, *(f"k{number}" for number in range(8))])
        count, blocked = draw.randint(1, 3), draw.choice([None, None, None, BLOCKED])
        wish = order(key=key, cost=count * COST, count=count, blocked=blocked, key_id=f"{account}-key", fingerprint="",
                     allowance=Allowance(key_jobs=MOST_OPEN, account_day_microcredits=60 * COST))  # fmt: skip
        job = self.house.desk.submit(account, wish)
        with self.lock:
            self.orders.append((account, job.id))
            if key is not None:
                self.told.setdefault((account, key), set()).add(job.id)

    def worker(self, draw: random.Random, name: str) -> None:
        for job in self.house.claim(name, draw.randint(1, 3)):
            with suppress(ImagendError):
                self.work(draw, name, job)

    def work(self, draw: random.Random, name: str, job: Job) -> None:
        desk, success = self.house.desk, self.house.success(job)
        kept = draw.randint(1, job.recipe.count)
        verdicts = (replace(VERDICT, stage="image"),) * (job.recipe.count - kept)
        partly = replace(success, images=success.images[:kept], filtered=verdicts)
        acts: list[Callable[[], object]] = [
            lambda: desk.complete(job.id, token(job), success),
            lambda: desk.complete(job.id, token(job), success),
            lambda: desk.complete(job.id, token(job), partly),
            lambda: desk.fail(job.id, token(job), BLOCKED, retryable=True),
            lambda: desk.release(job.id, token(job)),
            lambda: desk.worker_lost(name),
            lambda: None,  # it freezes, and its lease runs out
        ]
        act = draw.choice(acts)
        act()
        if act in acts[:3]:
            self.paid.append(job.id)

    def house_work(self, draw: random.Random) -> None:
        desk, credits = self.house.desk, self.house.accounts.credits
        with self.lock:
            account, request_id = draw.choice(self.orders) if self.orders else (self.accounts[0], "nobody")
            paid = draw.choice(self.paid or ["nobody"])
        note = Note(reference=draw.choice([None, "r1", "r2"]))
        acts: list[Callable[[], object]] = [
            lambda: desk.abandon(account, request_id, CANCELLED),
            lambda: credits.refund(paid, draw.choice([None, 1, COST]), note),
            lambda: credits.grant(account, draw.choice([-COST, COST]), note),
            desk.sweep,
            desk.forget,
            lambda: desk.recover(BOOT),
        ]
        draw.choice(acts)()
        self.house.clock.now += draw.choice([0.0, 0.1, 5.0])

    def quiet_end(self) -> None:
        """One picture that is surely delivered and refunded."""
        account = self.house.account()
        self.orders.append((account, self.house.desk.submit(account, order(backend="last")).id))
        self.house.finish(self.house.desk.claim("last", BOOT, ("last",), 1)[0])
        self.house.accounts.credits.refund(self.orders[-1][1], None, Note())


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_hold_whoever_is_first(seed: int, folder: Path) -> None:
    policy = JobPolicy(max_releases=3)
    with house_in(folder, policy, seed) as house:
        town = Town(house=house, accounts=[house.account(40 * COST) for _ in range(2)])
        others: list[Act] = [town.house_work]
        others += [lambda draw, name=f"w{number}": town.worker(draw, name) for number in range(3)]  # type: ignore[misc]
        surprises = run([town.customer] * 4, others, seed)
        town.quiet_end()
        assert surprises == []
        assert audit(house.store) == []
        assert all(len(ids) == 1 for ids in town.told.values()), town.told
        reserves = Counter(row["request_id"] for row in ledger(house) if row["kind"] == "reserve")
        assert set(reserves.values()) == {1}
        assert set(reserves) == {request_id for _, request_id in town.orders}
        assert {row["kind"] for row in ledger(house)} == {"grant", "reserve", "settle", "release", "refund"}


def run(customers: list[Act], others: list[Act], seed: int) -> list[BaseException]:
    """Each customer acts ROUNDS times, the others for as long as that lasts. What nobody may raise comes back."""
    surprises: list[BaseException] = []
    start, over = threading.Barrier(len(customers) + len(others)), threading.Event()

    def live(act: Act, number: int, rounds: Iterable[int]) -> None:
        draw = random.Random(seed * 100 + number)
        start.wait()
        for _ in rounds:
            try:
                act(draw)
            except ImagendError:
                pass
            except BaseException as error:
                surprises.append(error)
                return

    threads = [threading.Thread(target=live, args=(act, index, range(ROUNDS))) for index, act in enumerate(customers)]
    until_over = iter(over.is_set, True)
    busy = [threading.Thread(target=live, args=(act, -1 - index, until_over)) for index, act in enumerate(others)]
    for thread in (*threads, *busy):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    for thread in busy:
        thread.join()
    return surprises


def ledger(house: House) -> list[dict[str, object]]:
    return house.store.read(lambda reads: reads.audit("ledger"))
