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
    compute_seconds: float = 0.0  # the job's own share of the engine's time; 0: not measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a safety policy held something back; never without a stage and a category."""

    stage: str  # "prompt" or "image"
    category: str  # a category of safety/categories
    support_code: str  # eight digits, as the hosted services print them
    index: int | None = None  # which picture of the request, for stage "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    images: tuple[ImageRef, ...]
    metrics: Metrics = field(default_factory=Metrics)
    filtered: tuple[Verdict, ...] = ()  # one for each of `count` pictures that was held back
    notes: dict[str, Any] = field(default_factory=dict)  # receipt: model version, unknown words, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    code: str  # a code of core.errors, or worker_lost, cancelled, deadline_exceeded
    message: str  # public; never a stack trace
    detail: str = ""  # private, for the operator
    metrics: Metrics = field(default_factory=Metrics)
    verdicts: tuple[Verdict, ...] = ()  # with code content_blocked: what was found


Outcome = Success | Failure


def outcome_to_dict(outcome: Outcome) -> dict[str, Any]:
    """JSON-ready; `outcome_from_dict` is its inverse."""
    return asdict(outcome) | {"ok": isinstance(outcome, Success)}


def outcome_from_dict(data: dict[str, Any]) -> Outcome:
    fields = {name: value for name, value in data.items() if name != "ok"}
    metrics = Metrics(**fields.pop("metrics"))
    if not data["ok"]:
        verdicts = _verdicts(fields.pop("verdicts", ()))
        return Failure(**fields, metrics=metrics, verdicts=verdicts)
    images = tuple(ImageRef(**image) for image in fields.pop("images"))
    filtered = _verdicts(fields.pop("filtered", ()))
    return Success(**fields, images=images, metrics=metrics, filtered=filtered)


def _verdicts(rows: Any) -> tuple[Verdict, ...]:
    """Rows written before verdicts existed hold a zero here."""
    return tuple(Verdict(**row) for row in rows or ())
