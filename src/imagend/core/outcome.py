"""How a job ended: pictures, or a reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """One stored picture: where it lies and what it is."""

    key: str  # blob key
    media_type: str
    width: int
    height: int
    seed: int
    sha256: str  # hex digest of the stored bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Measured by the worker."""

    inference_seconds: float = 0.0  # from admission to the engine to stored files
    evaluations: int = 0  # model evaluations over all pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    images: tuple[ImageRef, ...]
    metrics: Metrics = field(default_factory=Metrics)
    filtered: int = 0  # pictures of `count` held back by a safety filter
    notes: dict[str, Any] = field(default_factory=dict)  # receipt: model version, unknown words, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    code: str  # a code of core.errors, or worker_lost, cancelled, deadline_exceeded
    message: str  # public; never a stack trace
    detail: str = ""  # private, for the operator
    metrics: Metrics = field(default_factory=Metrics)


Outcome = Success | Failure


def outcome_to_dict(outcome: Outcome) -> dict[str, Any]:
    """JSON-ready; `outcome_from_dict` is its inverse."""
    return asdict(outcome) | {"ok": isinstance(outcome, Success)}


def outcome_from_dict(data: dict[str, Any]) -> Outcome:
    fields = {name: value for name, value in data.items() if name != "ok"}
    metrics = Metrics(**fields.pop("metrics"))
    if not data["ok"]:
        return Failure(**fields, metrics=metrics)
    images = tuple(ImageRef(**image) for image in fields.pop("images"))
    return Success(**fields, images=images, metrics=metrics)
