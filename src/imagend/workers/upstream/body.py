"""A recipe as the body of an order elsewhere. Pure: the same job gives the same bodies at every attempt, which is what
idempotency keys are compared with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagend.core.errors import BadParameter
from imagend.core.recipe import WISHES, Recipe

Sizes = Mapping[tuple[int, int], tuple[str, str]]
"""(width, height) in pixels -> (image_size, aspect_ratio)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One order of the one or several that a job is."""

    key: str  # idempotency key
    first: int  # index of its first picture in the job
    count: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one model is asked for. `fields`: what a server that documents its bodies takes; None: all that we know."""

    slug: str  # there
    sizes: Sizes
    fields: frozenset[str] | None = None


def parts(wording: Wording, job_id: str, recipe: Recipe) -> tuple[Part, ...]:
    """A server that does not count pictures is sent one order for each. Raises BadParameter for a size that cannot be
    asked for there: another one would be paid and thrown away."""
    fields = wording.fields
    together = fields is None or "num_images" in fields
    counts = [(0, recipe.count)] if together else [(index, 1) for index in range(recipe.count)]
    return tuple(
        Part(key=_key(job_id, first), first=first, count=count, body=_body(wording, recipe, first, count))
        for first, count in counts
    )


def unsent(wording: Wording) -> tuple[str, ...]:
    """What a customer may have wished and that server takes no field for."""
    fields = wording.fields
    return () if fields is None else tuple(name for name in WISHES if name not in fields)


def _key(job_id: str, first: int) -> str:
    """Of the job and not of the attempt, so that an order is the same one however often it is sent. A digest: our ids
    are nobody's business there."""
    return hashlib.sha256(f"imagend upstream order {job_id} {first}".encode()).hexdigest()


def _body(wording: Wording, recipe: Recipe, first: int, count: int) -> dict[str, Any]:
    size, ratio = wording.sizes.get((recipe.width, recipe.height), (None, None))
    body: dict[str, Any] = {
        "prompt": recipe.prompt,
        "negative_prompt": recipe.negative_prompt,
        "steps": recipe.steps,
        "guidance_scale": recipe.guidance_scale,
        "scheduler": recipe.scheduler,
        "seed": recipe.image_seed(first),
        "num_images": count,
        "person_generation": recipe.safety.people,
        "safety_filter_level": recipe.safety.level,
        "add_watermark": False,  # ours comes here; below another one it would be fainter
        "output_format": "png",  # nothing is lost before our own mark and encoding
    }
    if wording.fields is None:
        return body | {"size": f"{recipe.width}x{recipe.height}"}
    body |= {"aspect_ratio": ratio, "image_size": size} if ratio else {"width": recipe.width, "height": recipe.height}
    if not wording.fields & ({"aspect_ratio"} if ratio else {"width"}):
        raise BadParameter("aspect_ratio", "aspect_ratio: this model is made in the sizes of aspect_ratio only")
    return {name: value for name, value in body.items() if name in wording.fields}
