"""Forgets results after their hour, files after their week and requests after their season; each row first, so that
nothing is promised that is gone.

Killed between a row and its pictures it leaves pictures that no row knows, which `sweep_orphans` removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from imagend.blobs.base import BlobStore
from imagend.core.job import Job, JobPolicy, State
from imagend.desk.results import folder_of, hour_of
from imagend.store.base import Store
from imagend.store.sql import Tx

ROWS_PER_PASS = 1000
OLD_ROWS_PER_PASS = 10_000  # deleted by one statement
IDEMPOTENCY_SECONDS = 24 * 3600.0
ORPHAN_SECONDS = 2 * 3600.0  # younger pictures may belong to an attempt that is running


class Retention:
    def __init__(self, store: Store, blobs: BlobStore, policy: JobPolicy, clock: Callable[[], float]) -> None:
        self._store = store
        self._blobs = blobs
        self._policy = policy
        self._clock = clock

    def forget(self) -> int:
        """Delete expired jobs, at most 1,000; old files, old requests and old idempotency keys. Of a job its ledger
        entries, one line of history and, for a while, what callers can list of it stay. Returns how many jobs went."""
        now = self._clock()
        expired = self._store.read(lambda reads: reads.expired(now, ROWS_PER_PASS))
        futures = [self._store.later(_forget_one(job_id, now)) for job_id in expired]
        gone = [job for future in futures if (job := future.result()) is not None]
        for job in gone:
            if job.state is State.FAILED:
                self._delete_below(folder_of(job.account_id, job.created_at, job.id))
        self._drop_files(now)
        self._store.write(lambda tx: tx.forget_idempotency(now - IDEMPOTENCY_SECONDS, OLD_ROWS_PER_PASS))
        season = now - self._policy.history_retention_seconds
        self._store.write(lambda tx: tx.forget_past(season, OLD_ROWS_PER_PASS))
        return len(gone)

    def _drop_files(self, now: float) -> None:
        before = now - self._policy.file_retention_seconds
        for row in self._store.read(lambda reads: reads.files_due(before, ROWS_PER_PASS)):
            self._store.write(lambda tx, done=row["request_id"]: tx.files_gone(done))  # type: ignore[misc]
            self._delete_below(folder_of(row["account_id"], row["created_at"], row["request_id"]))

    def sweep_orphans(self) -> int:
        """Delete pictures of unknown jobs that were ordered more than two hours ago. Returns how many went."""
        newest = hour_of(self._clock() - ORPHAN_SECONDS)
        removed = 0
        for request_id, keys in groupby(self._old_keys(newest), key=lambda key: key.split("/")[3]):
            if not self._store.read(lambda reads, wanted=request_id: reads.has_files(wanted)):  # type: ignore[misc]
                removed += self._delete(keys)
        return removed + self._delete(self._old_assets())

    def _old_assets(self) -> Iterator[str]:
        """Uploads whose hour is longer ago than files are kept."""
        newest = hour_of(self._clock() - self._policy.file_retention_seconds)
        for key in list(self._blobs.list("a")):
            words = key.split("/")
            if len(words) == 4 and words[2] < newest:
                yield key

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
