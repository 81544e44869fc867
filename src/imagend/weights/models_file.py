"""The models file: which weights serve which models, in TOML. Read and checked whole, before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from imagend.core.errors import BadSetting
from imagend.weights.entry import GIB, PREFIX, SWITCH, Entry, checked, read_device, read_entry, read_fields
from imagend.weights.loras import found_lora

_SECTIONS = ("weights_dir", "defaults", "devices", "models")
_OF_DEVICES = MappingProxyType({"memory_gib": GIB, "unload": SWITCH})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsFile:
    """`budgets`: device -> GiB that all models on it may take together; `unloading`: devices whose models take turns
    where there is no room for all."""

    path: Path
    weights_dir: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)
    unloading: frozenset[str] = frozenset()

    def place(self, slug: str) -> str:
        """How messages begin that concern this model."""
        return f"{self.path}: models.{slug}"

    def backend_of(self, slug: str) -> str:
        """The backend that serves it: models with the same weights, loaded alike, share one."""
        load = self.entries[slug].load
        return PREFIX + next(entry.slug for entry in self.entries.values() if entry.load == load)

    def loras_of(self, slug: str) -> dict[str, Path]:
        """Files of all LoRAs that its model in memory has, by name: those of all slugs that share it. Raises
        BadSetting."""
        load = self.entries[slug].load
        sharing = [entry for entry in self.entries.values() if entry.load == load]
        return {
            source.name: found_lora(self.place(entry.slug), source, self.path.parent, self.weights_dir)
            for entry in sharing
            for source in entry.loras
        }

    def entry_of(self, backend: str) -> Entry:
        """What a backend's name means here. Raises BadSetting."""
        slug = backend.removeprefix(PREFIX)
        if slug not in self.entries:
            known = ", ".join(PREFIX + name for name in self.entries) or "nothing"
            raise BadSetting(f"{self.path} has no weights for {backend}; it has {known}")
        return self.entries[slug]


def default_models_file(data_dir: Path) -> Path:
    return data_dir / "models.toml"


def read_models_file(path: Path) -> ModelsFile:
    """Raises BadSetting, one line that names the file, the model, the field and what it may be."""
    try:
        return parse_models(path, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"models_file {path} cannot be read: {error}") from error


def parse_models(path: Path, text: str) -> ModelsFile:
    """The value of a models file that holds this text."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"models_file {path} is no TOML: {error}") from error
    for name in data:
        if name not in _SECTIONS:
            raise BadSetting(f"{path}: there is no {name}; there are {', '.join(_SECTIONS)}")
    shared = read_fields(f"{path}: defaults", _table(path, "defaults", data))
    devices = dict(_devices(path, _table(path, "devices", data)))
    base = path.parent
    entries = {
        slug: read_entry(str(path), slug, table, base, shared) for slug, table in _table(path, "models", data).items()
    }
    models = ModelsFile(
        path=path,
        weights_dir=_weights_dir(path, data.get("weights_dir", "weights")),
        entries=entries,
        budgets={name: table["memory_gib"] for name, table in devices.items() if "memory_gib" in table},
        unloading=frozenset(name for name, table in devices.items() if table.get("unload")),
    )
    _check_loras(models)
    _check_side_by_side(models)
    return models


def _check_loras(models: ModelsFile) -> None:
    """A name is one file in one model in memory."""
    meant: dict[tuple[object, str], str] = {}
    for slug, entry in models.entries.items():
        for source in entry.loras:
            other = meant.setdefault((entry.load, source.name), source.text)
            if other != source.text:
                raise BadSetting(
                    f"{models.place(slug)}: loras.{source.name} must be {other}, as for the models that share its "
                    f"weights, not {source.text}"
                )


def _check_side_by_side(models: ModelsFile) -> None:
    """torch chooses between exact and fast kernels for the whole process, so nothing else may run at the same time.
    Raises BadSetting."""
    strict = [slug for slug, entry in models.entries.items() if entry.strict]
    for slug, entry in models.entries.items():
        if entry.overlap and strict:
            raise BadSetting(f"{models.place(slug)}: overlap must be false in a file where {strict[0]} is strict")


def _table(path: Path, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise BadSetting(f"{path}: {name} must be a table, [{name}]")
    return found


def _weights_dir(path: Path, value: object) -> Path:
    if not isinstance(value, str) or not value:
        raise BadSetting(f"{path}: weights_dir must be a folder, not {value!r}")
    return path.parent / Path(value).expanduser()


def _devices(path: Path, devices: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Full names of devices, and what is said of each."""
    for name, table in devices.items():
        place = f"{path}: devices.{name}"
        if not isinstance(table, dict) or not table or not set(table) <= set(_OF_DEVICES):
            raise BadSetting(f'{place} must be a table [devices."{name}"] with memory_gib, unload or both')
        device = read_device(place, name)
        found = {key: checked(f"{place}: {key}", _OF_DEVICES[key], value) for key, value in table.items()}
        if found.get("unload") and not device.startswith("cuda"):
            raise BadSetting(
                f"{place}: unload is for cuda devices: on {device}, models wait in the memory they work in"
            )
        yield device, found
