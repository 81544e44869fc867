"""Verbs for operators: levels for metrics and the probe of readiness."""

from __future__ import annotations

from imagend.store.rows import Row, Verbs


class OperationsReads(Verbs):
    def levels(self, what: str) -> list[Row]:
        """what: queue, running, money or webhook."""
        return self._run(f"{what}_levels", {})


class OperationsTx(OperationsReads):
    def touch_probe(self, now: float) -> None:
        """One small write that reaches the disk."""
        rows = self._run("touch_probe", {"now": now})
        assert rows, "the row of the probe is gone"
