"""From pixels to the bytes that leave: mark, encode, sign."""

from __future__ import annotations

from typing import Any

from imagend.core.recipe import MEDIA_TYPES, Recipe
from imagend.engine.backend import BackendSpec, Pixels
from imagend.engine.pixels import encode
from imagend.provenance.seal import Seal


def sealed_file(
    seal: Seal, recipe: Recipe, spec: BackendSpec, seed: int, pixels: Pixels, lease: tuple[str, str] | None = None
) -> bytes:
    """One picture as a file. pixels: uint8 [height, width, 3]; seed: of this picture; lease: job id and token, for a
    seal whose key is elsewhere.

    The pixels are a function of the arguments; the manifest around them has a signature and ids of its own.
    """
    mark_id = seal.mark_id(recipe.watermark)
    data = encode(seal.mark(pixels, recipe.watermark), recipe.output_format, recipe.quality)
    facts = made_with(recipe, spec, seed, with_prompt=seal.with_prompt) | ({"watermark": mark_id} if mark_id else {})
    return seal.sign(data, MEDIA_TYPES[recipe.output_format], facts, marked=mark_id is not None, lease=lease)


def made_with(recipe: Recipe, spec: BackendSpec, seed: int, *, with_prompt: bool) -> dict[str, Any]:
    """What the manifest says about the making: the model that really drew, and the name it was asked for by."""
    height, width = recipe.height, recipe.width
    facts: dict[str, Any] = {
        "backend": spec.name, "weights": spec.revision, "slug": recipe.model, "seed": seed, "steps": recipe.steps,
        "scheduler": recipe.scheduler, "guidance_scale": recipe.guidance_scale, "width": width, "height": height,
    }  # fmt: skip
    if recipe.loras:
        facts["loras"] = weighed_loras(recipe, spec)
    if with_prompt:
        facts |= {"prompt": recipe.prompt, "negative_prompt": recipe.negative_prompt}
    return facts


def weighed_loras(recipe: Recipe, spec: BackendSpec) -> list[dict[str, Any]]:
    """The LoRAs of a picture, with the digests of their weights."""
    return [{"name": name, "scale": scale, "weights": spec.adapters.get(name, "")} for name, scale in recipe.loras]
