"""Moments of a job between claim and end, and the ids of events.

An id is `tries * TRY + evaluations * 10 + rank`. It depends on nothing but how often the job was claimed and how far
the attempt is, so ids of one job grow over retries, restarts and gateways, and whoever remembers one can go on from
there wherever he asks next: the row alone gives the ids of the status and of the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from imagend.core.job import Job
from imagend.core.wire import Preview

TRY = 10_000_000  # more than ten pictures of a hundred steps can use
STATUS, PROGRESS, PREVIEW = 1, 2, 3  # ranks of what happens after the same evaluation
END = TRY - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Progress, or a preview."""

    id: int
    tries: int
    done: int  # evaluations so far, over all pictures
    total: int
    at: float  # epoch seconds
    preview: Preview | None = None


def status_id(job: Job) -> int:
    """Id of the fact that the job is in this attempt (0: it was never claimed)."""
    return job.tries * TRY + STATUS


def end_id(job: Job) -> int:
    """Id of a final job's end: above everything else that happened to it."""
    return job.tries * TRY + END


def moment_of(tries: int, done: int, total: int, at: float, preview: Preview | None = None) -> Moment:
    """With the id that every gateway gives it."""
    rank = PROGRESS if preview is None else PREVIEW
    number = tries * TRY + min(done, TRY // 10 - 2) * 10 + rank
    return Moment(id=number, tries=tries, done=done, total=total, at=at, preview=preview)
