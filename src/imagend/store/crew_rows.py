"""Verbs over leases by their claims, losses of workers, breakers of models and the quarantine; `Reads` and `Tx` in
sql.py inherit them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from imagend.store.rows import Row, Verbs


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRow:
    """A model that lost too many workers. `trial_*`: of the job that is tried, None without one or if it is gone."""

    backend: str
    opened_at: float  # epoch seconds
    trial_id: str | None
    trials: int  # grows with each trial and each opening
    trial_state: str | None
    trial_closed_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A job that was given up because workers were lost with it. All `_at` are epoch seconds."""

    request_id: str
    account_id: str
    model: str
    backend: str
    recipe: dict[str, Any]
    workers: tuple[str, ...]
    error: str
    attempt: int
    crashes: int
    created_at: float
    given_up_at: float


class CrewReads(Verbs):
    def leases_before_claim(self, worker_id: str, number: int) -> list[tuple[str, str]]:
        """(job id, token) of what this worker's claims before `number` have brought."""
        rows = self._run("leases_before_claim", {"worker_id": worker_id, "number": number})
        return [(row["id"], row["lease_token"]) for row in rows]

    def breakers(self) -> list[BreakerRow]:
        return [BreakerRow(**row) for row in self._run("breakers", {})]

    def losses_since(self, backend: str, since: float) -> int:
        return int(self._run("losses_since", {"backend": backend, "since": since})[0]["losses"])

    def has_jobs(self, backend: str) -> bool:
        """Whether any job of this backend waits or runs."""
        return bool(self._run("jobs_of_backend", {"backend": backend}))

    def quarantine(self, after: str, most: int) -> list[Quarantined]:
        """Newest first; those after request `after`, "" for the first page."""
        rows = self._run("quarantine", {"after": after, "most": most})
        return [_quarantined(row) for row in rows]


class CrewTx(CrewReads):
    def note_lost_worker(self, job_id: str, token: str) -> None:
        """The worker of this lease is lost with the job."""
        self._run("note_lost_worker", {"id": job_id, "token": token})

    def note_loss(self, backend: str, worker_id: str, now: float) -> None:
        self._run("note_loss", {"backend": backend, "worker_id": worker_id, "now": now})

    def forget_losses(self, before: float) -> None:
        self._run("forget_losses", {"before": before})

    def open_breaker(self, backend: str, now: float) -> None:
        """Also one that is open, or on trial: then anew from now."""
        self._run("open_breaker", {"backend": backend, "now": now})

    def begin_trial(self, backend: str, job_id: str, trials: int) -> bool:
        """False: since the breaker was read with so many trials, another one was begun, or it was opened or closed."""
        return bool(self._run("begin_trial", {"backend": backend, "trial_id": job_id, "trials": trials}))

    def close_breaker(self, backend: str, trial_id: str) -> None:
        """If that trial is still the one that counts. Its model's losses are forgotten too."""
        self._run("close_breaker", {"backend": backend, "trial_id": trial_id})
        self._run("forget_losses_of", {"backend": backend})

    def quarantine_job(self, job_id: str, error: str, now: float) -> None:
        """Keep what the operator wants to know of a job that is about to be given up."""
        self._run("insert_quarantine", {"id": job_id, "error": error, "now": now})

    def forget_quarantine(self, before: float) -> None:
        self._run("forget_quarantine", {"before": before})


def _quarantined(row: Row) -> Quarantined:
    return Quarantined(**row | {"recipe": json.loads(row["recipe"]), "workers": tuple(row["workers"].split())})
