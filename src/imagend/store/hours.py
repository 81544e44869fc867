"""Verbs for tables that lie in pieces by the hour; on a database without pieces they do nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass

from imagend.store.rows import Verbs

HOUR_SECONDS = 3600


def hour_number(moment: float) -> int:
    """Hours since 1970-01-01 (UTC); of a final job never 0, which stands for "not final"."""
    return max(1, int(moment // HOUR_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A failed job that was forgotten; its attempts may have left files."""

    id: str
    account_id: str
    created_at: float  # epoch seconds


class HourTx(Verbs):
    def make_hours(self, first: int, last: int) -> None:
        """Pieces for what expires in these hours, as far as they are missing. Must come before the jobs that belong
        there are final; those that came too early are forgotten one by one."""
        self._run("make_hours", {"first": first, "last": last})

    def forget_hours(self, before: int) -> tuple[int, list[Leaver]]:
        """Forget all jobs of the oldest piece, if it is one of an hour before `before`: their lines of history and what
        callers may look up are written, the piece is dropped. Returns how many jobs, and those that had failed."""
        self._run("take_time", {})
        row = self._run("forget_hours", {"before": before})[0]
        failed = json.loads(row["failed"])
        return row["jobs"], [Leaver(id=name, account_id=owner, created_at=at) for name, owner, at in failed]
