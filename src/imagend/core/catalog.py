"""Catalog: the cards this server offers, read from TOML text and checked at birth."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from imagend.core.card import ModelCard
from imagend.core.errors import BadParameter, BadSetting, UnknownModel
from imagend.core.params import Param, param_from_table

#: First path segments under /v1/ and /v2/ that routes own.
RESERVED = frozenset(
    {"requests", "get-user-credits", "images", "models", "publishers", "projects", "files", "chat", "responses"}
    | {"health", "healthz", "generations"}
)


@dataclass(frozen=True, slots=True)
class Catalog:
    cards: Mapping[str, ModelCard]

    def get(self, slug: str) -> ModelCard:
        """Raises UnknownModel."""
        try:
            return self.cards[slug]
        except KeyError:
            raise UnknownModel(slug) from None

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self.cards.values())


def load_catalog(
    shared: str, cards: Mapping[str, str], enabled: frozenset[str] = frozenset(), backend: str = ""
) -> Catalog:
    """Build the catalog from TOML texts.

    shared: the parameters common to all cards; cards: file name -> text.
    enabled: restricted choices (such as BLOCK_NONE) that the operator allows; backend: serves all cards if given.
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
    return Catalog(found)


def _open(table: Mapping[str, Any], enabled: frozenset[str]) -> dict[str, Any]:
    restricted = [word for word in table.get("restricted", ()) if word in enabled]
    plain = {key: value for key, value in table.items() if key != "restricted"}
    return {**plain, "choices": [*table["choices"], *restricted]} if "choices" in table else plain


def _card(data: dict[str, Any], base: Mapping[str, Any], params: Mapping[str, Param]) -> ModelCard:
    own = {name: param_from_table(table) for name, table in data.pop("params", {}).items()}
    sizes = data.pop("sizes", None) or base["sizes"]
    offered = data.pop("image_sizes")
    image_size = param_from_table({"kind": "choice", "choices": offered})
    return ModelCard(
        params={**params, "image_size": image_size, **own},
        documented=frozenset(data.pop("documented")),
        defaults={**base["defaults"], **data.pop("defaults", {})},
        sizes={name: {ratio: (w, h) for ratio, (w, h) in sizes[name].items()} for name in offered},
        default_pixels=base["default_pixels"],
        aliases=base["aliases"],
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
