"""What every store promises about jobs: each move is a compare-and-set that one caller wins."""

from __future__ import annotations

import dataclasses

from imagend.core.job import Job, State
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.store.base import Store
from imagend.store.sql import Closing, Held, Tx
from tests.store.databases import ACCOUNT, NOW, insert, job, lease, taken

BROKEN = Failure(code="backend_failed", message="The model failed", detail="line 3")
PICTURE = ImageRef(key="r/a/h/j/1-0-x.jpeg", media_type="image/jpeg", width=1, height=1, seed=7, sha256="x", size=3)
DONE = Success(images=(PICTURE,), notes={"unknown_words": ["zx"]})


def stolen(one: Job) -> Job:
    """The job as somebody with an old token sees it."""
    assert one.lease is not None
    return dataclasses.replace(one, lease=dataclasses.replace(one.lease, token="old"))


def requeued(tx: Tx, one: Job, closing: Closing | None = None) -> Job | None:
    return tx.requeue(one, run_after=NOW + 9, solo=True, attempt=4, crashes=5, releases=6, closing=closing)


def test_job_is_taken_once(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx, job())
        first = tx.take("job-1", lease(), "boot", NOW + 1)
        assert first == job(state=State.PROCESSING, attempt=1, started_at=NOW + 1, lease=lease())
        assert tx.take("job-1", lease("other"), "boot", NOW + 2) is None
        assert tx.job("job-1") == first
        assert tx.take("unknown", lease(), "boot", NOW) is None

    store.write(work)


def test_requeue_needs_the_token_and_writes_what_it_is_told(store: Store) -> None:
    def work(tx: Tx) -> None:
        one = taken(tx, job())
        assert requeued(tx, stolen(one)) is None
        back = requeued(tx, one)
        assert back == job(run_after=NOW + 9, solo=True, attempt=4, crashes=5, releases=6, started_at=NOW)
        assert requeued(tx, one) is None
        again = tx.take(one.id, lease("second"), "boot", NOW + 50)
        assert again is not None
        assert again.started_at == NOW  # the first claim's time stays

    store.write(work)


def test_finish_needs_state_and_token(store: Store) -> None:
    def work(tx: Tx) -> None:
        one = taken(tx, job())
        for wrong in (stolen(one), job(), job("unknown")):
            assert tx.finish(wrong, DONE, NOW, NOW + 1, paid=0, crashes=0, closing=None) is None
        done = tx.finish(
            one, DONE, NOW + 2, NOW + 3602, paid=0, crashes=1, closing=Closing(token="token-job-1", verb="complete")
        )
        assert done == job(
            state=State.COMPLETED, attempt=1, crashes=1, started_at=NOW, finished_at=NOW + 2, expires_at=NOW + 3602,
            outcome=DONE,
        )  # fmt: skip
        assert tx.job("job-1") == done
        assert tx.finish(one, BROKEN, NOW, NOW + 1, paid=0, crashes=0, closing=None) is None

    store.write(work)


def test_waiting_job_fails_without_a_token(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx, job())
        failed = tx.finish(job(), BROKEN, NOW, NOW + 1, paid=0, crashes=0, closing=None)
        assert failed is not None
        assert (failed.state, failed.outcome, failed.started_at) == (State.FAILED, BROKEN, None)

    store.write(work)


def test_closing_is_remembered_until_the_next_worker_closes(store: Store) -> None:
    def work(tx: Tx) -> None:
        one = taken(tx, job())
        assert tx.closing("job-1", "token-job-1") is None
        requeued(tx, one, Closing(token="token-job-1", verb="release"))
        second = tx.take("job-1", lease("second"), "boot", NOW)
        assert second is not None
        assert tx.closing("job-1", "token-job-1") == ("release", None)
        tx.finish(second, DONE, NOW, NOW + 1, paid=0, crashes=0, closing=Closing(token="second", verb="complete"))
        assert tx.closing("job-1", "second") == ("complete", DONE)
        assert tx.closing("job-1", "token-job-1") is None

    store.write(work)


def test_renew(store: Store) -> None:
    def work(tx: Tx) -> None:
        taken(tx, job())
        assert tx.renew("job-1", "token-job-1", "w1", NOW + 99) == {"deadline_at": NOW + 600, "tries": 1}
        assert tx.renew("job-1", "token-job-1", "w1", NOW + 50), "late, and no reason to have it shorter"
        assert tx.renew("job-1", "old", "w1", NOW + 999) is None
        assert tx.renew("job-1", "token-job-1", "w2", NOW + 999) is None
        found = tx.job("job-1")
        assert found is not None
        assert found.lease == lease("token-job-1", until=NOW + 99)

    store.write(work)


