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
#: Fields of OpenAI that steer nothing here, each with what it may be.
_ACCEPTED: dict[str, Param] = {
    "background": Choice(choices=("opaque", "auto")),
    "style": Choice(choices=("vivid", "natural")),
    "user": Text(max_length=512),
    "safety_identifier": Text(max_length=512),
}
_QUALITY = Choice(choices=tuple(QUALITIES))
_MODERATION = Choice(choices=tuple(MODERATION))
_RESPONSE_FORMAT = Choice(choices=("url", "b64_json"))
_COMPRESSION = Integer(minimum=0, maximum=100)
_PARTIAL_IMAGES = Integer(minimum=0, maximum=3)
#: Ours, under the card's own names.
_EXTRAS = (
    "negative_prompt", "seed", "steps", "guidance_scale", "scheduler", "person_generation", "safety_filter_level",
)  # fmt: skip
_SHAPES = ("aspect_ratio", "width", "height")
_KNOWN = frozenset(
    {"prompt", "model", "n", "size", "quality", "response_format", "output_format", "output_compression"}
    | {"moderation", "metadata", "stream", "partial_images", *_ACCEPTED, *_EXTRAS, *_SHAPES}
)
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


def read_body(body: Mapping[str, object], card: ModelCard) -> Asked:
    """Raises FieldError. `parse` of the dialect."""
    raw: dict[str, object] = {"prompt": _prompt(body, card.params["prompt"])}
    ignored = [name for name in body if name not in _KNOWN]
    raw |= _shape(body, card, ignored)
    raw |= _file(body, card, ignored)
    quality, raw["steps"] = QUALITIES[_read(body, "quality", _QUALITY, "auto")]
    raw["num_images"] = _read(body, "n", card.params["num_images"], 1)
    raw["safety_filter_level"] = MODERATION[_read(body, "moderation", _MODERATION, "auto")]
    raw["negative_prompt"] = ""  # the defaults of the hosted slugs are not this dialect's
    raw |= {name: value for name in _EXTRAS if (value := _read(body, name, card.params[name])) is not None}
    stream, previews = _streaming(body, ignored)
    kept = {name: value for name, param in _ACCEPTED.items() if (value := _read(body, name, param))}
    shape = _read(body, "response_format", _RESPONSE_FORMAT)
    return Asked(
        route="openai/images",
        raw=raw,
        sent=body,
        reply=ImagesReply(
            inline=stream or shape != "url",
            url=shape != "b64_json",
            quality=quality,
            stream=stream,
            previews=previews,
            safety_identifier=kept.get("safety_identifier") or kept.get("user"),
        ),
        ignored=tuple(ignored),
        options={**kept, **_metadata(body), **({"previews": previews} if previews else {})},
    )


def _read(body: Mapping[str, object], name: str, param: Param, default: Any = None) -> Any:
    """The field's value in our own type; `default` when it is not given, which null means too."""
    value = body.get(name)
    if value is None:
        return default
    try:
        return param.read(name, value)
    except BadParameter as error:
        typed = isinstance(value, _kinds(param)) and not isinstance(value, bool)
        raise FieldError(name, error.message, "invalid_value" if typed else "invalid_type") from None


def _kinds(param: Param) -> tuple[type, ...]:
    """JSON types that could hold a value of the parameter; numbers may come as text."""
    return (str,) if isinstance(param, Choice | Text) else (str, int, float)


def _prompt(body: Mapping[str, object], param: Param) -> str:
    prompt = _read(body, "prompt", param)
    if prompt is None:
        raise FieldError("prompt", "Missing required parameter: 'prompt'", "missing_required_parameter")
    if not prompt.strip():
        raise FieldError("prompt", "prompt must not be empty")
    return str(prompt)


def _shape(body: Mapping[str, object], card: ModelCard, ignored: list[str]) -> dict[str, object]:
    """Exact pixels or a ratio; `size` wins over our own names for the same thing, pixels win over a ratio."""
    sent = [name for name in _SHAPES if body.get(name) is not None]
    size = body.get("size")
    if size is not None and size != "auto":
        ignored += sent
        return _size(size, card)
    sides = {name: _side(body, name, card) for name in ("width", "height")}
    ratio = _read(body, "aspect_ratio", card.params["aspect_ratio"])
    if sides["width"] is None and sides["height"] is None:
        return {"aspect_ratio": ratio or "1:1"}
    if ratio is not None:
        ignored.append("aspect_ratio")
    width, height = (card.default_pixels if side is None else side for side in sides.values())
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


def _side(body: Mapping[str, object], name: str, card: ModelCard) -> int | None:
    exact = card.params["size"]
    assert isinstance(exact, Size)
    side: int | None = _read(body, name, Integer(minimum=exact.minimum, maximum=exact.maximum))
    return side


def _file(body: Mapping[str, object], card: ModelCard, ignored: list[str]) -> dict[str, object]:
    kind = _read(body, "output_format", card.params["output_format"], "png")
    compression = _read(body, "output_compression", _COMPRESSION)
    if kind == "png" and compression is not None:  # lossless whatever the number
        ignored.append("output_compression")
    return {"output_format": kind, "quality": 100 if compression is None else compression}


def _streaming(body: Mapping[str, object], ignored: list[str]) -> tuple[bool, int]:
    """Whether to stream, and how many previews."""
    stream = bool(_read(body, "stream", Flag(), False))
    previews = int(_read(body, "partial_images", _PARTIAL_IMAGES, 0))
    if previews and not stream:
        ignored.append("partial_images")
    return stream, previews if stream else 0


def _metadata(body: Mapping[str, object]) -> dict[str, Any]:
    """Up to 16 pairs of texts, kept with the job."""
    metadata = body.get("metadata")
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
