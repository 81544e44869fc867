"""What every store keeps of claims, lost workers, stopped models and poison."""

from __future__ import annotations

import dataclasses

from imagend.core.job import State
from imagend.core.outcome import Failure
from imagend.store.base import Store
from imagend.store.sql import Closing, Tx
from tests.store.databases import NOW, insert, job, lease

BY_CLAIM = dataclasses.replace(lease(), claim_id="c1", claim_number=3)
BROKEN = Failure(code="backend_failed", message="The model failed")


def take(tx: Tx) -> None:
    insert(tx, job())
    assert tx.take("job-1", BY_CLAIM, "boot", NOW) is not None


def test_a_claim_finds_its_leases_again(store: Store) -> None:
    store.write(take)
    worker = BY_CLAIM.worker_id
    assert [one.id for one in store.read(lambda reads: reads.leases_of_claim(worker, "c1"))] == ["job-1"]
    assert store.read(lambda reads: reads.leases_of_claim(worker, "c2")) == []
    assert store.read(lambda reads: reads.leases_of_claim("another", "c1")) == []
    assert store.read(lambda reads: reads.leases_before_claim(worker, 4)) == [("job-1", BY_CLAIM.token)]
    assert store.read(lambda reads: reads.leases_before_claim(worker, 3)) == []


def test_a_claim_without_a_number_is_before_no_other(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx, job())
        tx.take("job-1", lease(), "boot", NOW)
        assert tx.leases_before_claim(lease().worker_id, 99) == []

    store.write(work)


def test_lost_workers_are_noted_with_their_lease_only(store: Store) -> None:
    def work(tx: Tx) -> None:
        take(tx)
        tx.note_lost_worker("job-1", "another token")
        tx.note_lost_worker("job-1", BY_CLAIM.token)
        kept = tx.job("job-1")
        assert kept is not None
        assert kept.lost_workers == (BY_CLAIM.worker_id,)

    store.write(work)


def test_losses_are_counted_once_per_worker_and_forgotten(store: Store) -> None:
    def work(tx: Tx) -> None:
        for worker, at in (("w1", NOW), ("w2", NOW + 1), ("w1", NOW + 2)):
            tx.note_loss("noop", worker, at)
        assert tx.losses_since("noop", NOW - 1) == 2
        assert tx.losses_since("noop", NOW + 1) == 1
        assert tx.losses_since("other", 0) == 0
        tx.forget_losses(NOW + 2)
        assert tx.losses_since("noop", 0) == 1

    store.write(work)


def test_a_breaker_tells_of_its_trial(store: Store) -> None:
    def work(tx: Tx) -> None:
        take(tx)
        tx.open_breaker("noop", NOW)
        (row,) = tx.breakers()
        assert tx.begin_trial("noop", "job-1", row.trials)
        assert not tx.begin_trial("noop", "job-2", row.trials)
        (row,) = tx.breakers()
        assert (row.opened_at, row.trial_id, row.trial_state) == (NOW, "job-1", State.PROCESSING)
        running = tx.job("job-1")
        assert running is not None
        closing = Closing(token=BY_CLAIM.token, verb="fail")
        tx.finish(running, BROKEN, NOW, NOW + 9, paid=0, crashes=0, closing=closing)
        (row,) = tx.breakers()
        assert (row.trial_state, row.trial_closed_as) == (State.FAILED, "fail")
        tx.close_breaker("noop", "another job")
        assert tx.breakers() == [row]
        tx.open_breaker("noop", NOW + 5)
        (row,) = tx.breakers()
        assert (row.opened_at, row.trial_id) == (NOW + 5, None)
        assert not tx.begin_trial("noop", "job-1", row.trials - 1)
        assert tx.begin_trial("noop", "job-1", row.trials)
        tx.close_breaker("noop", "job-1")
        assert tx.breakers() == []

    store.write(work)


def test_quarantine_is_listed_page_by_page(store: Store) -> None:
    def work(tx: Tx) -> None:
        for number in range(3):
            insert(tx, job(id=f"job-{number}"))
            tx.quarantine_job(f"job-{number}", "2 worker losses", NOW + number)
            tx.quarantine_job(f"job-{number}", "again", NOW + 9)
        first = tx.quarantine("", 2)
        assert [(row.request_id, row.error, row.given_up_at) for row in first] == [
            ("job-2", "2 worker losses", NOW + 2),
            ("job-1", "2 worker losses", NOW + 1),
        ]
        assert [row.request_id for row in tx.quarantine("job-1", 2)] == ["job-0"]
        assert tx.has_jobs(first[0].backend)
        assert not tx.has_jobs("unheard of")
        tx.forget_quarantine(NOW + 2)
        assert [row.request_id for row in tx.quarantine("", 9)] == ["job-2"]

    store.write(work)
