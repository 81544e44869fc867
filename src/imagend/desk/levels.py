"""How much there is of everything, for metrics: read from the database when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from imagend.core.watch import Level
from imagend.desk.desk import Desk
from imagend.store.base import Store
from imagend.store.gateway_rows import WorkerRow
from imagend.store.rows import Row
from imagend.store.sql import Reads


class Levels:
    """Blocks on the database; four small questions."""

    def __init__(self, store: Store, desk: Desk, clock: Callable[[], float]) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    def read(self) -> list[Level]:
        """Raises StorageUnavailable."""
        now = self._clock()
        return self._store.read(
            lambda reads: [*_stored(reads, now), *_books(reads, now), *_workers(self._desk.crew.all(reads, now))]
        )


def _stored(reads: Reads, now: float) -> Iterator[Level]:
    for row in reads.levels("queue"):
        labels = {"backend": row["backend"]}
        yield Level(name="queue_jobs", value=row["jobs"], labels=labels)
        yield Level(name="queue_oldest_seconds", value=_age(row, now), labels=labels)
    for row in reads.levels("running"):
        yield Level(name="running_jobs", value=row["jobs"], labels={"backend": row["backend"]})
    for part, amount in reads.levels("money")[0].items():
        yield Level(name="credits_micro", value=float(amount), labels={"part": part})
    waiting = reads.levels("webhook")[0]
    yield Level(name="webhook_backlog", value=waiting["waiting"])
    yield Level(name="webhook_backlog_oldest_seconds", value=_age(waiting, now))


def _books(reads: Reads, now: float) -> Iterator[Level]:
    checked_at = reads.reconciliation()[0].finished_at
    yield Level(name="reconciled_age_seconds", value=-1.0 if checked_at is None else max(0.0, now - checked_at))
    yield Level(name="accounts_frozen", value=reads.frozen_accounts())
    found = reads.violation_counts()
    for number in range(1, 10):
        invariant = f"I{number}"
        yield Level(name="ledger_violations", value=found.get(invariant, 0), labels={"invariant": invariant})


def _workers(rows: list[WorkerRow]) -> Iterator[Level]:
    found = Counter((backend, row.state) for row in rows for backend in row.backends)
    for (backend, state), number in sorted(found.items()):
        yield Level(name="workers", value=number, labels={"backend": backend, "state": state})


def _age(row: Row, now: float) -> float:
    return 0.0 if row["oldest_at"] is None else max(0.0, now - row["oldest_at"])
