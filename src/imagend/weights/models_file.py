"""The models file: which weights serve which models, in TOML. Read and checked whole, before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.weights.entry import GIB, PREFIX, Entry, checked, read_device, read_entry, read_fields

_SECTIONS = ("weights_dir", "defaults", "devices", "models")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsFile:
    """`budgets`: device -> GiB that all models on it may take together."""

    path: Path
    weights_dir: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)

    def place(self, slug: str) -> str:
        """How messages begin that concern this model."""
        return f"{self.path}: models.{slug}"

    def backend_of(self, slug: str) -> str:
        """The backend that serves it: models with the same weights, loaded alike, share one."""
        load = self.entries[slug].load
        return PREFIX + next(entry.slug for entry in self.entries.values() if entry.load == load)

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
    base = path.parent
    return ModelsFile(
        path=path,
        weights_dir=_weights_dir(path, data.get("weights_dir", "weights")),
        entries={
            slug: read_entry(str(path), slug, table, base, shared)
            for slug, table in _table(path, "models", data).items()
        },
        budgets=dict(_budgets(path, _table(path, "devices", data))),
    )


def _table(path: Path, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise BadSetting(f"{path}: {name} must be a table, [{name}]")
    return found


def _weights_dir(path: Path, value: object) -> Path:
    if not isinstance(value, str) or not value:
        raise BadSetting(f"{path}: weights_dir must be a folder, not {value!r}")
    return path.parent / Path(value).expanduser()


def _budgets(path: Path, devices: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for name, table in devices.items():
        place = f"{path}: devices.{name}"
        if not isinstance(table, dict) or set(table) != {"memory_gib"}:
            raise BadSetting(f'{place} must be a table [devices."{name}"] with memory_gib')
        yield read_device(place, name), checked(f"{place}: memory_gib", GIB, table["memory_gib"])
