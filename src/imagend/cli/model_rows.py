"""Rows of `imagend models list`."""

from __future__ import annotations

from typing import Any

from imagend.cli.tables import table
from imagend.core.card import ModelCard
from imagend.core.errors import BadSetting
from imagend.core.ledger import to_credits
from imagend.core.loras import LORAS, Loras
from imagend.settings import current_settings
from imagend.weights.memory import Load, need_of
from imagend.weights.models_file import ModelsFile
from imagend.weights.places import found_folder, read_record
from imagend.weights.planning import load_of
from imagend.weights.turns import company
from imagend.wiring.models import read_catalog
from imagend.wiring.weights import crew_of, models_of

_SHOWN = ("slug", "backend", "weights", "precision", "device", "memory_gib", "steps", "sizes", "credits", "state")


def print_models(as_json: bool, flags: dict[str, Any]) -> None:
    settings = current_settings(flags)
    models = models_of(settings)
    catalog = read_catalog(settings, models)
    crew = crew_of(settings, models, (card.backend for card in catalog))
    beside = {} if models is None else _company(models, max(1, crew.processes))
    rows = [_card(card) | _weights(card, models) | {"beside": beside.get(card.slug, "")} for card in catalog]
    shown = (*_SHOWN, "beside") if beside else _SHOWN
    table(rows if as_json else [{name: row[name] for name in shown} for row in rows], as_json)


def _company(models: ModelsFile, processes: int) -> dict[str, str]:
    """Slug -> which models are in memory beside it, on devices whose models take turns and whose budget is known."""
    found: dict[str, str] = {}
    for device in models.unloading & set(models.budgets):
        loads = [
            load for slug, entry in models.entries.items() if entry.device == device for load in _ready(models, slug)
        ]
        found |= company(loads, models.budgets[device], processes)
    return found


def _ready(models: ModelsFile, slug: str) -> list[Load]:
    """Nothing for weights with which something is wrong: `state` says what."""
    try:
        return [load_of(models, slug)]
    except BadSetting:
        return []


def _card(card: ModelCard) -> dict[str, Any]:
    return {
        "slug": card.slug, "title": card.title, "backend": card.backend,
        "credits": to_credits(card.price_microcredits), "sizes": "/".join(card.sizes),
        "ratio": card.defaults["aspect_ratio"], "steps": card.defaults["steps"],
        "guidance": card.defaults["guidance_scale"], "loras": _loras(card),
    }  # fmt: skip


def _loras(card: ModelCard) -> list[str]:
    param = card.params.get(LORAS)
    return list(param.names) if isinstance(param, Loras) else []


def _weights(card: ModelCard, models: ModelsFile | None) -> dict[str, Any]:
    """`memory_gib` is what the model would take alone; `state`: ready, or what is wrong."""
    if models is None or card.slug not in models.entries or not card.backend.startswith("weights:"):
        return dict.fromkeys(("weights", "precision", "device", "memory_gib", "licence"), "") | {"state": "ready"}
    entry = models.entries[card.slug]
    row = {"weights": entry.source.text, "precision": entry.precision, "device": entry.device}
    try:
        load = load_of(models, card.slug)
        folder = found_folder(models.place(card.slug), entry.source, models.weights_dir)
    except BadSetting as error:
        return row | {
            "memory_gib": "",
            "licence": "",
            "state": error.message.removeprefix(f"{models.place(card.slug)}: "),
        }
    record = read_record(folder) or {}
    return row | {
        "memory_gib": round(need_of([load]).total_gib, 1), "licence": record.get("licence", ""), "state": "ready",
    }  # fmt: skip
