"""How much a key and its account may have at once and spend in a day; asked inside the submit's transaction, so that
two requests at the same moment cannot both take the last place."""

from __future__ import annotations

from dataclasses import dataclass

from imagend.core.errors import DailyCapReached, TooManyJobs
from imagend.core.job import Job
from imagend.store.accounts import DAY_SECONDS, day_of
from imagend.store.sql import Tx

BUSY_SECONDS = 2.0  # a place may be free again after this


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """None: no limit. Jobs are those that are not final; money is what a day's (UTC) orders hold and have cost."""

    key_jobs: int | None = None
    account_jobs: int | None = None
    key_day_microcredits: int | None = None
    account_day_microcredits: int | None = None


def check(tx: Tx, job: Job, allowance: Allowance) -> None:
    """Whether one more may be ordered. Raises TooManyJobs, DailyCapReached."""
    key_id = job.key_id or ""
    _check_jobs(tx, job, "open_of_key", key_id, allowance.key_jobs)
    _check_jobs(tx, job, "open_of_account", job.account_id, allowance.account_jobs)
    _check_day(tx, job, key_id, allowance.key_day_microcredits)
    _check_day(tx, job, None, allowance.account_day_microcredits)


def _check_jobs(tx: Tx, job: Job, question: str, owner: str, most: int | None) -> None:
    if most is not None and tx.open_jobs(question, owner, most) >= most:
        whose = "this key" if question == "open_of_key" else "this account"
        raise TooManyJobs(
            f"{most} requests of {whose} are not finished yet, which is its limit",
            retry_after_seconds=BUSY_SECONDS,
            reset_at=job.created_at + BUSY_SECONDS,
        )


def _check_day(tx: Tx, job: Job, key_id: str | None, cap: int | None) -> None:
    if cap is None:
        return
    day = day_of(job.created_at)
    if tx.spent_on(day, job.account_id, key_id) + job.cost_microcredits > cap:
        whose = "this key" if key_id is not None else "this account"
        midnight = (day + 1) * DAY_SECONDS
        raise DailyCapReached(
            f"The daily spending limit of {whose} is reached; a new day begins at 00:00 UTC",
            retry_after_seconds=midnight - job.created_at,
            reset_at=midnight,
        )
