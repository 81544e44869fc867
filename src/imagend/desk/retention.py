"""Forgets results after their hour, files after their week and requests after their season; each row first, so that
nothing is promised that is gone.

Killed between a row and its pictures it leaves pictures that no row knows, which `sweep_orphans` removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from imagend.blobs.base import BlobStore
from imagend.core.job import Job, JobPolicy, State
from imagend.desk.deletions import Deletions
from imagend.desk.results import FILES, folder_of, hour_of
from imagend.store.base import Store
from imagend.store.hours import Leaver, hour_number
from imagend.store.sql import Tx

ROWS_PER_PASS = 1000
MOST_COUNTED = 100_000
OLD_ROWS_PER_PASS = 10_000  # deleted by one statement
IDEMPOTENCY_SECONDS = 24 * 3600.0
ORPHAN_SECONDS = 2 * 3600.0  # younger pictures may belong to an attempt that is running
SETTLED_SECONDS = 8 * 3600.0  # pictures ordered longer ago have been looked at since their jobs ended


class Retention:
    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        policy: JobPolicy,
        clock: Callable[[], float],
        deletions: Deletions | None = None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._policy = policy
        self._clock = clock
        self._looked_everywhere = False
        self._deletions = deletions or Deletions()

    def forget(self) -> int:
        """Delete expired jobs, at most 1,000 and those of one whole hour; old files, old requests and old idempotency
        keys. Of a job its ledger entries, one line of history and, for a while, what callers can list of it stay.
        Returns how many jobs went."""
        now = self._clock()
        if not self._may_delete(now):
            return 0
        dropped = self._forget_hours(now)
        expired = self._store.read(lambda reads: reads.expired(now, ROWS_PER_PASS))
        futures = [self._store.later(_forget_one(job_id, now)) for job_id in expired]
        gone = [job for future in futures if (job := future.result()) is not None]
        for job in gone:
            if job.state is State.FAILED:
                self._delete_below(folder_of(job.created_at, job.id))
        self._deletions.went(dropped + len(gone), now)
        self._drop_files(now)
        self._store.write(lambda tx: tx.forget_idempotency(now - IDEMPOTENCY_SECONDS, OLD_ROWS_PER_PASS))
        season = now - self._policy.history_retention_seconds
        self._store.write(lambda tx: tx.forget_past(season, OLD_ROWS_PER_PASS))
        return dropped + len(gone)

    def _may_delete(self, now: float) -> bool:
        due = self._store.read(lambda reads: reads.due_jobs(now, MOST_COUNTED))
        return self._deletions.allow(due, lambda: self._store.read(lambda reads: reads.final_jobs()), now)

    def _forget_hours(self, now: float) -> int:
        """Where jobs lie in pieces by the hour: make the next ones, drop the oldest one whose last job has expired."""
        this, last = hour_number(now), hour_number(now + self._policy.retention_seconds) + 1

        def work(tx: Tx) -> tuple[int, list[Leaver]]:
            if not tx.try_lock_name("hours"):
                return 0, []
            tx.make_hours(this, last)
            return tx.forget_hours(this)

        count, failed = self._store.write(work)
        for job in failed:
            self._delete_below(folder_of(job.created_at, job.id))
        return count

    def _drop_files(self, now: float) -> None:
        before = now - self._policy.file_retention_seconds
        for row in self._store.read(lambda reads: reads.files_due(before, ROWS_PER_PASS)):
            self._store.write(_files_gone(row["request_id"]))
            self._delete_below(folder_of(row["created_at"], row["request_id"]))

    def sweep_orphans(self) -> int:
        """Delete pictures of unknown jobs that were ordered more than two hours ago. Returns how many went.

        The first call looks at all hours. Later ones look at those in which an attempt may have ended since, and at
        those whose pictures should all be gone: what lies between has been looked at and nobody writes there.
        """
        removed = sum(map(self._sweep_hour, self._hours_due()))
        self._looked_everywhere = True
        return removed + self._delete(self._old_assets())

    def _hours_due(self) -> Iterator[str]:
        """Folders of hours."""
        now = self._clock()
        last_word = self._policy.deadline_seconds + self._policy.retention_seconds + ORPHAN_SECONDS
        newest, settled = hour_of(now - ORPHAN_SECONDS), hour_of(now - max(SETTLED_SECONDS, last_word))
        dead = hour_of(now - self._policy.file_retention_seconds - ORPHAN_SECONDS)
        for folder in self._hours():
            hour = folder.rpartition("/")[2]
            if hour < newest and (hour >= settled or hour < dead or not self._looked_everywhere):
                yield folder

    def _hours(self) -> Iterator[str]:
        """`r/{hour}`; and `r/{account}/{hour}`, as keys once were."""
        for name in self._blobs.folders(FILES):
            if name.isdigit():
                yield f"{FILES}/{name}"
            else:
                yield from (f"{FILES}/{name}/{hour}" for hour in self._blobs.folders(f"{FILES}/{name}"))

    def _sweep_hour(self, folder: str) -> int:
        removed = 0
        for request_id, keys in groupby(self._blobs.list(folder), key=lambda key: key.split("/")[-2]):
            if not self._store.read(lambda reads, wanted=request_id: reads.has_files(wanted)):  # type: ignore[misc]
                removed += self._delete(iter(list(keys)))
        return removed

    def _old_assets(self) -> Iterator[str]:
        """Uploads whose hour is longer ago than files are kept."""
        newest = hour_of(self._clock() - self._policy.file_retention_seconds)
        for key in list(self._blobs.list("a")):
            words = key.split("/")
            if len(words) == 4 and words[2] < newest:
                yield key

    def _delete_below(self, folder: str) -> None:
        self._delete(iter(list(self._blobs.list(folder))))

    def _delete(self, keys: Iterator[str]) -> int:
        count = 0
        for key in keys:
            self._blobs.delete(key)
            count += 1
        return count


def _files_gone(request_id: str) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        tx.files_gone(request_id)
        tx.drop_inline(request_id)

    return work


def _forget_one(job_id: str, now: float) -> Callable[[Tx], Job | None]:
    def work(tx: Tx) -> Job | None:
        job = tx.job(job_id)
        return job if job is not None and tx.forget_job(job, now) else None

    return work
