"""What can be said of a request that is not final: its place in the queue, how far it is, when it may be ready."""

from __future__ import annotations

from typing import Any

from imagend.core.job import Job, State
from imagend.core.recipe import Recipe
from imagend.desk.desk import Desk


def outlook(desk: Desk, job: Job, now: float) -> dict[str, Any]:
    """Keys for the body of a request that waits or runs; nothing for a final one. Blocks about once a
    second, for one query."""
    if job.state.final:
        return {}
    if job.state is State.QUEUED:
        wait_seconds = desk.predicted_wait_seconds(job) + desk.predictor.seconds(job.recipe)
        waiting = {"queue_position": desk.place(job), "eta_seconds": _eta(wait_seconds)}
        return {**course(0, evaluations(job.recipe)), **waiting}
    began_at = desk.live.claimed_at(job.id) or now
    whole = desk.predictor.seconds(job.recipe)
    done, total = 0, evaluations(job.recipe)
    if (latest := desk.live.latest(job)) and latest.done:  # a worker may say that it has begun
        done, total = latest.done, latest.total
        whole = max(whole, (latest.at - began_at) * total / done)
    return {**course(done, total), "eta_seconds": _eta(whole - (now - began_at))}


def evaluations(recipe: Recipe) -> int:
    """How often the model will be asked, over all pictures; PNDM asks for its second step twice."""
    return recipe.count * (recipe.steps + (recipe.scheduler == "PNDM" and recipe.steps > 1))


def course(done: int, total: int) -> dict[str, Any]:
    """How far a request is: a share from 0 to 1, and evaluations of the model over all its pictures."""
    return {"progress": round(done / total, 4), "steps": {"done": done, "total": total}}


def _eta(seconds: float) -> float:
    return round(max(0.0, seconds), 1)
