"""Which classifiers judge, from a setting: names of the built-in ones, or `module:factory`, with options.

    rules                                                   the default for prompts
    contents, skin?severity=MEDIUM                          the default for pictures, with an option
    rules, imagend.safety.models:prompt_model?folder=/m     two, of which the graver word counts

A factory is called with its options as texts. What can never be switched off judges in any case.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from imagend.core.errors import BadSetting
from imagend.safety.contents import Contents
from imagend.safety.guard import PictureGuard, PromptGuard
from imagend.safety.options import SafetyOptions
from imagend.safety.policy import bundled_policy, read_policy
from imagend.safety.rules import PromptRules
from imagend.safety.scores import MINOR, PictureClassifier, PromptClassifier, Scores
from imagend.safety.skin import Skin

T = TypeVar("T")
#: Judged by our own rules whatever is plugged in.
FIRM = frozenset({"child", "people", MINOR})
_PICTURES: Mapping[str, Callable[..., PictureClassifier]] = {"contents": Contents, "skin": Skin}


@dataclass(frozen=True, slots=True)
class Firm:
    """The part of the prompt rules that stays when another classifier replaces them."""

    rules: PromptRules

    def scores(self, prompt: str) -> Scores:
        return {name: severity for name, severity in self.rules.scores(prompt).items() if name in FIRM}


def prompt_guard(options: SafetyOptions) -> PromptGuard:
    """Raises BadSetting."""
    rules = PromptRules()
    chosen: list[PromptClassifier] = list(_opened("safety_prompt", options.prompt, {"rules": lambda: rules}))
    if not any(classifier is rules for classifier in chosen):
        chosen.append(Firm(rules))
    return PromptGuard(read_policy(policy_text(options)), chosen)


def picture_guard(options: SafetyOptions) -> PictureGuard:
    """Raises BadSetting. What a backend says of its own pictures is always heard."""
    chosen = list(_opened("safety_picture", options.picture, _PICTURES))
    if not any(isinstance(classifier, Contents) for classifier in chosen):
        chosen.append(Contents())
    return PictureGuard(read_policy(policy_text(options)), chosen)


def check_names(options: SafetyOptions) -> None:
    """Whether what a worker will open exists, without opening it. Raises BadSetting."""
    for name, _ in _named(options.picture):
        if name not in _PICTURES:
            _factory("safety_picture", name, _PICTURES)


def policy_text(options: SafetyOptions) -> str:
    """TOML. Raises BadSetting."""
    path = options.policy
    if options.policy_text or path is None:
        return options.policy_text or bundled_policy()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"safety_policy {path} cannot be read: {error}") from error


def _opened(setting: str, text: str, built_in: Mapping[str, Callable[..., T]]) -> Iterator[T]:
    for name, query in _named(text):
        factory = built_in[name] if name in built_in else _factory(setting, name, built_in)
        try:
            options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
            yield factory(**options)
        except (TypeError, ValueError, OSError, ImportError) as error:
            raise BadSetting(f"{setting}: {name} cannot be opened: {error}") from error


def _named(text: str) -> Iterator[tuple[str, str]]:
    """(name, options) of each classifier in a setting."""
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, query = word.partition("?")
        yield name, query


def _factory(setting: str, name: str, built_in: Mapping[str, Any]) -> Callable[..., Any]:
    module, colon, attribute = name.partition(":")
    if not colon:
        raise BadSetting(f"{setting} must name {', '.join(built_in)} or module:factory, not {name!r}")
    try:
        factory: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BadSetting(f"{setting}: {name} cannot be imported: {error}") from error
    return factory
