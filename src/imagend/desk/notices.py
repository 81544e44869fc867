"""Puts into the outbox, within the transaction that makes a job final, who is to be told about it."""

from __future__ import annotations

import hashlib
from typing import Any

from imagend.core.job import Job
from imagend.core.ledger import to_credits
from imagend.core.outcome import Failure
from imagend.store.sql import Tx
from imagend.store.webhook_rows import Notice

COMPLETED = "request.completed"
FAILED = "request.failed"
TEST = "webhook.test"
TARGETS_PER_ACCOUNT = 64
MAX_ERROR_LENGTH = 1000  # characters; a message stays under 20 kB


def announce(tx: Tx, job: Job, cost_microcredits: int) -> None:
    """One statement, which inserts nothing for an account without endpoints; one more if the order named a URL."""
    assert job.finished_at is not None
    event = FAILED if isinstance(job.outcome, Failure) else COMPLETED
    notice = Notice(
        message_id=message_id(job.id, event),
        account_id=job.account_id,
        event=event,
        request_id=job.id,
        summary=_summary(job, cost_microcredits),
        created_at=job.finished_at,
    )
    tx.announce(notice)
    url = job.options.get("webhook_url")
    if url:
        tx.new_delivery(delivery_of(job.id), notice, target=_target(job.account_id, url), url=url)


def message_id(subject: str, event: str) -> str:
    """The same for every attempt and receiver. Without a full stop: it separates id, time and body where they are
    signed."""
    return f"msg_{subject}_{event.replace('.', '_')}"


def delivery_of(request_id: str) -> str:
    """The delivery to the URL that came with the request."""
    return f"url:{request_id}"


def _target(account_id: str, url: str) -> str:
    """Which of the account's few targets for such URLs: all URLs at one origin are the same one, whatever their path
    and query. Few, because each that waits costs a step whenever the outbox is looked at."""
    origin = " ".join(url.split("/", 3)[:3])
    return f"{account_id} {int(hashlib.sha256(origin.encode()).hexdigest()[:8], 16) % TARGETS_PER_ACCOUNT:02}"


def _summary(job: Job, cost_microcredits: int) -> dict[str, Any]:
    """What can be told without the result: it is forgotten long before the last try."""
    outcome, ended_at = job.outcome, job.finished_at
    assert outcome is not None
    assert ended_at is not None
    started_at = ended_at if job.started_at is None else job.started_at
    failed = isinstance(outcome, Failure)
    traced = {"traceparent": job.options["traceparent"]} if "traceparent" in job.options else {}
    return {
        **traced,  # for our own spans; not told
        "model": job.recipe.model,
        "status": "FAILED" if failed else "COMPLETED",
        "error": outcome.message[:MAX_ERROR_LENGTH] if isinstance(outcome, Failure) else None,
        "error_code": outcome.code if isinstance(outcome, Failure) else None,
        "metrics": {
            "inference_time": round(outcome.metrics.inference_seconds, 4),
            "queue_time": round(max(0.0, started_at - job.created_at), 4),
            "total_time": round(max(0.0, ended_at - job.created_at), 4),
            "cost": to_credits(cost_microcredits),
        },
    }
