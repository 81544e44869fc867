"""Choices of weights for usual cards, as data: TOML files in the package that the models file can be filled from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.weights.entry import Entry, read_entry
from imagend.weights.memory import Load
from imagend.weights.shape import Shape

_SUFFIX = ".toml"
UNPINNED = "@" + "0" * 40  # `models pull` writes the revision that it has fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One repository and the slugs that it serves."""

    repository: str
    pipeline: str  # diffusers' class
    licence: str  # as it was when the preset was made; `models pull` shows what holds now
    load: Load
    fields: Mapping[str, Mapping[str, Any]]  # slug -> what the models file says of it, without `weights`


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    name: str
    title: str
    memory_gib: float  # of the card that is left to imagend
    choices: tuple[Choice, ...]

    @property
    def loads(self) -> list[Load]:
        return [choice.load for choice in self.choices]


def preset_names() -> list[str]:
    found = (files("imagend") / "weights" / "presets_data").iterdir()
    return sorted(item.name.removesuffix(_SUFFIX) for item in found if item.name.endswith(_SUFFIX))


def read_preset(name: str) -> Preset:
    """Raises BadSetting."""
    if name not in preset_names():
        raise BadSetting(f"preset must be one of {', '.join(preset_names())}, not {name!r}")
    text = (files("imagend") / "weights" / "presets_data" / f"{name}{_SUFFIX}").read_text("utf-8")
    data = tomllib.loads(text)
    choices = tuple(_choice(name, table, data.get("device", "cuda:0")) for table in data["choices"])
    return Preset(name=name, title=data["title"], memory_gib=float(data["memory_gib"]), choices=choices)


def preset_sizes() -> dict[str, float]:
    """Name -> GiB."""
    return {name: read_preset(name).memory_gib for name in preset_names()}


def _choice(name: str, table: Mapping[str, Any], device: str) -> Choice:
    common = {key: table[key] for key in ("precision", "max_lanes", "max_pixels") if key in table} | {"device": device}
    fields = {slug: {**common, **own} for slug, own in table["models"].items()}
    return Choice(
        repository=table["repository"],
        pipeline=table["pipeline"],
        licence=table["licence"],
        load=Load(entry=_entry(name, table, fields), shape=_shape(table["shape"])),
        fields=fields,
    )


def _entry(name: str, table: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> Entry:
    """Of the first slug; all of them load alike."""
    entries = [
        read_entry(f"preset {name}", slug, {"weights": table["repository"] + UNPINNED, **own}, Path())
        for slug, own in fields.items()
    ]
    assert len({entry.load for entry in entries}) == 1, name
    return entries[0]


def _shape(table: Mapping[str, Any]) -> Shape:
    own = dict(table)
    return Shape(numbers=sum(own.pop("numbers").values()), **own)
