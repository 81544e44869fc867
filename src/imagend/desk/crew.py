"""Which workers were heard of lately: by this gateway in memory, by all of them in the table `worker`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from imagend.store.base import Store
from imagend.store.gateway_rows import WorkerRow
from imagend.store.sql import Reads

WRITE_SECONDS = 3.0  # the table knows that exactly when a worker was heard of
MAX_NEAR = 64  # workers in memory; more, and those that are silent are looked for and dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    row: WorkerRow
    written_at: float


class Crew:
    """Safe from any thread. A worker that never claimed is not counted."""

    def __init__(self, store: Store, memory_seconds: float, gateway: str = "") -> None:
        """memory_seconds: who was silent for longer is not counted. gateway: which one this is."""
        self._store = store
        self._memory_seconds = memory_seconds
        self._gateway = gateway
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def heard(
        self, worker_id: str, now: float, backends: tuple[str, ...] | None = None, asked: int = 0, version: str = ""
    ) -> None:
        """Note a claim (of at most `asked` jobs), or a sign of life (`backends` None). Written to the table now and
        then, without waiting."""
        with self._lock:
            before = self._seen.get(worker_id)
            row = self._row(worker_id, now, backends, asked, version, before)
            if row is None:
                return
            known = before is not None and before.row.backends == row.backends and before.row.version == row.version
            fresh = before is not None and known and 0 <= now - before.written_at < WRITE_SECONDS
            self._seen[worker_id] = _Seen(row=row, written_at=before.written_at if before and fresh else now)
            if len(self._seen) > MAX_NEAR:
                self._seen = {who: seen for who, seen in self._seen.items() if self._recent(seen.row, now)}
        if not fresh:
            self._store.later(lambda tx: tx.worker_heard(row))

    def near(self, backend: str, now: float) -> frozenset[str]:
        """Ids of workers that this gateway has heard of."""
        with self._lock:
            rows = [seen.row for seen in self._seen.values()]
        return frozenset(row.id for row in rows if backend in row.backends and self._recent(row, now))

    def everywhere(self, reads: Reads, backend: str, now: float) -> frozenset[str]:
        """Ids of workers that any gateway has heard of."""
        rows = self.all(reads, now)
        return frozenset(row.id for row in rows if backend in row.backends)

    def all(self, reads: Reads, now: float) -> list[WorkerRow]:
        """Workers that any gateway has heard of."""
        return reads.workers_since(now - self._memory_seconds)

    def size(self, backend: str, now: float) -> int:
        """How many workers there are, wherever. One query."""
        return len(self.near(backend, now) | self._store.read(lambda reads: self.everywhere(reads, backend, now)))

    def gone(self, worker_id: str) -> None:
        """Its process has ended."""
        with self._lock:
            self._seen.pop(worker_id, None)
        self._store.later(lambda tx: tx.worker_gone(worker_id))

    def _row(
        self, worker_id: str, now: float, backends: tuple[str, ...] | None, asked: int, version: str,
        before: _Seen | None,
    ) -> WorkerRow | None:  # fmt: skip
        """None: it never claimed."""
        if backends is not None:
            capacity = max(asked, before.row.capacity if before else 0)
            return WorkerRow(id=worker_id, backends=backends, gateway=self._gateway, heard_at=now, version=version,
                             capacity=capacity)  # fmt: skip
        return replace(before.row, heard_at=now) if before else None

    def _recent(self, row: WorkerRow, now: float) -> bool:
        return now - row.heard_at <= self._memory_seconds
