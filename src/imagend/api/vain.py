"""What was asked for in vain: fields that no reader could use, and fields that the model then drew without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagend.core.job import Job
from imagend.core.outcome import Success
from imagend.core.recipe import WISHES


def wishes(raw: Mapping[str, object]) -> dict[str, Any]:
    """Options of an order: which fields were sent whose effect is known when the picture is made. A default that
    nobody asked for is not answered for."""
    sent = [name for name in WISHES if _means(raw.get(name))]
    return {"wishes": sent} if sent else {}


def _means(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value not in (None, -1)  # a seed of -1 is any


def ignored(job: Job) -> list[str]:
    """Names that no reader could use."""
    return [str(name) for name in job.options.get("ignored", ())]


def not_applied(job: Job) -> list[str]:
    """Names of what was sent, and understood, but had no effect on the pictures."""
    if not isinstance(job.outcome, Success):
        return []
    wished = {*job.options.get("wishes", ())} - {*ignored(job)}
    return [str(name) for name in job.outcome.notes.get("not_applied", ()) if name in wished]


def in_vain(job: Job) -> list[str]:
    """All of them, as `x-ignored-params` has them."""
    return [*ignored(job), *not_applied(job)]
