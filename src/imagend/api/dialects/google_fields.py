"""One JSON object of a Google request, read name by name. Errors name a value as the caller wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from imagend.core.card import ModelCard
from imagend.core.errors import BadParameter
from imagend.core.params import Param

_CAPITAL = re.compile(r"[A-Z]")
_DEFAULTS = {
    "aspect_ratio": "1:1",
    "image_size": "1K",
    "negative_prompt": "",
    "output_format": "png",
    "quality": 75,
    "person_generation": "ALLOW_ADULT",
}
_DEFAULT_LEVEL = "BLOCK_MEDIUM_AND_ABOVE"
#: Words of earlier models for how much the filter lets pass.
_OLD_LEVELS = {
    "BLOCK_MOST": "BLOCK_LOW_AND_ABOVE",
    "BLOCK_SOME": "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_FEW": "BLOCK_ONLY_HIGH",
    "BLOCK_FEWEST": "BLOCK_NONE",
}
_OLD_PEOPLE = {"ALLOW_NONE": "DONT_ALLOW"}
_FORMATS = {"IMAGE/PNG": "png", "IMAGE/JPEG": "jpeg", "IMAGE/JPG": "jpeg", "IMAGE/WEBP": "webp"}


class Section:
    """An object at a place such as `parameters`. A name is looked up in camelCase and in snake_case, as Google's
    own servers read it; null is absent."""

    def __init__(self, where: str, value: object) -> None:
        """Raises BadParameter when the value is neither an object nor absent."""
        if value is not None and not isinstance(value, dict):
            raise BadParameter(where, f"{where} must be an object")
        self._where = where
        self._values: Mapping[str, Any] = value or {}
        self._asked: set[str] = set()

    def value(self, name: str) -> Any:
        self._asked |= {name, self._written(name)}
        return self._values.get(self._written(name))

    def ignored(self) -> tuple[str, ...]:
        """Full names of the values that nobody has asked for so far."""
        sent = [name for name, value in self._values.items() if value is not None and name not in self._asked]
        return tuple(f"{self._where}.{name}" if self._where else name for name in sent)

    def place(self, name: str) -> str:
        """The full name of a value, as it was written."""
        written = self._written(name)
        return f"{self._where}.{written}" if self._where else written

    def section(self, name: str) -> Section:
        return Section(self.place(name), self.value(name))

    def items(self, name: str) -> list[Any]:
        """A list; absent is empty. Raises BadParameter."""
        value: Any = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list) or None in value:
            self.refuse(name, "must be a list without null")
        return value

    def read(self, name: str, param: Param) -> Any:
        """The value as the parameter's kind reads it, None when absent. Raises BadParameter."""
        value = self.value(name)
        return None if value is None else param.read(self.place(name), value)

    def refuse(self, name: str, reason: str) -> NoReturn:
        place = self.place(name)
        raise BadParameter(place, f"{place} {reason}")

    def _written(self, name: str) -> str:
        if self._values.get(name) is not None:
            return name
        snake = _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", name)
        return snake if self._values.get(snake) is not None else name


def defaults(card: ModelCard, riding: Mapping[str, Any]) -> dict[str, Any]:
    """Google's own, not those of the hosted service whose slug the model carries. riding: the extras that were sent;
    exact pixels among them leave no room for a ratio."""
    ratio = {"aspect_ratio": None} if has_pixels(riding) else {}
    return {**_DEFAULTS, "safety_filter_level": default_level(card), **ratio, **riding}


def has_pixels(riding: Mapping[str, Any]) -> bool:
    return not riding.keys().isdisjoint(("size", "width", "height"))


def default_level(card: ModelCard) -> str:
    """Google's, unless the card is under a stricter policy."""
    try:
        level: str = card.params["safety_filter_level"].read("safety_filter_level", _DEFAULT_LEVEL)
    except BadParameter:
        level = card.defaults["safety_filter_level"]
    return level


def extras(card: ModelCard, section: Section) -> dict[str, Any]:
    """Parameters in the card's own words, which ride along where a program adds them to the body. Unlike the hosted
    service whose words they are, this dialect refuses their illegal values. Raises BadParameter."""
    words = {**card.aliases, **{name: name for name in card.params if name != "prompt"}}
    sent = {word: section.value(word) for word in words}
    for word, value in sent.items():
        if value is not None:
            card.params[words[word]].read(section.place(word), value)
    return {words[word]: value for word, value in sent.items() if value is not None}


def filter_level(card: ModelCard, section: Section, name: str) -> str | None:
    return _in_old_words(card.params["safety_filter_level"], section, name, _OLD_LEVELS)


def people(card: ModelCard, section: Section, name: str) -> str | None:
    return _in_old_words(card.params["person_generation"], section, name, _OLD_PEOPLE)


def _in_old_words(param: Param, section: Section, name: str, old: Mapping[str, str]) -> str | None:
    value = section.value(name)
    if value is None:
        return None
    word = old.get(value.upper(), value) if isinstance(value, str) else value
    read: str = param.read(section.place(name), word)
    return read


def file_options(card: ModelCard, options: Section) -> dict[str, Any]:
    """`mimeType` and `compressionQuality`, as the card calls them."""
    mime, found = options.value("mimeType"), {}
    if mime is not None:
        kind = _FORMATS.get(mime.upper()) if isinstance(mime, str) else None
        found["output_format"] = kind or options.refuse("mimeType", "must be one of image/png, image/jpeg, image/webp")
    quality = options.read("compressionQuality", card.params["quality"])
    return found if quality is None else {**found, "quality": quality}


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}
