"""`:predict` bodies: one instance with a prompt, and `parameters`.

Defaults are Google's, not those of the hosted service whose slug the model carries: 1:1, 1K, PNG, no negative prompt.
A known name with an illegal value is an error; unknown names are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagend.api.dialects.base import Asked
from imagend.api.dialects.google_fields import Section, defaults, extras, file_options, filter_level, given, people
from imagend.core.card import ModelCard
from imagend.core.errors import BadParameter
from imagend.core.params import Choice, Flag, Integer, Text

_COUNT = Integer(minimum=1, maximum=4)
_LANGUAGES = ("auto", "en", "ja", "ko", "hi", "zh", "zh-CN", "zh-TW", "pt", "es")
_LANGUAGE = Choice(
    choices=_LANGUAGES,
    aliases={form: code for code in _LANGUAGES for form in (code.lower(), code.upper())},
)
_LABEL = Text(max_length=63)
_MAX_LABELS = 64
_FLAG = Flag()


class Predict:
    key_header = "x-goog-api-key"

    def __init__(self, sample_count: int) -> None:
        """sample_count: pictures when the request does not say, 1..4."""
        self._sample_count = sample_count

    def model_of(self, body: Mapping[str, object]) -> str:
        raise AssertionError("the path names the model")

    def parse(self, body: Mapping[str, object], card: ModelCard, headers: Mapping[str, str], *, waiting: bool) -> Asked:
        whole = Section("", dict(body))
        parameters = whole.section("parameters")
        if parameters.value("storageUri") is not None:
            parameters.refuse("storageUri", "is not supported: pictures are in the answer")
        raw = {
            "num_images": self._sample_count,
            **defaults(card, extras(card, parameters)),
            **_fields(card, parameters),
            "prompt": _prompt(card, whole),
        }
        options = _options(whole, parameters)
        ignored = (*whole.ignored(), *parameters.ignored())
        return Asked(route="google/predict", raw=raw, sent=body, options=options, ignored=ignored)


def _prompt(card: ModelCard, whole: Section) -> str:
    instances = whole.items("instances")
    if len(instances) != 1:
        whole.refuse("instances", "must be a list with exactly one object")
    instance = Section("instances[0]", instances[0])
    prompt = instance.value("prompt")
    if not isinstance(prompt, str) or not prompt.replace("\0", "").strip():
        instance.refuse("prompt", "must be a text that is not empty")
    for name in ("image", "mask", "referenceImages"):
        if instance.value(name) is not None:
            instance.refuse(name, "is not supported: this server does not edit pictures")
    text: str = instance.read("prompt", card.params["prompt"])
    return text


def _fields(card: ModelCard, parameters: Section) -> dict[str, Any]:
    """What was sent under Google's names, checked, in the card's words."""
    parameters.read("language", _LANGUAGE)
    parameters.read("enhancePrompt", _FLAG)
    sizes = Choice(choices=tuple(card.sizes), fold_case=True, aliases={"1024": "1K", "2048": "2K"})
    return given(
        num_images=parameters.read("sampleCount", _COUNT),
        aspect_ratio=parameters.read("aspectRatio", card.params["aspect_ratio"]),
        image_size=parameters.read("sampleImageSize", sizes),
        negative_prompt=parameters.read("negativePrompt", card.params["negative_prompt"]),
        guidance_scale=parameters.read("guidanceScale", card.params["guidance_scale"]),
        seed=parameters.read("seed", card.params["seed"]),
        add_watermark=parameters.read("addWatermark", card.params["add_watermark"]),
        safety_filter_level=filter_level(card, parameters, "safetySetting"),
        person_generation=people(card, parameters, "personGeneration"),
        **file_options(card, parameters.section("outputOptions")),
    )


def _options(whole: Section, parameters: Section) -> dict[str, Any]:
    """What is kept with the job: the labels, and what its answer must contain."""
    return given(
        labels=_labels(whole) or None,
        rai_reason=parameters.read("includeRaiReason", _FLAG) or None,
        safety_attributes=parameters.read("includeSafetyAttributes", _FLAG) or None,
    )


def _labels(whole: Section) -> dict[str, str]:
    labels = whole.value("labels")
    if labels is None:
        return {}
    if not isinstance(labels, dict) or len(labels) > _MAX_LABELS:
        raise BadParameter("labels", f"labels must be an object of at most {_MAX_LABELS} texts")
    return {_LABEL.read("labels", name): _LABEL.read(f"labels.{name[:63]}", text) for name, text in labels.items()}
