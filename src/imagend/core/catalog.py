"""Catalog: the cards this server offers, read from TOML text and checked at birth."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from imagend.core.card import ModelCard
from imagend.core.errors import BadParameter, BadSetting, UnknownModel
from imagend.core.params import Param, param_from_table

#: First path segments under /v1/ and /v2/ that routes own.
RESERVED = frozenset(
    {"requests", "get-user-credits", "images", "models", "publishers", "projects", "files", "chat", "responses"}
    | {"health", "healthz", "metrics", "generations", "usage", "admin"}
)
#: What clients write before a model's name, once or several times over.
_PREFIXES = re.compile(r"\A(?:projects/[^/]+/locations/[^/]+/|publishers/google/|models/|google/)+")


@dataclass(frozen=True, slots=True)
class Catalog:
    cards: Mapping[str, ModelCard]
    names: Mapping[str, str] = field(default_factory=dict)  # other names, of Google or the operator's -> slug

    def get(self, slug: str) -> ModelCard:
        """Raises UnknownModel."""
        try:
            return self.cards[slug]
        except KeyError:
            raise UnknownModel(slug) from None

    def find(self, name: str) -> ModelCard:
        """The card with this slug, Google id or alias, also behind `models/`, `google/` and the like.

        Raises UnknownModel.
        """
        bare = _PREFIXES.sub("", name)
        try:
            return self.cards[self.names.get(bare, bare)]
        except KeyError:
            raise UnknownModel(name) from None

    def without(self, slugs: Collection[str]) -> Catalog:
        """The same with these models retired: still listed, no longer served. Raises BadSetting."""
        for slug in slugs:
            if slug not in self.cards:
                raise BadSetting(f"retired_models: there is no model {slug!r}; there are {', '.join(self.cards)}")
        cards = {slug: replace(card, retired=card.retired or slug in slugs) for slug, card in self.cards.items()}
        return replace(self, cards=cards)

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self.cards.values())


def load_catalog(
    shared: str,
    cards: Mapping[str, str],
    enabled: frozenset[str] = frozenset(),
    backend: str = "",
    aliases: Mapping[str, str] | None = None,
) -> Catalog:
    """Build the catalog from TOML texts.

    shared: the parameters common to all cards; cards: file name -> text.
    enabled: restricted choices (such as BLOCK_NONE) that the operator allows; backend: serves all cards if given.
    aliases: the operator's own names -> any name of a model.
    Raises BadSetting naming the file when a card does not hold together.
    """
    base = tomllib.loads(shared)
    params = {name: param_from_table(_open(table, enabled)) for name, table in base["params"].items()}
    found: dict[str, ModelCard] = {}
    for file, text in cards.items():
        try:
            card = _card(tomllib.loads(text), base, params)
            _check(card)
        except (KeyError, TypeError, ValueError, BadParameter) as error:
            raise BadSetting(f"model card {file}: {error}") from error
        found[card.slug] = replace(card, backend=backend or card.backend)
    return Catalog(found, _names(found, aliases or {}))


def _names(cards: Mapping[str, ModelCard], aliases: Mapping[str, str]) -> dict[str, str]:
    """Every other name of a model, each of one model only. Raises BadSetting."""
    names: dict[str, str] = {}
    for card in cards.values():
        for name in card.google_ids:
            if name in cards or name in names:
                raise BadSetting(f"model card of {card.slug}: {name!r} is the name of another model")
            names[name] = card.slug
    known = {**dict.fromkeys(cards, ""), **names}
    for name, target in aliases.items():
        if name in known:
            raise BadSetting(f"model_aliases: {name!r} is a model's own name")
        if target not in known:
            raise BadSetting(f"model_aliases: there is no model {target!r}; there are {', '.join(cards)}")
        names[name] = names.get(target, target)
    return names


def _open(table: Mapping[str, Any], enabled: frozenset[str]) -> dict[str, Any]:
    if "restricted" not in table:
        return dict(table)
    opened = [word for word in table["restricted"] if word in enabled]
    closed = [word for word in table["restricted"] if word not in enabled]
    return {**table, "choices": [*table["choices"], *opened], "restricted": closed}


def _card(data: dict[str, Any], base: Mapping[str, Any], params: Mapping[str, Param]) -> ModelCard:
    own = {name: param_from_table(table) for name, table in data.pop("params", {}).items()}
    sizes = data.pop("sizes", None) or base["sizes"]
    offered = data.pop("image_sizes")
    image_size = param_from_table({"kind": "choice", "choices": offered})
    google_ids = tuple(data.pop("google_ids", ()))
    return ModelCard(
        params={**params, "image_size": image_size, **own},
        documented=frozenset(data.pop("documented")),
        defaults={**base["defaults"], **data.pop("defaults", {})},
        sizes={name: {ratio: (w, h) for ratio, (w, h) in sizes[name].items()} for name in offered},
        default_pixels=base["default_pixels"],
        aliases=base["aliases"],
        google_ids=google_ids,
        **data,
    )


def _check(card: ModelCard) -> None:
    """Every default must be a value that a client could have sent."""
    if card.slug in RESERVED or "/" in card.slug:
        raise ValueError(f"slug {card.slug!r} is reserved")
    if card.price_microcredits < 0:
        raise ValueError("price_microcredits must be >= 0")
    unknown = (set(card.defaults) | card.documented) - set(card.params)
    if unknown:
        raise ValueError(f"unknown parameters: {', '.join(sorted(unknown))}")
    for name, value in card.defaults.items():
        card.params[name].read(name, value)
