"""Finished jobs as OpenAI's documents. Pure: the same final job gives the same body, forever."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from imagend.api.answers import ignored_header
from imagend.api.dialects.openai_fields import ImagesReply
from imagend.api.errors import RESET
from imagend.api.urls import Links
from imagend.api.vain import in_vain, not_applied
from imagend.core.job import Job
from imagend.core.outcome import ImageRef, Success, Verdict

TILE = 16  # pixels: one output token is a tile of 16x16, as in OpenAI's own table for their larger qualities


def result(job: Job, reply: ImagesReply, links: Links, files: Sequence[bytes]) -> dict[str, Any]:
    """The answer to a caller who waited. files: the pictures' bytes, or () when only links were asked for."""
    success = job.outcome
    assert isinstance(success, Success)
    of_each: Sequence[bytes | None] = files or [None] * len(success.images)
    rows = [row(job, image, reply, links, data) for image, data in zip(success.images, of_each, strict=True)]
    body = {"created": int(job.created_at), "data": rows, **common(job, reply)}
    return body | {"usage": usage(job, success.images)} | remarks(job, reply)


def remarks(job: Job, reply: ImagesReply, *, last: bool = True) -> dict[str, Any]:
    """Who asked, which pictures were held back, and what the model drew without. last: False leaves these two out, for
    the earlier of several events."""
    said: dict[str, Any] = {"safety_identifier": reply.safety_identifier} if reply.safety_identifier else {}
    if last and isinstance(job.outcome, Success) and job.outcome.filtered:
        said["filtered"] = [_verdict(verdict) for verdict in job.outcome.filtered]
    if last and (names := not_applied(job)):
        said["not_applied"] = names
    return said


def row(job: Job, image: ImageRef, reply: ImagesReply, links: Links, data: bytes | None) -> dict[str, Any]:
    """One picture of an answer; data: its bytes, where they are wanted."""
    assert job.finished_at is not None
    said: dict[str, Any] = {} if data is None else {"b64_json": base64.b64encode(data).decode()}
    if reply.url:
        said["url"] = links.picture(image.key, job.finished_at)
    return said | {"revised_prompt": job.recipe.prompt, "seed": image.seed}


def common(job: Job, reply: ImagesReply) -> dict[str, Any]:
    """What answers and events say about every picture of the job."""
    return {
        "background": "opaque",
        "output_format": job.recipe.output_format,
        "quality": reply.quality,
        "size": f"{job.recipe.width}x{job.recipe.height}",
    }


def usage(job: Job, images: Sequence[ImageRef], *, prompt: bool = True) -> dict[str, Any]:
    """Tokens in OpenAI's sense, by rules of our own; nothing is billed by them.

    prompt: False leaves the prompt's tokens out, for the later ones of several events about one request.
    """
    asked = text_tokens(job.recipe.prompt) if prompt else 0
    drawn = sum(math.ceil(image.width / TILE) * math.ceil(image.height / TILE) for image in images)
    return {
        "input_tokens": asked,
        "output_tokens": drawn,
        "total_tokens": asked + drawn,
        "input_tokens_details": {"text_tokens": asked, "image_tokens": 0},
        "output_tokens_details": {"text_tokens": 0, "image_tokens": drawn},
    }


def text_tokens(text: str) -> int:
    """An estimate: four ASCII characters, or one other character, to a token."""
    ascii_characters = sum(character.isascii() for character in text)
    return math.ceil(ascii_characters / 4) + len(text) - ascii_characters


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"index": verdict.index, "category": verdict.category, "support_code": verdict.support_code}


def headers(job: Job, taken: Mapping[str, str], now: float) -> dict[str, str]:
    """taken: what the gate said about the rate; now: epoch seconds."""
    said = {"x-request-id": job.id, **ignored_header(in_vain(job))}
    if job.finished_at is not None:
        said["openai-processing-ms"] = str(max(0, round((job.finished_at - job.created_at) * 1000)))
    if isinstance(job.outcome, Success):
        said["x-seed-value"] = str(job.outcome.images[0].seed)
    return said | rate_headers(taken, now)


def rate_headers(taken: Mapping[str, str], now: float) -> dict[str, str]:
    """The gate's headers and, when a rate is set, the same under OpenAI's names."""
    said = dict(taken)
    for ours, name in (("x-rate-limit-limit", "limit"), ("x-rate-limit-remaining", "remaining")):
        if ours in taken:
            said[f"x-ratelimit-{name}-requests"] = taken[ours]
    if RESET in taken:
        seconds = datetime.fromisoformat(taken[RESET]).timestamp() - now
        said["x-ratelimit-reset-requests"] = f"{max(0, math.ceil(seconds))}s"
    return said
