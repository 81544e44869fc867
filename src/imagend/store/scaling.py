"""Verbs for whoever decides how many workers there should be; `Reads` in sql.py inherits them."""

from __future__ import annotations

from imagend.store.rows import Row, Verbs


class ScalingReads(Verbs):
    """How much there is to do."""

    def waiting_load(self, backend: str, most: int) -> tuple[int, float]:
        """(waiting jobs, their predicted seconds). Behind the first `most` jobs their mean stands for the others."""
        jobs = int(self._run("waiting_count", {"backend": backend})[0]["jobs"])
        head = self._run("waiting_head", {"backend": backend, "most": most})[0]
        return jobs, float(head["seconds"]) * jobs / max(1, head["jobs"])

    def running_load(self) -> list[Row]:
        """backend, worker_id, jobs it has leases of, their predicted seconds."""
        return self._run("running_load", {})
