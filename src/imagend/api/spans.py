"""Spans of a job: drawn from the gateway's own doings and from what its worker tells with the last word."""

from __future__ import annotations

from imagend.core.job import Job
from imagend.core.trace import Place, Span, Tracer, place_of
from imagend.core.wire import Timing

OPTION = "traceparent"  # in a job's options


def job_place(job: Job) -> Place | None:
    return place_of(job.options.get(OPTION))


def draw_submit(tracer: Tracer, job: Job, began_at: float, now: float) -> None:
    place = job_place(job)
    if place is not None and tracer.on:
        attributes = {"imagend.request_id": job.id, "imagend.model": job.recipe.model}
        tracer.draw(
            Span(name="submit", place=place.child("submit"), parent=place, began_at=began_at, ended_at=now,
                 attributes=attributes)
        )  # fmt: skip


def draw_claim(tracer: Tracer, job: Job, now: float) -> None:
    """Its wait in the queue, and the attempt that begins."""
    place = job_place(job)
    if place is None or not tracer.on or job.lease is None:
        return
    waited = place.child(f"wait/{job.tries}")
    tracer.draw(
        Span(name="queue wait", place=waited, parent=place, began_at=min(now, max(job.created_at, job.run_after)),
             ended_at=now)
    )  # fmt: skip
    attributes: dict[str, str | int | float] = {"imagend.attempt": job.attempt, "imagend.worker": job.lease.worker_id}
    claim = place.child(f"claim/{job.lease.token}")
    tracer.draw(Span(name="claim", place=claim, parent=place, began_at=now, ended_at=now, attributes=attributes))


def draw_end(
    tracer: Tracer, job: Job, token: str, timings: tuple[Timing, ...], came_at: float, now: float, verb: str
) -> None:  # fmt: skip
    """What the worker did, as it tells, and how long it took to write that down. Ages count from `came_at`."""
    place = job_place(job)
    if place is None or not tracer.on:
        return
    claim = place.child(f"claim/{token}")
    for number, one in enumerate(timings):
        began_at = came_at - one.ago_seconds
        tracer.draw(
            Span(name=one.name, place=claim.child(f"{one.name}/{number}"), parent=claim, began_at=began_at,
                 ended_at=began_at + one.seconds, attributes={"imagend.evaluations": one.evaluations})
        )  # fmt: skip
    tracer.draw(
        Span(name=verb, place=claim.child(verb), parent=claim, began_at=came_at, ended_at=now,
             failed=verb == "fail")
    )  # fmt: skip
