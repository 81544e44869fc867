"""Which waiting jobs a worker gets: fair order, suspects alone, and room for those who have nothing yet.

A worker asks in one of three ways (`Whose` in core/wire.py). With free room it takes whose turn it is. A full one goes
on asking for accounts that have nothing in it, so that a newcomer never waits for a lane that a crowd holds. A reserve
worker serves only accounts that have nothing in any worker, so that no long native call of a crowd stands before them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from imagend.core.job import Job, JobPolicy, Lease
from imagend.core.wire import Whose
from imagend.desk.breakers import Circuit, judge
from imagend.desk.order import Waiting, choose
from imagend.store.base import Store
from imagend.store.crew_rows import BreakerRow
from imagend.store.sql import Reads, Tx

#: Read beyond what a worker asks for, so that jobs which it cannot have do not hide the others.
LOOK_AHEAD = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a worker asks for."""

    worker_id: str
    boot: str  # of the gateway
    backends: tuple[str, ...]
    most: int  # jobs
    solo_ok: bool = True  # it has nothing else: a suspect may come, and then alone
    whose: Whose = "anyone"
    rivals: frozenset[str] = frozenset()  # other workers that wait; newcomers are left to those with less to do
    claim_id: str | None = None  # said again it gets what it got before
    claim_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """Who has jobs with which workers, from the rows of `lease_holders`."""

    rows: Sequence[dict[str, Any]]

    def leases(self, worker_id: str) -> int:
        return sum(row["leases"] for row in self.rows if row["worker_id"] == worker_id)

    def solo(self, worker_id: str) -> bool:
        return any(row["solo"] for row in self.rows if row["worker_id"] == worker_id)

    def accounts(self, worker_id: str | None = None) -> set[str]:
        """Those with something in this worker, or in any."""
        return {row["account_id"] for row in self.rows if worker_id in (None, row["worker_id"])}

    def load(self, worker_id: str) -> tuple[float, int]:
        """(weight of the accounts in this worker, leases): the smaller, the more a newcomer would get."""
        weight = sum(
            row["fair_weight"] / len(self.workers(row["account_id"]))
            for row in self.rows
            if row["worker_id"] == worker_id
        )
        return weight, self.leases(worker_id)

    def workers(self, account_id: str) -> set[str]:
        return {row["worker_id"] for row in self.rows if row["account_id"] == account_id}


def eligible(waiting: Sequence[Waiting], wish: Wish, hand: InHand) -> Iterator[Waiting]:
    """What this worker may have of the queue, in its order; newcomers one job each. Suspects are never left out:
    `choose` needs to see them."""
    here, anywhere = hand.accounts(wish.worker_id), hand.accounts()
    absent_from = {"anyone": set(), "absent": here, "idle": anywhere}[wish.whose]
    known_only = any(hand.load(rival) < hand.load(wish.worker_id) for rival in wish.rivals)
    for job in waiting:
        if job.solo:
            yield job
        elif job.account_id not in absent_from and not (known_only and job.account_id not in anywhere):
            if wish.whose != "anyone":
                absent_from.add(job.account_id)
            yield job


