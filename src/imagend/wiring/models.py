"""What is served: cards, names, backends."""

from __future__ import annotations

from importlib.resources import files

from imagend.core.catalog import Catalog, load_catalog
from imagend.core.errors import BadSetting, UnknownModel
from imagend.engine.backends import NAMES
from imagend.settings import Settings
from imagend.weights.models_file import ModelsFile
from imagend.wiring.upstreams import forwarded, upstreams_of
from imagend.wiring.weights import models_of, served


def read_catalog(settings: Settings, models: ModelsFile | None = None) -> Catalog:
    """The cards in the package. Those that are forwarded are made elsewhere; of the others, with `backend` set, all
    are served by that one, else those that the models file names by its weights. models: that file, if it was read
    already."""
    folder = files("imagend") / "cards"
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    shared = texts.pop("shared.toml")
    ordered = dict(sorted(texts.items()))
    catalog = load_catalog(shared, ordered, settings.enabled_choices, settings.backend, settings.named_models)
    models = models or models_of(settings)
    if models is not None and not settings.backend:
        catalog = served(catalog, models)
    return forwarded(catalog, upstreams_of(settings)).without(settings.retired)


def default_model(settings: Settings, catalog: Catalog) -> str:
    """Raises BadSetting."""
    try:
        return catalog.find(settings.openai_default_model).slug
    except UnknownModel:
        offered = ", ".join(card.slug for card in catalog)
        raise BadSetting(
            f"openai_default_model must be one of {offered}, not {settings.openai_default_model!r}"
        ) from None


def check_backend(name: str) -> None:
    """As far as names tell: else every worker would start in vain. Raises BadSetting."""
    if name and ":" not in name and name not in NAMES:
        raise BadSetting(f"backend must be one of {', '.join(NAMES)} or module:factory, not {name!r}")
