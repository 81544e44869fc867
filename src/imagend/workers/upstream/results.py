"""What a completed order elsewhere brought: which picture lies where, and which are missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from imagend.core.recipe import WISHES
from imagend.engine.backend import PromptNotes
from imagend.workers.upstream.body import Part

SEEDS = 2**31
_IN_VAIN = re.compile(r"([a-z_]{1,40}): (?:not applied|ignored)\b")
_UNKNOWN = "words the model does not know: "


def links(result: Any, part: Part) -> dict[int, str]:
    """Index in the job -> link. A server that held some pictures back lists the others, each with its seed."""
    images = _listed(result)[: part.count]
    indices = [_by_seed(image, part) for image in images]
    if None in indices or len(set(indices)) < len(indices):
        indices = list(range(len(images)))
    return {part.first + index: image["url"] for index, image in zip(indices, images, strict=True) if index is not None}


def notes(result: Any) -> PromptNotes:
    """What that server's model did not understand."""
    warnings = result.get("warnings") if isinstance(result, dict) else None
    said = [words.removeprefix(_UNKNOWN) for words in warnings or () if isinstance(words, str) and _UNKNOWN in words]
    return PromptNotes(unknown=tuple(word for words in said for word in words.split(", ")))


def in_vain(result: Any, header: str = "") -> tuple[str, ...]:
    """Fields that had no effect there, by its warnings, its `not_applied` and its header x-ignored-params. Only names
    that we know; its words go no further."""
    body = result if isinstance(result, dict) else {}
    warned = [match[1] for words in _rows(body.get("warnings")) if (match := _IN_VAIN.match(words))]
    named = {*warned, *_rows(body.get("not_applied")), *(word.strip() for word in header.split(","))}
    return tuple(name for name in WISHES if name in named)


def _rows(found: object) -> list[str]:
    return [row for row in found if isinstance(row, str)] if isinstance(found, list) else []


def _listed(result: Any) -> list[Mapping[str, Any]]:
    if not isinstance(result, dict):
        return []
    found = result.get("images") or result.get("output") or ()
    rows = found if isinstance(found, list) else [found]
    images = [{"url": row} if isinstance(row, str) else row for row in rows]
    return [image for image in images if isinstance(image, dict) and isinstance(image.get("url"), str)]


def _by_seed(image: Mapping[str, Any], part: Part) -> int | None:
    try:
        index = (int(image["seed"]) - int(part.body["seed"])) % SEEDS
    except (KeyError, TypeError, ValueError):
        return None
    return index if index < part.count else None
