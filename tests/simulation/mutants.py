"""Desks with one bug each, of the kinds that have been made elsewhere; the simulation must notice every one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from imagend.core import job as law
from imagend.core.errors import StaleLease, UnknownRequest
from imagend.core.job import Job, Retry
from imagend.core.ledger import Entry
from imagend.desk import credits, desk, moves, notices, results, retention, sweeper
from imagend.store.migrate import named_queries
from imagend.store.sql import Tx
from imagend.store.sqlite import WORDS

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, kw_only=True)
class Mutant:
    name: str
    break_it: Callable[[Patch], None] = lambda _: None
    statement: str = ""  # of the store: without, or with, some words
    words: str = ""
    instead: str = ""

    def change(self) -> dict[str, str]:
        if not self.statement:
            return {}
        text = named_queries("sqlite", WORDS)[self.statement]
        assert self.words in text
        return {self.statement: text.replace(self.words, self.instead)}


def no_fence(patch: Patch) -> None:
    """Any token will do, as long as the job runs."""

    def held(reads: Any, job_id: str, token: str) -> Job:
        job = reads.job(job_id)
        if job is None or job.lease is None:
            raise StaleLease
        return job  # type: ignore[no-any-return]

    patch.setattr(moves, "held", held)


def settle_twice(patch: Patch) -> None:
    real = moves.end

    def end(tx: Tx, job: Job, outcome: Any, *rest: Any, **more: Any) -> Job:
        ended = real(tx, job, outcome, *rest, **more)
        cost = moves.final_cost(job, outcome)
        tx.move_money(job.account_id, available=-cost, spent=cost)  # as far as there is something left
        return ended

    patch.setattr(moves, "end", end)


def keep_holds_of_failures(patch: Patch) -> None:
    real = Tx.move_money

    def move_money(self: Tx, account_id: str, **moved: int) -> Any:
        if moved.get("held", 0) < 0 and not moved.get("spent"):
            moved = {}
        return real(self, account_id, **moved)

    patch.setattr(Tx, "move_money", move_money)


def forget_the_ledger(patch: Patch) -> None:
    real = Tx.write_ledger

    def write_ledger(self: Tx, account_id: str, kind: Entry, *rest: Any, **more: Any) -> None:
        if kind is not Entry.RELEASE:
            real(self, account_id, kind, *rest, **more)

    patch.setattr(Tx, "write_ledger", write_ledger)


def submit_without_twin(patch: Patch) -> None:
    patch.setattr(moves, "_twin", lambda *_: None)


def twin_of_anybody(patch: Patch) -> None:
    """Keys of one tenant answer for another's."""
    real = Tx.keep_idempotency

    def keep(self: Tx, account_id: str, key: str, *rest: Any) -> Any:
        rows = self._run("audit_accounts", {})
        return real(self, rows[0]["id"], key, *rest)

    patch.setattr(Tx, "keep_idempotency", keep)


def show_everybody(patch: Patch) -> None:
    def visible(reads: Any, _account: str, request_id: str, now: float) -> Job:
        job = reads.job(request_id)
        if job is None or (job.expires_at is not None and job.expires_at <= now):
            raise UnknownRequest(request_id)
        return job  # type: ignore[no-any-return]

    patch.setattr(moves, "visible", visible)


def show_retries(patch: Patch) -> None:
    patch.setattr(Job, "shown_state", property(lambda self: self.state))


def sweep_without_looking_again(patch: Patch) -> None:
    """The sweeper ends what it found, whatever became of it meanwhile."""

    def move(self: Any, chore: Any, held: Any, now: float) -> Callable[[Tx], Job | None]:
        def work(tx: Tx) -> Job | None:
            job = tx.job(held.id)
            if job is None or job.state.final:
                return None
            return moves.retry_or_end(tx, job, Retry(run_after=now, solo=True), now, self._policy, crashed=True)

        return work

    patch.setattr(sweeper.Sweeper, "_move", move)


def sweep_half_leases(patch: Patch) -> None:
    real = sweeper.Sweeper.sweep

    def sweep(self: Any) -> int:
        clock, self._clock = self._clock, lambda: clock() + self._policy.lease_seconds / 2
        try:
            return real(self)
        finally:
            self._clock = clock

    patch.setattr(sweeper.Sweeper, "sweep", sweep)


def silent_ends(patch: Patch) -> None:
    patch.setattr(moves, "announce", lambda *_: None)


