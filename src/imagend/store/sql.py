"""The verbs of the store over the named statements of queries.sql, and the two ways between a row and a Job.

`Reads` may be used on any connection; `Tx` adds the verbs that write. Every verb that moves a job is a compare-and-set
on (state, lease token) and returns None when another transaction was first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from imagend.core.job import Job, Lease, State
from imagend.core.outcome import Failure, Outcome, Success, outcome_from_dict, outcome_to_dict
from imagend.core.recipe import Recipe
from imagend.store.accounts import AccountReads, AccountTx
from imagend.store.crew_rows import CrewReads, CrewTx
from imagend.store.fair import FairReads, FairTx
from imagend.store.gateway_rows import GatewayReads, GatewayTx
from imagend.store.hours import HourTx, hour_number
from imagend.store.inline import InlineReads, InlineTx
from imagend.store.locks import Locks
from imagend.store.operations import OperationsReads, OperationsTx
from imagend.store.past import PastReads, PastTx
from imagend.store.reconciling import ReconcileReads, ReconcileTx
from imagend.store.rows import Row
from imagend.store.scaling import ScalingReads
from imagend.store.webhook_rows import WebhookReads, WebhookTx


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a worker ended its attempt, kept so that a repeated call gets the same answer."""

    token: str
    verb: str  # complete, fail or release


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A job id and the lease token it had when it was looked up (None: it waits)."""

    id: str
    token: str | None


def job_from_row(row: Row) -> Job:
    """The row of table `job` as a value."""
    token = row["lease_token"]
    return Job(
        id=row["id"],
        account_id=row["account_id"],
        recipe=Recipe.from_dict(json.loads(row["recipe"])),
        state=State(row["state"]),
        cost_microcredits=row["cost_microcredits"],
        created_at=row["created_at"],
        run_after=row["run_after"],
        deadline_at=row["deadline_at"],
        attempt=row["attempt"],
        crashes=row["crashes"],
        releases=row["releases"],
        solo=bool(row["solo"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        expires_at=row["expires_at"],
        lease=Lease(token=token, worker_id=row["worker_id"], until=row["lease_until"]) if token else None,
        outcome=outcome_from_dict(json.loads(row["outcome"])) if row["outcome"] else None,
        predicted_seconds=row["predicted_seconds"],
        options=json.loads(row["options"]),
        key_id=row["key_id"],
        lost_workers=tuple(row["lost_workers"].split()),
    )


def _job_or_none(rows: list[Row]) -> Job | None:
    return job_from_row(rows[0]) if rows else None


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Reads(
    AccountReads, CrewReads, FairReads, GatewayReads, InlineReads, OperationsReads, PastReads, ReconcileReads,
    ScalingReads, WebhookReads,
):  # fmt: skip
    """Questions. None of them changes a row."""

    def job(self, job_id: str) -> Job | None:
        return _job_or_none(self._run("job", {"id": job_id}))

    def closing(self, job_id: str, token: str) -> tuple[str, Outcome | None] | None:
        """(verb, outcome) if the attempt `token` was the last one that its worker ended, else None."""
        rows = self._run("closing", {"id": job_id, "token": token})
        if not rows:
            return None
        text = rows[0]["outcome"]
        return rows[0]["closed_as"], outcome_from_dict(json.loads(text)) if text else None

    def queued_of(self, account_id: str) -> int:
        return int(self._run("queued_of", {"account_id": account_id})[0]["queued"])

    def counts(self) -> dict[str, int]:
        """Jobs that are not final: {"queued": n, "processing": n}."""
        return self._run("counts", {})[0]

    def held(self, name: str, most: int = 500, **values: Any) -> list[Held]:
        """Jobs found by one of the sweeping questions (leases_lost, late_running, late_waiting,
        leases_of_worker, leases_of_earlier_runs)."""
        return [Held(id=row["id"], token=row["lease_token"]) for row in self._run(name, {"most": most, **values})]

    def claimable(self, backend: str, now: float, most: int) -> list[Row]:
        """Waiting jobs in fair order: id, account_id, backend, solo, run_after, prio_key, created_at, lost_workers."""
        return self._run("claimable", {"backend": backend, "now": now, "most": most})

    def leases_of_claim(self, worker_id: str, claim_id: str) -> list[Job]:
        """What the worker still has of what this claim has brought."""
        return [
            job_from_row(row) for row in self._run("leases_of_claim", {"worker_id": worker_id, "claim_id": claim_id})
        ]

    def expired(self, now: float, most: int) -> list[str]:
        return [row["id"] for row in self._run("expired", {"now": now, "most": most})]

    def audit(self, what: str) -> list[Row]:
        """Everything the auditor asks for: what is accounts, ledger, jobs, idempotency, usage or deliveries."""
        return self._run(f"audit_{what}", {})


class Tx(
    Locks, Reads, AccountTx, CrewTx, FairTx, GatewayTx, HourTx, InlineTx, OperationsTx, PastTx, ReconcileTx, WebhookTx
):
    """One transaction. Rows are touched in one order (see locks.py), so that two transactions never wait for each other
    in a ring."""

    def job(self, job_id: str) -> Job | None:
        """As it stays until the end of this transaction, but for what this transaction does."""
        return _job_or_none(self._run("job_held", {"id": job_id}))

    # --- orders

    def keep_idempotency(self, account_id: str, key: str, fingerprint: str, request_id: str, now: float) -> Row | None:
        """Keep the key for this request. If it is taken, the row that has it: fingerprint, request_id."""
        values = {"account_id": account_id, "key": key}
        if self._run("keep_idempotency", values | {"fingerprint": fingerprint, "request_id": request_id, "now": now}):
            return None
        return self._run("idempotency", values)[0]

    def new_job(self, job: Job, prio_key: float) -> None:
        assert job.state is State.QUEUED
        assert job.lease is None
        self._run("insert_job", {
            "id": job.id, "account_id": job.account_id, "backend": job.recipe.backend, "model": job.recipe.model,
            "recipe": _text(job.recipe.to_dict()), "options": _text(job.options),
            "cost_microcredits": job.cost_microcredits, "prio_key": prio_key, "key_id": job.key_id,
            "predicted_seconds": job.predicted_seconds, "created_at": job.created_at,
            "run_after": job.run_after, "deadline_at": job.deadline_at,
        })  # fmt: skip

    # --- moves

    def take(self, job_id: str, lease: Lease, boot: str, now: float) -> Job | None:
        """None: it does not wait any more, or another transaction is about to change it."""
        values = {"id": job_id, "token": lease.token, "until": lease.until, "worker_id": lease.worker_id}
        claim = {"claim_id": lease.claim_id, "claim_number": lease.claim_number}
        return _job_or_none(self._run("take", values | claim | {"boot": boot, "now": now}))

    def renew(self, job_id: str, token: str, worker_id: str, until: float) -> Row | None:
        """deadline_at, tries; None: the lease is another's or gone."""
        values = {"id": job_id, "token": token, "worker_id": worker_id, "until": until}
        rows = self._run("renew", values)
        return rows[0] if rows else None

    def finish(
        self, job: Job, outcome: Outcome, now: float, expires_at: float, *, paid: int, crashes: int,
        closing: Closing | None,
    ) -> Job | None:  # fmt: skip
        """Move `job` from the state and lease it was read with to COMPLETED or FAILED. paid: micro-credits."""
        target = State.COMPLETED if isinstance(outcome, Success) else State.FAILED
        return _job_or_none(self._run("finish", self._ending(job, closing) | {
            "source": str(job.state), "target": str(target), "outcome": _text(outcome_to_dict(outcome)),
            "now": now, "expires_at": expires_at, "crashes": crashes, "paid": paid,
            "expiry_hour": hour_number(expires_at),
            "outputs": max(1, len(outcome.images)) if isinstance(outcome, Success) else 1,
        }))  # fmt: skip

    def requeue(
        self, job: Job, *, run_after: float, solo: bool, attempt: int, crashes: int, releases: int,
        closing: Closing | None,
    ) -> Job | None:  # fmt: skip
        """Move `job` from the lease it was read with back to QUEUED."""
        return _job_or_none(self._run("requeue", self._ending(job, closing) | {
            "run_after": run_after, "solo": int(solo), "attempt": attempt, "crashes": crashes, "releases": releases,
        }))  # fmt: skip

    @staticmethod
    def _ending(job: Job, closing: Closing | None) -> dict[str, Any]:
        return {
            "id": job.id,
            "token": job.lease.token if job.lease else None,
            "closed_token": closing.token if closing else None,
            "closed_as": closing.verb if closing else None,
        }

    # --- forgetting

    def forget_job(self, job: Job, now: float) -> bool:
        """Delete an expired final job; one line of history stays, and what callers may look up. False: it is gone or
        not expired."""
        self._run("insert_past", {"id": job.id, "now": now})
        if not self._run("delete_job", {"id": job.id, "now": now}):
            return False
        outcome = job.outcome
        self._run("insert_history", {
            "request_id": job.id, "account_id": job.account_id, "model": job.recipe.model, "state": str(job.state),
            "code": outcome.code if isinstance(outcome, Failure) else None,
            "cost_microcredits": job.cost_microcredits, "attempt": job.attempt, "crashes": job.crashes,
            "created_at": job.created_at, "started_at": job.started_at, "finished_at": job.finished_at,
            "key_id": job.key_id,
        })  # fmt: skip
        return True

    def forget_idempotency(self, before: float, most: int) -> None:
        self._run("forget_idempotency", {"before": before, "most": most})