def test_claimable_in_fair_order_and_only_what_may_run(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        insert(tx, job("late"), job("early", created_at=NOW - 5), prio_key=2.0)
        insert(tx, job("first"), prio_key=1.0)
        insert(tx, job("paused", run_after=NOW + 1), job("over", deadline_at=NOW), prio_key=0.0)
        other = dataclasses.replace(job().recipe, backend="sketch")
        insert(tx, job("other", recipe=other), prio_key=0.0)
        taken(tx, job("busy"))
        assert [row["id"] for row in tx.claimable("noop", NOW, 2)] == ["first", "early"]
        line = [job_id for job_id, _, _ in tx.waiting_line("noop", 99)]
        assert line == ["over", "paused", "first", "early", "late"], "ready or not"
        return [row["id"] for row in tx.claimable("noop", NOW, 9)]

    assert store.write(work) == ["first", "early", "late"]


def test_sweeping_questions(store: Store) -> None:
    def work(tx: Tx) -> None:
        taken(tx, job("run"))
        taken(tx, job("old boot"), boot="boot-0")
        insert(tx, job("wait"))
        run, wait = Held(id="run", token="token-run"), Held(id="wait", token=None)
        old = Held(id="old boot", token="token-old boot")
        assert tx.held("leases_lost", before=NOW + 30) == []
        assert sorted(tx.held("leases_lost", before=NOW + 31), key=lambda held: held.id) == [old, run]
        assert len(tx.held("leases_lost", most=1, before=NOW + 31)) == 1
        assert tx.held("late_waiting", before=NOW + 599) == []
        assert tx.held("late_waiting", before=NOW + 600) == [wait]
        assert {held.id for held in tx.held("late_running", before=NOW + 601)} == {"run", "old boot"}
        assert {held.id for held in tx.held("leases_of_worker", worker_id="w1")} == {"run", "old boot"}
        assert tx.held("leases_of_worker", worker_id="w9") == []
        assert tx.held("leases_of_earlier_runs", boot="boot-1", mine="boot-%", others="") == [old]
        assert tx.held("leases_of_earlier_runs", boot="boot-1", mine="%", others="boot-%") == []
        holder = {"worker_id": "w1", "account_id": ACCOUNT, "fair_weight": 1.0, "leases": 2, "solo": 0}
        assert tx.lease_holders() == [holder]
        assert tx.counts() == {"queued": 1, "processing": 2}
        assert tx.queued_of(ACCOUNT) == 1

    store.write(work)


def test_forgetting_leaves_history(store: Store) -> None:
    def work(tx: Tx) -> None:
        failed = tx.finish(taken(tx, job()), BROKEN, NOW, NOW + 10, paid=0, crashes=0, closing=None)
        assert failed is not None
        assert tx.expired(NOW + 9, 5) == []
        assert not tx.forget_job(failed, NOW + 9)
        assert tx.expired(NOW + 10, 5) == ["job-1"]
        assert tx.forget_job(failed, NOW + 10)
        assert not tx.forget_job(failed, NOW + 10)
        assert tx.job("job-1") is None
        [line] = tx.audit("jobs")
        assert (line["id"], line["state"], line["kept"]) == ("job-1", "FAILED", 0)

    store.write(work)


def test_idempotency_keys(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        assert tx.keep_idempotency(ACCOUNT, "k", "print", "r1", NOW) is None
        assert tx.keep_idempotency(ACCOUNT, "k", "other", "r2", NOW) == {"fingerprint": "print", "request_id": "r1"}
        tx.forget_idempotency(NOW, 9)
        assert tx.keep_idempotency(ACCOUNT, "k", "other", "r2", NOW) is not None
        tx.forget_idempotency(NOW + 1, 9)
        assert tx.keep_idempotency(ACCOUNT, "k", "other", "r2", NOW) is None

    store.write(work)


def test_fair_tags_and_clock(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        assert tx.fair_tags(ACCOUNT) == (0.0, 0.0, 1.0)
        tx.set_fair_tag(ACCOUNT, 7.5)
        for time in (4.0, 3.0):  # the clock never goes back
            tx.advance_fair_clock(time)
        assert tx.fair_tags(ACCOUNT) == (7.5, 4.0, 1.0)
        assert tx.set_fair_weight(ACCOUNT, 2.0)
        tx.charge_turn(ACCOUNT, 3.0)
        assert tx.fair_tags(ACCOUNT) == (9.0, 4.0, 2.0)
        assert not tx.set_fair_weight("nobody", 2.0)

    store.write(work)
