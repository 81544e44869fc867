"""The body of POST /v1/images/generations, read into the card's vocabulary.

OpenAI's own fields and ours beside them (`extra_body` merges at the top level) are strict: an illegal value is 400
whatever the model. Names that mean nothing here are ignored and said in `x-ignored-params`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagend.api.dialects.base import Asked, Reply
from imagend.core.card import ModelCard
from imagend.core.errors import BadParameter
from imagend.core.loras import LORAS, Loras
from imagend.core.params import Choice, Flag, Integer, Param, Size, Text

#: quality -> the word that answers carry, and denoising steps (None: the model's own number). Never the size.
QUALITIES: dict[str, tuple[str, int | None]] = {
    "auto": ("medium", None),
    "low": ("low", 10),
    "medium": ("medium", 20),
    "standard": ("medium", 20),
    "high": ("high", 40),
    "hd": ("high", 40),
    "xhigh": ("xhigh", 60),
    "max": ("max", 100),
}
MODERATION = {"auto": "BLOCK_MEDIUM_AND_ABOVE", "low": "BLOCK_ONLY_HIGH"}
#: Fields of OpenAI that steer nothing here: checked, and kept with the job.
_ACCEPTED: dict[str, Param] = {
    "background": Choice(choices=("opaque", "auto")),
    "style": Choice(choices=("vivid", "natural")),
    "user": Text(max_length=512),
    "safety_identifier": Text(max_length=512),
}
_STEERING: dict[str, Param] = {
    "quality": Choice(choices=tuple(QUALITIES)),
    "response_format": Choice(choices=("url", "b64_json")),
    "output_compression": Integer(minimum=0, maximum=100),
    "moderation": Choice(choices=tuple(MODERATION)),
    "stream": Flag(),
    "partial_images": Integer(minimum=0, maximum=3),
}
#: Ours, which mean what they mean to the card.
_EXTRAS = (
    "negative_prompt", "seed", "steps", "guidance_scale", "scheduler", "person_generation", "safety_filter_level",
)  # fmt: skip
_SHAPES = ("aspect_ratio", "width", "height")
#: Read by hand, or by others.
_SPECIAL = frozenset({"model", "size", "metadata", "webhook_url"})
_METADATA_PAIRS, _METADATA_KEY, _METADATA_VALUE = 16, 64, 512  # pairs, characters, characters


class FieldError(BadParameter):
    """A field of the body is not what it may be."""

    def __init__(self, name: str, reason: str, kind: str = "invalid_value") -> None:
        super().__init__(name, reason)
        self.kind = kind  # "missing_required_parameter" | "invalid_type" | "invalid_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesReply(Reply):
    """How the pictures are to be handed over."""

    url: bool  # each with a link; `inline` says whether with its bytes
    quality: str  # the word that answers carry
    stream: bool = False
    previews: int = 0  # most partial images of a stream
    safety_identifier: str | None = None  # the effective one, which answers repeat


def fields_of(card: ModelCard) -> dict[str, Param]:
    """What every field may be; beside these there are `model`, `size`, `metadata` and `webhook_url`."""
    exact = card.params["size"]
    assert isinstance(exact, Size)
    side = Integer(minimum=exact.minimum, maximum=exact.maximum)
    return {
        "prompt": card.params["prompt"],
        "n": card.params["num_images"],
        "output_format": card.params["output_format"],
        "aspect_ratio": card.params["aspect_ratio"],
        "width": side,
        "height": side,
        **{name: card.params[name] for name in (*_EXTRAS, LORAS) if name in card.params},
        **_STEERING,
        **_ACCEPTED,
    }


def read_body(body: Mapping[str, object], card: ModelCard) -> Asked:
    """Raises FieldError. `parse` of the dialect."""
    params = fields_of(card)
    sent = {name: value for name, param in params.items() if (value := _read(body, name, param)) is not None}
    ignored = [name for name in body if name not in params and name not in _SPECIAL]
    quality, steps = QUALITIES[sent.get("quality", "auto")]
    raw: dict[str, object] = {
        "prompt": _prompt(sent.get("prompt")),
        "negative_prompt": "",  # the defaults of the hosted slugs are not this dialect's
        "safety_filter_level": _level(sent.get("moderation"), card),
        "steps": steps,
        "num_images": sent.get("n", 1),
        "output_format": sent.get("output_format", "png"),
        "quality": sent.get("output_compression", 100),
        "webhook_url": body.get("webhook_url"),
        **_shape(body.get("size"), sent, card, ignored),
        **{name: sent[name] for name in _EXTRAS if name in sent},
        **({LORAS: body[LORAS]} if LORAS in sent else {}),
    }
    stream, previews = sent.get("stream", False), sent.get("partial_images", 0)
    if previews and not stream:
        ignored.append("partial_images")
    if "output_compression" in sent and raw["output_format"] == "png":  # lossless whatever the number
        ignored.append("output_compression")
    kept = {name: sent[name] for name in _ACCEPTED if sent.get(name)}
    return Asked(
        route="openai/images",
        raw=raw,
        sent=body,
        reply=ImagesReply(
            inline=stream or sent.get("response_format") != "url",
            url=sent.get("response_format") != "b64_json",
            quality=quality,
            stream=stream,
            previews=previews if stream else 0,
            safety_identifier=kept.get("safety_identifier") or kept.get("user"),
        ),
        ignored=tuple(ignored),
        options={**kept, **_metadata(body.get("metadata")), **({"previews": previews} if stream and previews else {})},
    )


def _read(body: Mapping[str, object], name: str, param: Param) -> Any:
    """The field's value in our own type; None when it is not given, which null means too."""
    value = body.get(name)
    if value is None:
        return None
    try:
        return param.read(name, value)
    except BadParameter as error:
        typed = isinstance(value, _kinds(param)) and not isinstance(value, bool)
        raise FieldError(name, error.message, "invalid_value" if typed else "invalid_type") from None


