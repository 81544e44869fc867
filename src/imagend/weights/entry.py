"""One model's line in the models file: fields, what they may be, and the check of each."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from imagend.core.errors import BadSetting
from imagend.weights.loras import LoraSource, LoraTable
from imagend.weights.places import Source, parse_source

PREFIX = "weights:"
"""What names of backends begin with whose weights the models file of the worker names."""

BYTES_OF: Mapping[str, int] = MappingProxyType({"bfloat16": 2, "float16": 2, "float32": 4})
"""Precision -> bytes of one number."""

USUAL_PIXELS = 1536 * 1024
_DEVICE = re.compile(r"cpu|mps|cuda(:\d{1,2})?")
_OF_REQUESTS = {
    "slug", "memory_gib", "steps", "guidance", "scheduler", "negative_prompt", "loras", "max_loras", "max_lora_scale",
}  # fmt: skip
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What serves one slug. None: as the card says."""

    slug: str
    source: Source
    precision: str = "bfloat16"
    device: str = "cuda:0"  # as torch names it
    max_lanes: int = 4  # pictures denoised in one call
    max_pixels: int = USUAL_PIXELS  # of the largest picture; larger sizes are not offered
    memory_gib: float | None = None  # the plan of this model alone must fit into so much
    steps: int | None = None
    guidance: float | None = None
    scheduler: str | None = None
    negative_prompt: str | None = None
    loras: tuple[LoraSource, ...] = ()  # that requests may ask for
    max_loras: int = 4  # of one request
    max_lora_scale: float = 4.0  # how strongly one counts, or is taken away, at the most
    negative_scale: float = 1.0  # of a second evaluation for negative prompts that guidance does not honour; 1: none
    step_cache: float = 0.0  # change of the first block below which the others rest; 0: they never do
    overlap: bool = False  # prompts are read and pictures decoded beside the next step
    quantization: str = "none"  # fp8: of the large matrices of the network's blocks
    compiled: bool = False  # the network's blocks, when it is loaded
    strict: bool = False  # the same bytes from the same seed: one picture at a time, deterministic kernels

    @property
    def lanes(self) -> int:
        """Pictures that are denoised in one call at the most."""
        return 1 if self.strict else self.max_lanes

    @property
    def load(self) -> tuple[object, ...]:
        """Entries that agree in this are one model in memory."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.name not in _OF_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    low: int
    high: int

    def read(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high:
            return value
        raise ValueError(f"a whole number from {self.low} to {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Real:
    low: float
    high: float

    def read(self, value: object) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if number and self.low <= value <= self.high:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        raise ValueError(f"a number from {self.low:g} to {self.high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneOf:
    names: Collection[str]

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self.names:
            return value
        raise ValueError(f"one of {', '.join(self.names)}")


class _Device:
    def read(self, value: object) -> str:
        if isinstance(value, str) and _DEVICE.fullmatch(value):
            return "cuda:0" if value == "cuda" else value
        raise ValueError("cpu, mps, cuda or cuda:NUMBER")


class _Switch:
    def read(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError("true or false")


class _Word:
    def read(self, value: object) -> str:
        if isinstance(value, str) and value:
            return value
        raise ValueError("a word")


class _Text:
    def read(self, value: object) -> str:
        if isinstance(value, str):
            return value
        raise ValueError("text")


GIB = _Real(low=0.1, high=100_000)
SWITCH = _Switch()
_FIELDS: Mapping[str, Any] = MappingProxyType(
    {
        "precision": _OneOf(names=BYTES_OF), "device": _Device(), "max_lanes": _Whole(low=1, high=256),
        "max_pixels": _Whole(low=65_536, high=100_000_000), "memory_gib": GIB,
        "steps": _Whole(low=1, high=1000), "guidance": _Real(low=0, high=1000), "scheduler": _Word(),
        "negative_prompt": _Text(), "negative_scale": _Real(low=1, high=30),
        "step_cache": _Real(low=0, high=1),
        "quantization": _OneOf(names=("none", "fp8")), "compiled": SWITCH, "strict": SWITCH,
        "loras": LoraTable(), "max_loras": _Whole(low=1, high=16), "max_lora_scale": _Real(low=0.1, high=100),
        "overlap": SWITCH,
    }
)  # fmt: skip


def read_entry(where: str, slug: str, table: object, base: Path, shared: Mapping[str, Any] = _NOTHING) -> Entry:
    """where: the file, for messages. base: folder that `weights` may be relative to. shared: fields of [defaults].
    Raises BadSetting."""
    place = f"{where}: models.{slug}"
    if not isinstance(table, dict):
        raise BadSetting(f"{place} must be a table, [models.{slug}]")
    if "weights" not in table:
        raise BadSetting(f"{place}: weights is missing; it must be a folder or owner/name@revision")
    source = parse_source(f"{place}: weights", table["weights"], base)
    own = {name: value for name, value in table.items() if name != "weights"}
    entry = Entry(slug=slug, source=source, **{**shared, **read_fields(place, own)})
    _check_together(place, entry)
    return entry


def _check_together(place: str, entry: Entry) -> None:
    """Fields that are right alone and not with others. Raises BadSetting."""
    if entry.strict and entry.compiled:
        raise BadSetting(f"{place}: strict or compiled must be false: which kernel runs depends on what came before")
    if entry.strict and entry.step_cache:
        raise BadSetting(f"{place}: strict must be false, or step_cache 0: what a cache has room for depends on others")
    if entry.overlap and entry.device == "mps":
        raise BadSetting(f"{place}: overlap must be false on mps, which takes work from one thread only")


def read_fields(place: str, table: Mapping[str, object]) -> dict[str, Any]:
    """Raises BadSetting that names the field and what it may be."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _FIELDS:
            raise BadSetting(f"{place}: there is no {name}; there are weights, {', '.join(_FIELDS)}")
        found[name] = checked(f"{place}: {name}", _FIELDS[name], value)
    return found


def checked(place: str, kind: Any, value: object) -> Any:
    try:
        return kind.read(value)
    except ValueError as error:
        raise BadSetting(f"{place} must be {error}, not {value!r}") from None


def read_device(place: str, name: str) -> str:
    """The device's full name. Raises BadSetting."""
    return str(checked(place, _FIELDS["device"], name))