class Handout:
    """The claim: one look at the queue, and if there is something, one transaction that looks again."""

    def __init__(
        self, store: Store, policy: JobPolicy, clock: Callable[[], float], randbits: Callable[[int], int]
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._randbits = randbits

    def claim(self, wish: Wish) -> list[Job]:
        """Lease jobs to the worker. `lease.weight` says what part of this worker their account is due."""
        now = self._clock()
        if wish.most < 1 or not self._store.read(lambda reads: self._choose(reads, wish, now)[0]):
            return []  # most polls end here

        return self._store.write(lambda tx: self._claimed(tx, wish) or self._take(tx, wish, now))

    def again(self, wish: Wish) -> list[Job]:
        """What this very claim got before, and the worker has not ended or lost since."""
        claim_id = wish.claim_id
        if claim_id is None or not self._store.read(lambda reads: reads.leases_of_claim(wish.worker_id, claim_id)):
            return []
        return self._store.write(lambda tx: self._claimed(tx, wish))

    def _claimed(self, tx: Tx, wish: Wish) -> list[Job]:
        if wish.claim_id is None:
            return []
        jobs = tx.leases_of_claim(wish.worker_id, wish.claim_id)
        hand = InHand(rows=tx.lease_holders() if jobs else ())
        return [_weighted(tx, job, hand) for job in jobs]

    def _take(self, tx: Tx, wish: Wish, now: float) -> list[Job]:
        """Choose and lease; what somebody else takes at the same moment is left out, and others are chosen."""
        jobs: list[Job] = []
        missed: set[str] = set()
        while True:
            rest = replace(wish, most=wish.most - len(jobs))
            chosen, left, hand = self._choose(tx, rest, now, missed)
            taken = [self._taken(tx, one, wish, now) for one in chosen]
            jobs += [
                _weighted(tx, _alone_on_trial(one, job), hand)
                for one, job in zip(chosen, taken, strict=True)
                if job is not None
            ]
            lost = {one.id for one, job in zip(chosen, taken, strict=True) if job is None}
            if len(lost) < len(chosen):
                tx.advance_fair_clock(_virtual_time([one for one in chosen if one.id not in lost], left))
            if not lost:
                return jobs
            missed |= lost

    def _taken(self, tx: Tx, one: Waiting, wish: Wish, now: float) -> Job | None:
        """None: it, or the trial that it was to be, is another's."""
        if one.trial_of and not tx.begin_trial(one.trial_of, one.id, one.trials):
            return None
        return tx.take(one.id, self._lease(wish, now), wish.boot, now)

    def _choose(
        self, reads: Reads, wish: Wish, now: float, missed: Collection[str] = ()
    ) -> tuple[list[Waiting], list[Waiting], InHand]:
        """(what it gets, what else was looked at, who has what)."""
        hand = InHand(rows=reads.lease_holders())
        if hand.solo(wish.worker_id):
            return [], [], hand
        stopped = {row.backend: row for row in reads.breakers()}
        found = chain.from_iterable(self._found(reads, name, wish, now, stopped.get(name)) for name in wish.backends)
        ordered = sorted(found, key=lambda row: (row["prio_key"], row["created_at"], row["id"]))
        waiting = [_waiting(row) for row in ordered if row["id"] not in missed]
        alone = wish.solo_ok and not hand.leases(wish.worker_id)
        offered = list(eligible(waiting, wish, hand))
        chosen = choose(offered, wish.most, alone=alone, now=now, patience=self._policy.lease_seconds)
        left = [job for job in waiting if job not in chosen]
        return chosen, left, hand

    def _found(
        self, reads: Reads, backend: str, wish: Wish, now: float, breaker: BreakerRow | None
    ) -> list[dict[str, Any]]:
        """Waiting rows that this worker may have: none of a stopped model, one of a model to be tried, and no suspect
        that it was lost with itself, as long as there is another worker for that."""
        state = judge(breaker, now, self._policy.breaker_pause_seconds) if breaker else Circuit.CLOSED
        if state in (Circuit.OPEN, Circuit.TRIAL):
            return []
        rows = reads.claimable(backend, now, wish.most + LOOK_AHEAD)
        lost = [row for row in rows if wish.worker_id in row["lost_workers"].split()]
        if lost:
            others = self._others(reads, backend, wish, now)
            waits = [row["id"] for row in lost if others - set(row["lost_workers"].split())]
            rows = [row for row in rows if row["id"] not in waits or self._patient_enough(row, now)]
        if breaker is None or state is Circuit.CLOSED:
            return rows
        return [row | {"trial_of": backend, "trials": breaker.trials} for row in rows[:1]]

    def _others(self, reads: Reads, backend: str, wish: Wish, now: float) -> set[str]:
        """Other workers of this backend that were heard of lately."""
        heard = reads.workers_since(now - self._policy.lease_seconds)
        return {worker.id for worker in heard if backend in worker.backends} - {wish.worker_id}

    def _patient_enough(self, row: dict[str, Any], now: float) -> bool:
        return bool(now - row["run_after"] > self._policy.lease_seconds)

    def _lease(self, wish: Wish, now: float) -> Lease:
        return Lease(
            token=f"{self._randbits(128):032x}", worker_id=wish.worker_id, until=now + self._policy.lease_seconds,
            claim_id=wish.claim_id, claim_number=wish.claim_number,
        )  # fmt: skip


def _virtual_time(chosen: Sequence[Waiting], left: Sequence[Waiting]) -> float:
    """Start of the newest job in service; but a newcomer who was let past takes the clock no further than the head of
    those who still wait, or who comes next would stand behind them."""
    newest = max(job.prio_key for job in chosen)
    return min([newest, *(job.prio_key for job in left if not job.solo)])


def _alone_on_trial(one: Waiting, job: Job) -> Job:
    """In this worker: it asks for no mates."""
    return replace(job, solo=True) if one.trial_of else job


def _weighted(tx: Tx, job: Job, hand: InHand) -> Job:
    """An account's weight is spread over the workers that have jobs of it: who floods all of them is in each of them
    worth less than who has one job in one of them."""
    assert job.lease is not None
    spread = len(hand.workers(job.account_id) | {job.lease.worker_id})
    return replace(job, lease=replace(job.lease, weight=tx.fair_tags(job.account_id)[2] / spread))


def _waiting(row: dict[str, Any]) -> Waiting:
    return Waiting(
        id=row["id"],
        account_id=row["account_id"],
        solo=bool(row["solo"]) or "trial_of" in row,
        trial_of=row.get("trial_of", ""),
        trials=row.get("trials", 0),
        run_after=row["run_after"],
        prio_key=row["prio_key"],
    )
