"""Jobs as the bodies of the Segmind dialect. Pure: the same final job gives the same body, forever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from imagend.api.answers import ignored_header
from imagend.api.urls import Links
from imagend.api.vain import ignored, in_vain, not_applied
from imagend.core.card import ModelCard
from imagend.core.job import Job, State
from imagend.core.ledger import to_credits
from imagend.core.outcome import Failure, ImageRef, Success, Verdict
from imagend.core.recipe import MEDIA_TYPES
from imagend.desk.moves import final_cost

_MAX_NAMED = 20  # ignored fields and unknown words that warnings name
_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}


def submitted(job: Job, links: Links) -> dict[str, Any]:
    """The answer to a submit: five keys, three absolute URLs. The same for ever, also when the key of an earlier
    request is sent again, and for a prompt that is not allowed: what became of it is the status URL's to say."""
    return {
        "request_id": job.id,
        "status": "QUEUED",
        "poll_url": links.poll(job.id),
        "status_url": links.status(job.id),
        "response_url": links.response(job.id),
    }


def status(job: Job, links: Links, outlook: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The light body; never holds output. outlook: what can be said of a request that is not final."""
    if isinstance(job.outcome, Failure):
        return _failed(job, job.outcome)
    if job.state is State.COMPLETED:
        return {
            "status": "COMPLETED",
            "request_id": job.id,
            "metrics": {"inference_time": _inference_seconds(job)},
        }
    return {
        "status": str(job.shown_state),
        "request_id": job.id,
        "status_url": links.status(job.id),
        "response_url": links.response(job.id),
        "metrics": {},
        **(outlook or {}),
    }


def result(job: Job, links: Links, outlook: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The full body when the job is COMPLETED, else the same as `status`."""
    if not isinstance(job.outcome, Success):
        return status(job, links, outlook)
    images = [_image(image, job, links) for image in job.outcome.images]
    body = {
        "status": "COMPLETED",
        "error": None,
        "request_id": job.id,
        "output": images[0]["url"],
        "images": images,
        "seed": str(job.outcome.images[0].seed),
        "prompt": job.recipe.prompt,
        "metrics": _times(job) | _money(job),
        "timings": {"inference": _inference_seconds(job)},
    }
    extras = {"warnings": warnings(job), "receipt": _receipt(job.outcome)}
    return body | {name: value for name, value in extras.items() if value}


def _receipt(success: Success) -> dict[str, Any]:
    """What it takes to make the same pictures again: model, weights, sampler, engine."""
    return {name: value for name, value in success.notes.items() if name not in ("unknown_words", "not_applied")}


def _failed(job: Job, failure: Failure) -> dict[str, Any]:
    return {
        "status": "FAILED",
        "error": failure.message,
        "request_id": job.id,
        "metrics": _times(job),
    }


def _image(image: ImageRef, job: Job, links: Links) -> dict[str, Any]:
    assert job.finished_at is not None
    return {
        "url": links.picture(image.key, job.finished_at),
        "content_type": image.media_type,
        "file_name": image.key.rpartition("/")[2],
        "file_size": str(image.size),
        "width": image.width,
        "height": image.height,
        "seed": str(image.seed),
    }


def _times(job: Job) -> dict[str, Any]:
    assert job.finished_at is not None
    started_at = job.finished_at if job.started_at is None else job.started_at
    times: dict[str, Any] = {
        "inference_time": _inference_seconds(job),
        "queue_time": _rounded(started_at - job.created_at),
        "total_time": _rounded(job.finished_at - job.created_at),
    }
    return times | ({"retry_count": job.attempt - 1} if job.attempt > 1 else {})


def _money(job: Job) -> dict[str, Any]:
    """The balance is the one right after this request's hold: a later one would change under the reader."""
    cost = _cost(job)
    money: dict[str, Any] = {"cost": to_credits(cost)}
    left = job.options.get("available_microcredits")
    if isinstance(left, int):
        money["remaining_credits"] = to_credits(left + job.cost_microcredits - cost)
    return money


def _cost(job: Job) -> int:
    return final_cost(job, job.outcome) if job.outcome else 0


def _inference_seconds(job: Job) -> float:
    return _rounded(job.outcome.metrics.inference_seconds) if job.outcome else 0.0


def _rounded(seconds: float) -> float:
    return round(max(0.0, float(seconds)), 4)


def warnings(job: Job) -> list[str]:
    """What was asked for and could not be honoured, in plain words."""
    said = [f"{name}: ignored, it does not apply to {job.recipe.model}" for name in ignored(job)[:_MAX_NAMED]]
    said += [f"{name}: not applied, the model drew without it" for name in not_applied(job)]
    if isinstance(job.outcome, Success):
        unknown = job.outcome.notes.get("unknown_words") or ()
        if unknown:
            said.append(f"words the model does not know: {', '.join(map(str, unknown[:_MAX_NAMED]))}")
        if job.outcome.filtered:
            said.append(_held_back(job.outcome.filtered, job.recipe.count))
    return said


def _held_back(verdicts: Sequence[Verdict], count: int) -> str:
    """How many, why, and the support codes."""
    categories = "/".join(dict.fromkeys(verdict.category for verdict in verdicts))
    codes = ", ".join(dict.fromkeys(verdict.support_code for verdict in verdicts))
    what = f"{len(verdicts)} of {count} pictures held back by the safety filter"
    return f"{what} (stage=image, category={categories}). Support codes: {codes}"


def headers(job: Job) -> dict[str, str]:
    """The x- headers of an answer about this job. Only names that are safe in a header are repeated."""
    said = {"x-request-id": job.id, **ignored_header(in_vain(job))}
    if isinstance(job.outcome, Success):
        first = job.outcome.images[0]
        said |= {
            "x-generation-time": f"{_inference_seconds(job):g}",
            "x-cost": decimal_credits(_cost(job)),
            "x-seed-value": str(first.seed),
            "x-output-metadata": f'{{"height":{first.height},"width":{first.width}}}',
        }
    return said


def inline(images: Iterable[ImageRef], encoded: list[str]) -> dict[str, Any]:
    """The keys that callers get who asked for base64."""
    first = next(iter(images))
    return {
        "image": encoded[0] if len(encoded) == 1 else encoded,
        "image_format": _FORMATS.get(first.media_type, first.media_type.rpartition("/")[2]),
    }


def decimal_credits(microcredits: int) -> str:
    """Exact decimal text: 25000 -> "0.025"."""
    whole, rest = divmod(abs(microcredits), 1_000_000)
    text = f"{whole}.{rest:06d}".rstrip("0")
    return ("-" if microcredits < 0 else "") + (text + "0" if text.endswith(".") else text)


def model_list(cards: Iterable[ModelCard]) -> dict[str, Any]:
    """Rows under both keys that clients read."""
    rows = [_model(card) for card in cards]
    return {"Inference Segmind Model Information List With Details": rows, "models": rows}


def _model(card: ModelCard) -> Mapping[str, Any]:
    return {
        "id": card.slug,
        "model_id": card.slug,
        "slug": card.slug,
        "name": card.title,
        "title": card.title,
        "type": "textToImage",
        "description": card.description,
        "parameters": card.schema(),
        "is_depreciated": card.retired,
        "pricing": {"credits_per_image": to_credits(card.price_microcredits)},
        "backend": card.backend,
    }
