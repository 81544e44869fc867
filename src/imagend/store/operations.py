"""Verbs for operators: levels for metrics and the probe of readiness."""

from __future__ import annotations

from imagend.store.rows import Row, Verbs


class OperationsReads(Verbs):
    def levels(self, what: str) -> list[Row]:
        """what: queue, running, money or webhook."""
        return self._run(f"{what}_levels", {})

    def final_jobs(self) -> int:
        """Results that are not forgotten."""
        return int(self._run("final_jobs", {})[0]["jobs"])

    def due_jobs(self, now: float, most: int) -> int:
        """Those of them whose time is over, counted up to `most`."""
        return int(self._run("due_jobs", {"now": now, "most": most})[0]["jobs"])

    def next_deadline(self) -> float | None:
        """Of the waiting jobs, epoch seconds."""
        found = self._run("next_deadline", {})[0]["deadline_at"]
        return None if found is None else float(found)


class OperationsTx(OperationsReads):
    def touch_probe(self, now: float) -> None:
        """One small write that reaches the disk."""
        rows = self._run("touch_probe", {"now": now})
        assert rows, "the row of the probe is gone"
