"""Cards that open weights serve: what the models file changes in them, and whether this machine could serve them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.errors import BadParameter, BadSetting
from imagend.core.loras import LORAS, Loras
from imagend.core.params import Choice, Size
from imagend.settings import Settings
from imagend.weights.entry import PREFIX, Entry
from imagend.weights.folder import native_sampler
from imagend.weights.host import host_gib
from imagend.weights.models_file import ModelsFile, default_models_file, read_models_file
from imagend.weights.places import folder_here
from imagend.weights.planning import plan_memory


def models_of(settings: Settings) -> ModelsFile | None:
    """None where every model is served by what its card says. Raises BadSetting."""
    path = models_path(settings)
    return read_models_file(path) if settings.models_file or path.is_file() else None


def models_path(settings: Settings) -> Path:
    """Where the models file is, or will be."""
    if settings.models_file:
        return Path(settings.models_file).expanduser().resolve()
    return default_models_file(settings.data_dir)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Worker processes on this machine, each of which loads all models, and how many more are kept in reserve."""

    workers: int
    reserve: int

    @property
    def processes(self) -> int:
        return self.workers + self.reserve


def crew_of(settings: Settings, models: ModelsFile | None, backends: Iterable[str]) -> Crew:
    """As the settings say; where they do not, one process when a model lies on a GPU, whose memory a second would take
    again. backends: those that the workers load. Raises BadSetting."""
    if settings.pool != "subprocess" or settings.workers == 0:
        return Crew(workers=0, reserve=0)
    devices = [models.entry_of(name).device for name in backends if name.startswith(PREFIX)] if models else []
    usual, beyond = (2, 1) if {*devices} <= {"cpu"} else (1, 0)
    return Crew(
        workers=usual if settings.workers < 0 else settings.workers,
        reserve=beyond if settings.reserve_workers < 0 else settings.reserve_workers,
    )


def check_weights(settings: Settings, models: ModelsFile | None, catalog: Catalog) -> None:
    """Before any worker starts in vain: folders are there and whole, and memory is enough where a budget says how much
    there is. Weights of workers elsewhere are those workers' business. Raises BadSetting."""
    if models is None:
        return
    crew = crew_of(settings, models, (card.backend for card in catalog))
    ours = [slug for slug in models.entries if catalog.get(slug).backend.startswith(PREFIX)]
    if crew.processes:
        plan_memory(models, ours, crew.processes, host_gib=host_gib())


def served(catalog: Catalog, models: ModelsFile) -> Catalog:
    """The same with the models of the file served by their weights. Raises BadSetting."""
    for slug in models.entries:
        if slug not in catalog.cards:
            raise BadSetting(f"{models.path}: models: there is no model {slug!r}; there are {', '.join(catalog.cards)}")
    return replace(catalog, cards={slug: _card(card, models) for slug, card in catalog.cards.items()})


def _card(card: ModelCard, models: ModelsFile) -> ModelCard:
    if card.slug not in models.entries:
        return card
    entry, place = models.entries[card.slug], models.place(card.slug)
    sized = _with_loras(_sized(card, entry, place), entry)
    defaults = _defaults(card, entry, place, entry.scheduler or _native(models, entry, place))
    return replace(sized, backend=models.backend_of(card.slug), defaults={**sized.defaults, **defaults})


def _native(models: ModelsFile, entry: Entry, place: str) -> str | None:
    """The sampler that the model was made for; None where its folder is on another machine. Raises BadSetting."""
    folder = folder_here(entry.source, models.weights_dir)
    try:
        return None if folder is None else native_sampler(folder)
    except BadSetting as error:
        raise BadSetting(f"{place}: weights: {error.message}") from error


def _defaults(card: ModelCard, entry: Entry, place: str, scheduler: str | None) -> dict[str, Any]:
    """As a client could have sent them."""
    told = {
        "steps": entry.steps, "guidance_scale": entry.guidance, "scheduler": scheduler,
        "negative_prompt": entry.negative_prompt,
    }  # fmt: skip
    found: dict[str, Any] = {}
    for name, value in told.items():
        if value is not None:
            try:
                found[name] = card.params[name].read(name.removesuffix("_scale"), value)
            except BadParameter as error:
                raise BadSetting(f"{place}: {error.message}, not {value!r}") from error
    return found


def _with_loras(card: ModelCard, entry: Entry) -> ModelCard:
    if not entry.loras:
        return card
    names = tuple(source.name for source in entry.loras)
    param = Loras(names=names, most=entry.max_loras, most_scale=entry.max_lora_scale)
    return replace(card, params={**card.params, LORAS: param}, documented=card.documented | {LORAS})


def _sized(card: ModelCard, entry: Entry, place: str) -> ModelCard:
    """Without the sizes for which no memory was planned."""
    largest = {name: max(width * height for width, height in ratios.values()) for name, ratios in card.sizes.items()}
    kept = [name for name, pixels in largest.items() if pixels <= entry.max_pixels]
    if not kept:
        name, pixels = min(largest.items(), key=lambda pair: pair[1])
        raise BadSetting(
            f"{place}: max_pixels must be at least {pixels}, of the largest {name} picture, not {entry.max_pixels}"
        )
    usual = card.defaults["image_size"] if card.defaults["image_size"] in kept else kept[-1]
    chosen, exact = card.params["image_size"], card.params["size"]
    assert isinstance(chosen, Choice), chosen
    assert isinstance(exact, Size), exact
    params = {
        **card.params,
        "image_size": replace(chosen, choices=tuple(name for name in chosen.choices if name in kept)),
        "size": replace(exact, most_pixels=entry.max_pixels),
    }
    sizes = {name: card.sizes[name] for name in kept}
    return replace(card, params=params, sizes=sizes, defaults={**card.defaults, "image_size": usual})
