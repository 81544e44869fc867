"""Any sequence of anything: the books stay exact, nothing runs twice at once, clients only see states go forward."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from imagend.core.errors import IdempotencyMismatch, InsufficientCredits, QueueFull, StaleLease, UnknownRequest
from imagend.core.job import Job, JobPolicy, State
from imagend.core.outcome import Failure, Success
from imagend.desk.audit import audit
from tests.desk.house import COST, fast_folder, house_in, order, token

POLICY = JobPolicy(max_queued_per_account=6, max_queued=10, max_releases=2)
ORDER = {State.QUEUED: 0, State.PROCESSING: 1, State.COMPLETED: 2, State.FAILED: 2}
WORKERS = st.sampled_from(["w1", "w2", "w3"])
ACCOUNTS = st.integers(0, 1)
FAILURE = Failure(code="backend_failed", message="The model failed")


class Days(RuleBasedStateMachine):
    """A desk, two accounts, three workers that remember every lease they ever had, and a clock."""

    def __init__(self, books: str | None = None) -> None:
        """books: URL of an empty PostgreSQL database; None: SQLite."""
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(fast_folder())
        if books is not None:
            (folder / "database_url").write_text(books)
        self.house = self.stack.enter_context(house_in(folder, POLICY))
        self.desk, self.clock = self.house.desk, self.house.clock
        self.accounts = [self.house.account(8 * COST) for _ in range(2)]
        self.house.store.write(
            lambda tx: tx.new_webhook("wh_1", self.accounts[0], "https://r.example/", ("GENERATION",), 0.0, fires=True)
        )
        self.jobs: dict[str, Job] = {}  # as last seen by their customers
        self.leases: list[tuple[str, Job, Success]] = []  # (worker, job as claimed, its pictures)
        self.boot = 0

    def teardown(self) -> None:
        self.stack.close()

    @rule(who=ACCOUNTS, key=st.sampled_from([None, None, "k1", "k2"]), body=st.sampled_from("aaab"),
          count=st.integers(1, 3), deadline=st.sampled_from([None, 20.0, 60.0]))  # fmt: skip
    def submit(self, who: int, key: str | None, body: str, count: int, deadline: float | None) -> None:
        wish = order(key=key, fingerprint=body, cost=count * COST, count=count, deadline=deadline)
        before = self.house.accounts.balance(self.accounts[who])
        try:
            job = self.desk.submit(self.accounts[who], wish)
        except (InsufficientCredits, QueueFull, IdempotencyMismatch, UnknownRequest):
            assert self.house.accounts.balance(self.accounts[who]) == before
        else:
            self.jobs.setdefault(job.id, job)

    @rule(who=WORKERS, most=st.integers(1, 4), solo_ok=st.booleans())
    def claim(self, who: str, most: int, solo_ok: bool) -> None:
        jobs = self.desk.claim(who, f"boot-{self.boot}", ("noop",), most, solo_ok)
        assert len(jobs) <= most
        assert len(jobs) == 1 or not any(job.solo for job in jobs)
        for job in jobs:
            assert job.attempt <= POLICY.max_attempts
            self.leases.append((who, job, self.house.success(job)))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), word=st.sampled_from(["complete", "fail", "retry", "release"]))
    def speak(self, data: st.DataObject, word: str) -> None:
        """A worker's last word on any lease it ever had; and again."""
        _, job, success = data.draw(st.sampled_from(self.leases))
        acts = {
            "complete": lambda: self.desk.complete(job.id, token(job), success),
            "fail": lambda: self.desk.fail(job.id, token(job), FAILURE, retryable=False),
            "retry": lambda: self.desk.fail(job.id, token(job), FAILURE, retryable=True),
            "release": lambda: self.desk.release(job.id, token(job)),
        }
        try:
            first = acts[word]()
        except StaleLease:
            return
        assert acts[word]() == first

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        who, job, _ = data.draw(st.sampled_from(self.leases))
        held = self.desk.renew(who, {job.id: token(job)})[job.id].held
        row = self.house.store.read(lambda reads: reads.job(job.id))
        assert held == (row is not None and row.lease is not None and row.lease.token == token(job))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        with suppress(UnknownRequest):
            self.desk.abandon(job.account_id, job.id)

    @rule(who=WORKERS)
    def worker_lost(self, who: str) -> None:
        self.desk.worker_lost(who)

    @rule()
    def server_killed(self) -> None:
        self.boot += 1
        self.desk.recover(f"boot-{self.boot}")
        assert self.desk.counts()["processing"] == 0

    @rule(seconds=st.sampled_from([0.5, 4.0, 16.0, 31.0, 700.0, 4000.0, 90_000.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def sweep(self) -> None:
        self.desk.sweep()
        assert self.house.store.read(lambda reads: reads.held("leases_lost", before=self.clock.now)) == []
        assert self.house.store.read(lambda reads: reads.held("late_waiting", before=self.clock.now)) == []

    @rule()
    def forget(self) -> None:
        self.desk.forget()
        assert self.house.store.read(lambda reads: reads.expired(self.clock.now, 1)) == []

    @rule(who=ACCOUNTS, credits_given=st.sampled_from([-COST, COST]))
    def grant(self, who: int, credits_given: int) -> None:
        with suppress(InsufficientCredits):
            self.house.accounts.grant(self.accounts[who], credits_given, "test")

    @invariant()
    def books_are_exact(self) -> None:
        assert audit(self.house.store) == []

    @invariant()
    def every_end_is_told_once(self) -> None:
        """To the account that asked for it, in the transaction that ends the job: no end without, none twice."""
        ended = {
            row["id"]: f"request.{row['state'].lower()}"
            for row in self.house.store.read(lambda reads: reads.audit("jobs"))
            if row["account_id"] == self.accounts[0] and row["state"] in ("COMPLETED", "FAILED")
        }
        told = self.house.store.read(lambda reads: reads.audit("deliveries"))
        assert sorted((row["request_id"], row["event"]) for row in told) == sorted(ended.items())

    @invariant()
    def suspects_run_alone(self) -> None:
        for who in ("w1", "w2", "w3"):
            leases = self.house.store.read(lambda reads, who=who: reads.held("leases_of_worker", worker_id=who))
            jobs = [self.house.store.read(lambda reads, held=held: reads.job(held.id)) for held in leases]
            assert len(jobs) <= 1 or not any(job is not None and job.solo for job in jobs)

    @invariant()
    def clients_see_states_go_forward(self) -> None:
        for job_id, seen in list(self.jobs.items()):
            try:
                now = self.desk.look(seen.account_id, job_id)
            except UnknownRequest:
                assert seen.expires_at is None or seen.expires_at <= self.clock.now
                del self.jobs[job_id]
                continue
            assert ORDER[now.shown_state] >= ORDER[seen.shown_state]
            if seen.state.final:
                assert now == seen
            if isinstance(now.outcome, Success):
                assert [self.house.blobs.stat(image.key).size for image in now.outcome.images]
            self.jobs[job_id] = now


Days.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
test_any_sequence_of_days = pytest.mark.timeout(400)(Days.TestCase)