def announce_beside(patch: Patch) -> None:
    """The message is written in a transaction of its own, after the answer: a crash between loses it."""
    late: list[tuple[Job, int]] = []
    real, told = notices.announce, desk.Desk._told

    def tell(self: Any, job: Job, **more: Any) -> Job:
        while late:
            one, cost = late.pop()
            self._store.write(lambda tx: real(tx, one, cost))  # noqa: B023 - called at once
        return told(self, job, **more)

    patch.setattr(moves, "announce", lambda _tx, job, cost: late.append((job, cost)))
    patch.setattr(desk.Desk, "_told", tell)


def unchecked_results(patch: Patch) -> None:
    patch.setattr(results.Results, "check", lambda *_: None)
    real = results.Results.put

    def put(self: Any, job: Job, index: int, extension: str, data: bytes) -> str:
        """Answers before it is stored, and stores the first picture of an attempt only."""
        return real(self, job, index, extension, data) if index == 0 else results.key_of(
            job, index, extension, hashlib.sha256(data).hexdigest()
        )  # fmt: skip

    patch.setattr(results.Results, "put", put)


def one_file_for_all(patch: Patch) -> None:
    """Pictures of one attempt number share a name, whosever they are."""
    patch.setattr(results, "folder_of", lambda *_: "r/all/2027011508/x")
    patch.setattr(results, "key_of", lambda job, index, extension, _: f"r/a/2027011508/x/{index}.{extension}")


def early_retention(patch: Patch) -> None:
    real = moves.end

    def end(tx: Tx, job: Job, outcome: Any, now: float, policy: Any, **more: Any) -> Job:
        return real(tx, job, outcome, now, replace(policy, retention_seconds=2.0), **more)

    patch.setattr(moves, "end", end)


def files_before_rows(patch: Patch) -> None:
    real = retention.Retention.forget

    def forget(self: Any) -> int:
        for key in list(self._blobs.list("r"))[:1]:
            self._blobs.delete(key)
        return real(self)

    patch.setattr(retention.Retention, "forget", forget)


def orphans_stay(patch: Patch) -> None:
    patch.setattr(retention.Retention, "sweep_orphans", lambda _: 0)


def refund_again(patch: Patch) -> None:
    real = credits._done

    def done(tx: Tx, account: str, kind: Entry, *rest: Any) -> Any:
        return None if kind is Entry.GRANT else real(tx, account, kind, *rest)

    patch.setattr(credits, "_done", done)


def endless_tries(patch: Patch) -> None:
    patch.setattr(sweeper, "after_crash", lambda job, policy, now: law.Retry(run_after=now, solo=False))
    patch.setattr(desk, "after_error", lambda job, failure, policy, now, jitter: law.Retry(run_after=now, solo=False))


MUTANTS = [
    Mutant(name="a stale token ends the job", break_it=no_fence, statement="finish",
           words=" AND lease_token IS NOT DISTINCT FROM :token"),
    Mutant(name="a result is paid twice", break_it=settle_twice),
    Mutant(name="a failure keeps its hold", break_it=keep_holds_of_failures),
    Mutant(name="a release is not written down", break_it=forget_the_ledger),
    Mutant(name="a key does not find its order", break_it=submit_without_twin),
    Mutant(name="a key finds another tenant's order", break_it=twin_of_anybody),
    Mutant(name="requests of others are shown", break_it=show_everybody),
    Mutant(name="a retry shows QUEUED", break_it=show_retries),
    Mutant(name="the sweeper does not look again", break_it=sweep_without_looking_again),
    Mutant(name="the sweeper counts half a lease", break_it=sweep_half_leases),
    Mutant(name="a heartbeat renews nothing", statement="renew",
           words="CASE WHEN lease_until > :until THEN lease_until ELSE :until END", instead="lease_until"),
    Mutant(name="nobody is told", break_it=silent_ends),
    Mutant(name="the outbox is written after the commit", break_it=announce_beside),
    Mutant(name="pictures are not looked for", break_it=unchecked_results),
    Mutant(name="pictures share a name", break_it=one_file_for_all),
    Mutant(name="results are forgotten at once", break_it=early_retention),
    Mutant(name="files go before their rows", break_it=files_before_rows),
    Mutant(name="orphans stay", break_it=orphans_stay),
    Mutant(name="a grant is made at every repetition", break_it=refund_again),
    Mutant(name="deadlines of waiting jobs pass", statement="late_waiting", words="deadline_at <= :before",
           instead="deadline_at <= :before - 100000"),
    Mutant(name="deadlines of running jobs pass, and nobody counts tries", break_it=endless_tries,
           statement="late_running", words="deadline_at < :before", instead="deadline_at < :before - 100000"),
]  # fmt: skip