def _kinds(param: Param) -> tuple[type, ...]:
    """JSON types that could hold a value of the parameter; numbers may come as text."""
    if isinstance(param, Loras):
        return (list,)
    return (str,) if isinstance(param, Choice | Text) else (str, int, float)


def _prompt(prompt: str | None) -> str:
    if prompt is None:
        raise FieldError("prompt", "Missing required parameter: 'prompt'", "missing_required_parameter")
    if not prompt.strip():
        raise FieldError("prompt", "prompt must not be empty")
    return prompt


def _level(moderation: str | None, card: ModelCard) -> str:
    """The filter of a moderation word; without one, or with `auto`, as loose as the key may have it."""
    level = MODERATION[moderation or "auto"]
    try:
        card.params["safety_filter_level"].read("moderation", level)
    except BadParameter:
        if moderation == "low":
            raise FieldError("moderation", "moderation must be auto: this key may not loosen the filter") from None
        level = card.defaults["safety_filter_level"]
    return level


def _shape(size: object, sent: Mapping[str, Any], card: ModelCard, ignored: list[str]) -> dict[str, object]:
    """Exact pixels or a ratio; `size` wins over our own names for the same thing, pixels win over a ratio."""
    if size is not None and size != "auto":
        ignored += [name for name in _SHAPES if name in sent]
        return _size(size, card)
    if "width" not in sent and "height" not in sent:
        return {"aspect_ratio": sent.get("aspect_ratio", "1:1")}
    if "aspect_ratio" in sent:
        ignored.append("aspect_ratio")
    width, height = (sent.get(name, card.default_pixels) for name in ("width", "height"))
    return {"size": f"{width}x{height}"}


def _size(size: object, card: ModelCard) -> dict[str, object]:
    """ "1536x1024" or "16:9"."""
    name = "aspect_ratio" if isinstance(size, str) and ":" in size else "size"
    try:
        card.params[name].read("size", size)
    except BadParameter as error:
        ratios = ", ".join(card.params["aspect_ratio"].schema()["enum"])
        kind = "invalid_value" if isinstance(size, str) else "invalid_type"
        reason = error.message if name == "size" else "size must be WIDTHxHEIGHT"
        raise FieldError("size", f"{reason}, or auto, or one of {ratios}", kind) from None
    return {name: size}


def _metadata(metadata: object) -> dict[str, Any]:
    """Up to 16 pairs of texts, kept with the job."""
    if metadata is None:
        return {}
    rule = f"metadata must be an object of at most {_METADATA_PAIRS} pairs of texts"
    if not isinstance(metadata, dict):
        raise FieldError("metadata", rule, "invalid_type")
    fits = all(
        isinstance(value, str) and len(value) <= _METADATA_VALUE and len(name) <= _METADATA_KEY
        for name, value in metadata.items()
    )
    if not fits or len(metadata) > _METADATA_PAIRS:
        raise FieldError("metadata", f"{rule}, names of {_METADATA_KEY} and values of {_METADATA_VALUE} characters")
    return {"metadata": metadata}
