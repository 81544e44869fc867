"""What must be true when everything has come to rest. Every broken promise is one sentence."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from faults.simulation.disks import Files
from faults.simulation.gateway import pictures_of
from faults.simulation.history import History
from imagend.core.job import Job
from imagend.core.outcome import Failure, Success
from imagend.desk.audit import audit
from imagend.desk.notices import COMPLETED, FAILED, message_id
from imagend.store.base import Store
from imagend.store.sql import job_from_row

LATE_SECONDS = 120.0  # that really passed: every gateway may have been dead or frozen when a deadline came


def at_rest(rows: list[dict[str, Any]], history: History, store: Store, files: Files) -> Iterator[str]:
    """`rows`: table job. The desk's own audit, and a second opinion that reads none of its tables but the jobs."""
    yield from history.complaints
    yield from (f"audit: {line}" for line in audit(store))
    jobs = {row["id"]: job_from_row(row) for row in rows}
    yield from _finality(jobs, history)
    yield from _promises(jobs, history)
    yield from _pictures(jobs, files)
    yield from _webhooks(jobs, history)
    yield from _money(jobs, history, store)


def _finality(jobs: dict[str, Job], history: History) -> Iterator[str]:
    for job in jobs.values():
        if not job.state.final:
            yield f"{job.id} is still {job.state} long after its deadline"
        if job.finished_at is not None:
            late = job.finished_at - job.deadline_at - history.leapt_seconds(job.deadline_at, job.finished_at)
            if late > LATE_SECONDS:
                yield f"{job.id} ended {late:.0f} s after its deadline"
        if job.lease is not None:
            yield f"{job.id} has a lease at rest"


def _promises(jobs: dict[str, Job], history: History) -> Iterator[str]:
    rows: dict[str, list[str]] = defaultdict(list)
    for job in jobs.values():
        rows[job.recipe.prompt].append(job.id)
    for wanted in history.wanted:
        made = rows.pop(wanted.prompt, [])
        for name in wanted.acknowledged:
            if name not in made:
                yield f"{wanted.prompt}: {name} was acknowledged and is lost"
        if len(made) > (1 if wanted.key is not None else wanted.executed):
            yield f"{wanted.prompt} was taken {len(made)} times"
    for prompt in rows:
        yield f"nobody ordered {prompt}"
    for name, seen in history.seen.items():
        end = jobs.get(name, seen)
        if seen.state.final and (end.state, end.outcome) != (seen.state, seen.outcome):
            yield f"{name} was {seen.state} and ended as {end.state}"


def _pictures(jobs: dict[str, Job], files: Files) -> Iterator[str]:
    for job in jobs.values():
        if not isinstance(job.outcome, Success):
            continue
        for image, (key, honest) in zip(job.outcome.images, pictures_of(job), strict=True):
            data = files.objects.get(key)
            if data is None:
                yield f"{job.id} is COMPLETED without {key}"
            elif data != honest or hashlib.sha256(data).hexdigest() != image.sha256:
                yield f"{job.id} has another's bytes"


def _webhooks(jobs: dict[str, Job], history: History) -> Iterator[str]:
    due = {message_id(job.id, FAILED if isinstance(job.outcome, Failure) else COMPLETED) for job in jobs.values()}
    for message in due - history.delivered.keys():
        yield f"{message} was never delivered"
    for message, payloads in history.delivered.items():
        if len(set(payloads)) != 1:
            yield f"{message} came with {len(set(payloads))} payloads"
        if message not in due:
            yield f"{message} tells of what did not happen"


def _money(jobs: dict[str, Job], history: History, store: Store) -> Iterator[str]:
    """The second bookkeeper: from what was ordered, delivered and given back."""
    for account, granted in history.granted.items():
        spent = 0
        for job in jobs.values():
            if job.account_id == account and isinstance(job.outcome, Success):
                spent += job.cost_microcredits * len(job.outcome.images) // job.recipe.count
                spent -= history.refunded.get(job.id, 0)
        balance = store.read(lambda reads, name=account: reads.balance(name))  # type: ignore[misc]
        assert balance is not None
        found = (balance.available, balance.held, balance.spent, balance.granted)
        if found != (granted - spent, 0, spent, granted):
            yield f"{account} has {found}, should have available {granted - spent}, spent {spent}, granted {granted}"
