"""`:generateContent` bodies: a conversation whose text is the prompt, and `generationConfig.imageConfig`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imagend.api.dialects.base import Asked
from imagend.api.dialects.google_fields import (
    Section,
    default_level,
    defaults,
    extras,
    file_options,
    given,
    has_pixels,
    people,
)
from imagend.core.card import ModelCard
from imagend.core.params import Choice, Integer, Text
from imagend.core.recipe import SAFETY_LEVELS

_COUNT = Integer(minimum=1, maximum=4)
_MODALITY = Choice(choices=("TEXT", "IMAGE"), fold_case=True)
_UNSPECIFIED = "HARM_BLOCK_THRESHOLD_UNSPECIFIED"
_THRESHOLD = Choice(choices=(*SAFETY_LEVELS, _UNSPECIFIED), fold_case=True, aliases={"OFF": "BLOCK_NONE"})
#: Categories that have a threshold of their own at Google; we have one for all.
_HARMS = frozenset(
    f"HARM_CATEGORY_{name}" for name in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
)
_ROLES = (None, "", "user", "model")  # no role is the user's
_CATEGORY = Text(max_length=100)
_SIZE, _RATIO = "1K", "1:1"
_PICTURE_PARTS = ("inlineData", "fileData")


class GenerateContent:
    key_header = "x-goog-api-key"

    def model_of(self, body: Mapping[str, object]) -> str:
        raise AssertionError("the path names the model")

    def parse(self, body: Mapping[str, object], card: ModelCard, headers: Mapping[str, str], *, waiting: bool) -> Asked:
        whole = Section("", dict(body))
        config = whole.section("generationConfig")
        _wants_pictures(config)
        image = config.section("imageConfig")
        riding = extras(card, config)
        raw = {
            **defaults(card, riding),
            **({} if has_pixels(riding) else _pixels(card, image)),
            **given(
                num_images=config.read("candidateCount", _COUNT),
                person_generation=people(card, image, "personGeneration"),
                safety_filter_level=_level(card, whole),
                **file_options(card, image.section("imageOutputOptions")),
            ),
            "prompt": _prompt(card, whole),
        }
        ignored = (*whole.ignored(), *config.ignored(), *image.ignored())
        return Asked(route="google/generateContent", raw=raw, sent=body, ignored=ignored)


def _wants_pictures(config: Section) -> None:
    kinds = [_MODALITY.read(config.place("responseModalities"), kind) for kind in config.items("responseModalities")]
    if kinds and "IMAGE" not in kinds:
        config.refuse("responseModalities", "must contain IMAGE: this server makes pictures only")


def _pixels(card: ModelCard, image: Section) -> dict[str, Any]:
    """Exact pixels: Gemini knows ratios that the card's `aspect_ratio` does not."""
    sizes = Choice(choices=tuple(card.sizes), fold_case=True)
    size = image.read("imageSize", sizes) or _SIZE
    ratio = image.read("aspectRatio", Choice(choices=tuple(card.sizes[size]))) or _RATIO
    width, height = card.sizes[size][ratio]
    return {"size": f"{width}x{height}", "aspect_ratio": None}


def _prompt(card: ModelCard, whole: Section) -> str:
    """What the user said, all turns, one part per line."""
    text = "\n".join(_texts(whole))
    if not text.replace("\0", "").strip():
        whole.refuse("contents", "must hold a part with text that is not empty")
    read: str = card.params["prompt"].read("contents", text)
    return read


def _texts(whole: Section) -> Iterator[str]:
    contents = whole.value("contents")
    turns = [contents] if isinstance(contents, dict) else whole.items("contents")
    for number, turn in enumerate(turns):
        content = Section(f"contents[{number}]", turn)
        if content.value("role") not in _ROLES:
            content.refuse("role", "must be user or model")
        for place, part in enumerate(content.items("parts")):
            section = Section(f"{content.place('parts')}[{place}]", part)
            for name in _PICTURE_PARTS:
                if section.value(name) is not None:
                    section.refuse(name, "is not supported: this server does not edit pictures")
            text = section.value("text")
            if text is not None and not isinstance(text, str):
                section.refuse("text", "must be a string")
            if text and content.value("role") != "model":
                yield text


def _level(card: ModelCard, whole: Section) -> str:
    """The strictest threshold: there is one filter for all categories. A category that is not named has its default."""
    default = default_level(card)
    levels: dict[str, str] = {}
    place = "safetySettings"
    for number, setting in enumerate(whole.items("safetySettings")):
        section = Section(f"{whole.place('safetySettings')}[{number}]", setting)
        place, threshold = section.place("threshold"), section.read("threshold", _THRESHOLD)
        levels[str(section.read("category", _CATEGORY))] = default if threshold in (None, _UNSPECIFIED) else threshold
    asked = {*levels.values(), *(() if levels.keys() >= _HARMS else (default,))}
    level: str = card.params["safety_filter_level"].read(place, min(asked, key=SAFETY_LEVELS.index))
    return level
