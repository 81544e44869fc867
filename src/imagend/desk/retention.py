"""Forgets results after their hour: rows first (the id is unknown at once), pictures after.

Killed between the two it leaves pictures without a row, which `sweep_orphans` removes; never a row without pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from imagend.blobs.base import BlobStore
from imagend.core.job import Job
from imagend.desk.results import folder_of, hour_of
from imagend.store.base import Store
from imagend.store.sql import Tx

ROWS_PER_PASS = 1000
IDEMPOTENCY_SECONDS = 24 * 3600.0
ORPHAN_SECONDS = 2 * 3600.0  # younger pictures may belong to an attempt that is running


class Retention:
    def __init__(self, store: Store, blobs: BlobStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock

    def forget(self) -> int:
        """Delete expired jobs, at most 1,000, with all pictures of all their attempts, and old idempotency keys.
        Ledger and one line of history per job stay. Returns how many jobs went."""
        now = self._clock()
        expired = self._store.read(lambda reads: reads.expired(now, ROWS_PER_PASS))
        futures = [self._store.later(_forget_one(job_id, now)) for job_id in expired]
        gone = [job for future in futures if (job := future.result()) is not None]
        self._store.write(lambda tx: tx.forget_idempotency(now - IDEMPOTENCY_SECONDS))
        for job in gone:
            self._delete_below(folder_of(job.account_id, job.created_at, job.id))
        return len(gone)

    def sweep_orphans(self) -> int:
        """Delete pictures of unknown jobs that were ordered more than two hours ago. Returns how many went."""
        newest = hour_of(self._clock() - ORPHAN_SECONDS)
        removed = 0
        for request_id, keys in groupby(self._old_keys(newest), key=lambda key: key.split("/")[3]):
            if self._store.read(lambda reads, wanted=request_id: reads.job(wanted)) is None:  # type: ignore[misc]
                removed += self._delete(keys)
        return removed

    def _old_keys(self, newest: str) -> Iterator[str]:
        for key in self._blobs.list("r"):
            words = key.split("/")
            if len(words) == 5 and words[2] < newest:
                yield key

    def _delete_below(self, folder: str) -> None:
        self._delete(iter(list(self._blobs.list(folder))))

    def _delete(self, keys: Iterator[str]) -> int:
        count = 0
        for key in keys:
            self._blobs.delete(key)
            count += 1
        return count


def _forget_one(job_id: str, now: float) -> Callable[[Tx], Job | None]:
    def work(tx: Tx) -> Job | None:
        job = tx.job(job_id)
        return job if job is not None and tx.forget_job(job, now) else None

    return work
