"""What was used: sums by day, model, key or account, drawn from the rows that the desk's transactions keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta

from imagend.core.errors import BadParameter
from imagend.store.base import Store
from imagend.store.rows import Row

USUAL_DAYS = 30
MAX_DAYS = 366
YEARS = range(1971, 9000)
GROUPS = ("day", "model", "key", "account")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One line. Requests count for the day (UTC) they were ordered; money is micro-credits."""

    group: str  # a day as 2026-11-21, a slug, the id of a key or of an account
    requests: int = 0
    completed: int = 0
    failed: int = 0  # never cost anything
    pictures: int = 0  # delivered
    held: int = 0  # for requests that are not final
    spent: int = 0  # on completed requests
    refunded: int = 0  # of what was spent


COUNTS = tuple(spec.name for spec in fields(Used) if spec.name != "group")


class Usage:
    """Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def report(self, first: date, last: date, group_by: str, account_id: str | None) -> tuple[list[Used], Used]:
        """(lines in order of their group, their sum "total") for the orders of these days, both included, of one
        account or (None) of all. group_by: one of GROUPS."""
        assert group_by in GROUPS, group_by
        span = (first - _EPOCH).days, (last - _EPOCH).days
        rows = self._store.read(lambda reads: reads.usage(*span, account_id), account_id)
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(_group(row, group_by), []).append(row)
        return [_sum(name, groups[name]) for name in sorted(groups)], _sum("total", rows)


def read_span(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    """From what was written, or else the last thirty days. Raises BadParameter naming `from` or `to`."""
    end = _day("to", last, today)
    start = _day("from", first, end - timedelta(days=USUAL_DAYS - 1))
    if not start <= end < start + timedelta(days=MAX_DAYS):
        raise BadParameter("from", f"from and to must span 1 to {MAX_DAYS} days")
    return start, end


def _day(name: str, text: str | None, default: date) -> date:
    """A day, or a moment in it, as ISO 8601; UTC where no zone is named."""
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(text)
        day = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        day = None
    if day is None or day.year not in YEARS:
        raise BadParameter(name, f"{name} must be a day such as 2026-11-21")
    return day


def utc_day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _group(row: Row, group_by: str) -> str:
    if group_by == "day":
        return str(date.fromordinal(_EPOCH.toordinal() + row["day"]))
    name: str = row["model"] if group_by == "model" else row[f"{group_by}_id"]
    return name


def _sum(group: str, rows: Iterable[Row]) -> Used:
    rows = list(rows)
    return Used(group=group, **{name: sum(row[name] for row in rows) for name in COUNTS})
