"""Final jobs as the answers of Google's routes. Pure: the same job gives the same body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imagend.core.job import Job
from imagend.core.outcome import Failure, ImageRef, Success, Verdict
from imagend.safety.scores import CATEGORIES

#: What Google counts for one picture, whatever its size.
TOKENS_PER_PICTURE = 1290


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One of the pictures that were asked for: there, or held back."""

    image: ImageRef | None
    verdicts: tuple[Verdict, ...]


def slots(job: Job) -> list[Slot]:
    """One for each picture of the request, in order."""
    outcome = job.outcome
    assert outcome is not None
    pictures = outcome.images if isinstance(outcome, Success) else ()
    verdicts = outcome.filtered if isinstance(outcome, Success) else outcome.verdicts
    held = _by_picture(verdicts, job.recipe.count - len(pictures), job.recipe.count)
    remaining: Iterator[ImageRef] = iter(pictures)
    return [
        Slot(image=None, verdicts=held[index]) if index in held else Slot(image=next(remaining), verdicts=())
        for index in range(job.recipe.count)
    ]


def _by_picture(verdicts: Sequence[Verdict], missing: int, count: int) -> dict[int, tuple[Verdict, ...]]:
    """Index of each of the `missing` pictures -> why. Verdicts on no picture of these go to the last ones."""
    held: dict[int, tuple[Verdict, ...]] = {}
    others: tuple[Verdict, ...] = ()
    for verdict in verdicts:
        if verdict.index is not None and verdict.index < count:
            held[verdict.index] = (*held.get(verdict.index, ()), verdict)
        else:
            others = (*others, verdict)
    for index in reversed(range(count)):
        if len(held) < missing:
            held.setdefault(index, others or tuple(verdicts))
    return held


def prompt_blocked(failure: Failure) -> bool:
    """Whether the failure is a block before any picture was made."""
    return failure.code == "content_blocked" and not any(verdict.stage == "image" for verdict in failure.verdicts)


def predictions(job: Job, encoded: Sequence[str]) -> dict[str, Any]:
    """The body of a `:predict` answer; `{}` when there is nothing to show. encoded: the pictures in base64."""
    attributes = bool(job.options.get("safety_attributes"))
    texts = iter(encoded)
    rows: list[dict[str, Any]] = []
    for slot in slots(job):
        row: dict[str, Any] = {}
        if slot.image is not None:
            row = {"mimeType": slot.image.media_type, "bytesBase64Encoded": next(texts)}
        elif job.options.get("rai_reason"):
            row = {"raiFilteredReason": reason(slot.verdicts)}
        if row:
            rows.append({**row, "safetyAttributes": _attributes(slot.verdicts)} if attributes else row)
    if attributes:
        rows.append({"contentType": "Positive Prompt", "safetyAttributes": _attributes(())})
    return {"predictions": rows} if rows else {}


def reason(verdicts: Sequence[Verdict]) -> str:
    categories = "/".join(dict.fromkeys(verdict.category for verdict in verdicts)) or "other"
    codes = ", ".join(dict.fromkeys(verdict.support_code for verdict in verdicts))
    said = f"The image was held back by the safety filter (stage=image, category={categories})."
    return f"{said} Support codes: {codes}" if codes else said


def _attributes(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """1 for a category that was held back, else 0: what is kept of a picture is the verdict on it."""
    found = {verdict.category for verdict in verdicts}
    return {"categories": list(CATEGORIES), "scores": [1.0 if name in found else 0.0 for name in CATEGORIES]}


def content(job: Job, encoded: Sequence[str], model: str) -> dict[str, Any]:
    """The body of a `:generateContent` answer: one candidate for each picture, none for a prompt that is not allowed.

    model: as the caller named it.
    """
    if isinstance(job.outcome, Failure) and prompt_blocked(job.outcome):
        return {"promptFeedback": _feedback(job.outcome), **_accounts(job, model, 0)}
    texts = iter(encoded)
    candidates = [_candidate(index, slot, texts) for index, slot in enumerate(slots(job))]
    return {"candidates": candidates, **_accounts(job, model, TOKENS_PER_PICTURE * len(encoded))}


def _feedback(failure: Failure) -> dict[str, Any]:
    severe = {"child", "prohibited"} & {verdict.category for verdict in failure.verdicts}
    return {
        "blockReason": "PROHIBITED_CONTENT" if severe else "SAFETY",
        "blockReasonMessage": failure.message,
        "safetyRatings": [],
    }


def _candidate(index: int, slot: Slot, texts: Iterator[str]) -> dict[str, Any]:
    if slot.image is None:
        return {
            "content": {"role": "model", "parts": []},
            "finishReason": "IMAGE_SAFETY",
            "finishMessage": reason(slot.verdicts),
            "index": index,
        }
    data = {"mimeType": slot.image.media_type, "data": next(texts)}
    return {
        "content": {"role": "model", "parts": [{"inlineData": data}]},
        "finishReason": "STOP",
        "index": index,
    }


def _accounts(job: Job, model: str, image_tokens: int) -> dict[str, Any]:
    """Tokens of the prompt are its words: there is no tokenizer that all backends share."""
    prompt_tokens = len(job.recipe.prompt.split())
    usage: dict[str, Any] = {
        "promptTokenCount": prompt_tokens,
        "candidatesTokenCount": image_tokens,
        "totalTokenCount": prompt_tokens + image_tokens,
    }
    if image_tokens:
        usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": image_tokens}]
    return {"usageMetadata": usage, "modelVersion": model, "responseId": job.id}
