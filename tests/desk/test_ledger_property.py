"""Any sequence of submits, duplicates, retries, crashes, cancels, blocks, refunds and grants: the sums hold.

Adds money to the days of test_machine.py, and a second bookkeeper beside the auditor: a few dictionaries in the test
that know what customers were told, and from that alone what every account must have.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from imagend.core.errors import (
    BadParameter,
    DailyCapReached,
    ExpiredRequest,
    IdempotencyMismatch,
    InsufficientCredits,
    QueueFull,
    StaleLease,
    TooManyJobs,
    UnknownRequest,
)
from imagend.core.job import Job, State
from imagend.core.outcome import Failure, Success, Verdict
from imagend.desk.allowance import Allowance
from imagend.desk.credits import Note
from imagend.desk.moves import CANCELLED
from tests.desk.house import COST, order, token
from tests.desk.test_machine import ACCOUNTS, Days
from tests.servers.postgres import Cluster

HOURS_24 = 86_400.0
VERDICT = Verdict(stage="image", category="sexual", support_code="63429089", index=0)
BLOCKED = Failure(code="content_blocked", message="Content blocked by safety filter", verdicts=(VERDICT,))
NO_ROOM = (InsufficientCredits, QueueFull, TooManyJobs, DailyCapReached)


class Ledger(Days):
    """Two customers, and what they must have paid."""

    def __init__(self, books: str | None = None) -> None:
        super().__init__(books)
        self.granted = dict.fromkeys(self.accounts, 8 * COST)
        self.kept: dict[tuple[str, str], tuple[str, str, float]] = {}  # who, key -> fingerprint, request, when
        self.costs: dict[str, tuple[str, int]] = {}  # request -> who, what was held: one for every order ever taken
        self.delivered: dict[str, int] = {}  # request -> pictures
        self.refunds: defaultdict[str, int] = defaultdict(int)
        self.references: dict[tuple[str, str], tuple[str, int]] = {}  # who, reference -> request ("": grant), amount

    @rule(who=ACCOUNTS, key=st.sampled_from([None, "k1", "k2"]), body=st.sampled_from("aab"), count=st.integers(1, 3),
          deadline=st.sampled_from([None, 20.0, 60.0]), blocked=st.sampled_from([None, None, BLOCKED]),
          most=st.sampled_from([None, None, 2]), cap=st.sampled_from([None, None, 4 * COST]))  # fmt: skip
    def submit(  # type: ignore[override]
        self, who: int, key: str | None, body: str, count: int, deadline: float | None, blocked: Failure | None,
        most: int | None, cap: int | None,
    ) -> None:  # fmt: skip
        account = self.accounts[who]
        limits = Allowance(key_jobs=most, account_day_microcredits=cap)
        wish = order(key=key, fingerprint=body, cost=count * COST, count=count, deadline=deadline, blocked=blocked,
                     key_id=f"key-{who}", allowance=limits)  # fmt: skip
        before, first = self.house.accounts.balance(account), self.kept.get((account, key or ""))
        try:
            job = self.desk.submit(account, wish)
        except NO_ROOM:
            assert first is None
        except IdempotencyMismatch:
            assert first is not None
            assert first[0] != body
        except ExpiredRequest:
            assert first is not None
            assert first[0] == body
        else:
            if first is None:
                self.accepted(job, key, body, count * COST, blocked=blocked is not None)
                return
            assert (body, job.id) == first[:2], "a key stands for its first order"
        assert self.house.accounts.balance(account) == before

    def accepted(self, job: Job, key: str | None, body: str, cost: int, *, blocked: bool) -> None:
        assert job.id not in self.costs
        assert (job.state is State.FAILED) == blocked
        self.costs[job.id] = job.account_id, cost
        self.jobs[job.id] = job
        if key is not None:
            self.kept[job.account_id, key] = body, job.id, self.clock.now

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), word=st.sampled_from(["complete", "partly", "blocked", "retry", "release"]))
    def speak(self, data: st.DataObject, word: str) -> None:
        """A worker's last word on any lease it ever had; and again."""
        _, job, success = data.draw(st.sampled_from(self.leases))
        kept = data.draw(st.integers(1, job.recipe.count)) if word == "partly" else job.recipe.count
        partly = replace(success, images=success.images[:kept], filtered=(VERDICT,) * (job.recipe.count - kept))
        try:
            first = self.say(job, word, partly)
        except StaleLease:
            return
        assert self.say(job, word, partly) == first
        if isinstance(first.outcome, Success):
            assert self.delivered.setdefault(job.id, kept) == kept

    def say(self, job: Job, word: str, success: Success) -> Job:
        if word in ("complete", "partly"):
            return self.desk.complete(job.id, token(job), success)
        if word == "release":
            return self.desk.release(job.id, token(job))
        return self.desk.fail(job.id, token(job), BLOCKED, retryable=word == "retry")

    @rule(kept=st.integers(1, 3))
    def quiet_minute(self, kept: int) -> None:
        """A worker takes what there is and delivers it at once."""
        for job in self.desk.claim("quiet", f"boot-{self.boot}", ("noop",), 4):
            kept = min(kept, job.recipe.count)
            done = self.desk.complete(job.id, token(job), self.house.success(job, kept))
            assert done.state is State.COMPLETED
            self.delivered[job.id] = kept

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        with suppress(UnknownRequest):
            self.desk.abandon(job.account_id, job.id, CANCELLED)

    @rule()
    def forget(self) -> None:
        super().forget()
        self.kept = {place: row for place, row in self.kept.items() if row[2] >= self.clock.now - HOURS_24}

    @rule(who=ACCOUNTS, amount=st.sampled_from([-COST, COST]), reference=st.sampled_from([None, "r1", "r2"]))
    def grant(self, who: int, amount: int, reference: str | None) -> None:  # type: ignore[override]
        account = self.accounts[who]
        entry = self.references.get((account, reference or ""))
        try:
            self.house.accounts.credits.grant(account, amount, Note(reference=reference))
        except InsufficientCredits:
            assert entry is None
        except IdempotencyMismatch:
            assert entry not in (None, ("", amount))
        else:
            self.note(account, reference, "", amount)
            self.granted[account] += amount if entry is None else 0

    @precondition(lambda self: self.costs)
    @rule(data=st.data(), amount=st.sampled_from([None, 1, COST]), reference=st.sampled_from([None, "r1", "r2"]))
    def refund(self, data: st.DataObject, amount: int | None, reference: str | None) -> None:
        request_id = data.draw(st.sampled_from(sorted(self.delivered) * 3 + sorted(self.costs)))
        account = self.costs[request_id][0]
        entry = self.references.get((account, reference or ""))
        left = self.delivered.get(request_id, 0) * COST - self.refunds[request_id]
        try:
            _, back = self.house.accounts.credits.refund(request_id, amount, Note(reference=reference))
        except UnknownRequest:
            assert request_id not in self.delivered
        except IdempotencyMismatch:
            assert entry is not None
            assert entry[0] != request_id or amount not in (None, entry[1])
        except BadParameter:
            assert entry is None
            assert left < (amount or 1)
        else:
            self.note(account, reference, request_id, back)
            self.refunds[request_id] += back if entry is None else 0
            assert entry is not None or back == (left if amount is None else amount)

    def note(self, account: str, reference: str | None, request_id: str, amount: int) -> None:
        if reference is not None:
            assert self.references.setdefault((account, reference), (request_id, amount)) == (request_id, amount)

    @invariant()
    def customers_have_what_they_must_have(self) -> None:
        states = {row["id"]: State(row["state"]) for row in self.house.store.read(lambda reads: reads.audit("jobs"))}
        assert states.keys() == self.costs.keys()
        assert {name for name, state in states.items() if state is State.COMPLETED} == self.delivered.keys()
        for account in self.accounts:
            mine = {name: cost for name, (who, cost) in self.costs.items() if who == account}
            balance = self.house.accounts.balance(account)
            assert balance.granted == self.granted[account]
            assert balance.held == sum(cost for name, cost in mine.items() if not states[name].final)
            assert balance.spent == sum(self.delivered.get(name, 0) * COST - self.refunds[name] for name in mine)

    @invariant()
    def each_order_was_charged_once(self) -> None:
        ledger = self.house.store.read(lambda reads: reads.audit("ledger"))
        reserves = [(row["request_id"], row["account_id"], row["amount"]) for row in ledger if row["kind"] == "reserve"]
        assert sorted(reserves) == sorted((name, *order) for name, order in self.costs.items())


Ledger.TestCase.settings = settings(
    max_examples=80, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
test_the_sums_hold_after_any_sequence = pytest.mark.timeout(400)(Ledger.TestCase)


def test_the_sums_hold_on_postgres(postgres_cluster: Cluster) -> None:
    """The same days, fewer of them: each has a database of its own."""
    few = settings(Ledger.TestCase.settings, max_examples=6, stateful_step_count=40)
    run_state_machine_as_test(lambda: Ledger(postgres_cluster.new_database()), settings=few)
