"""Budgets of devices and models: kept, or one line that says what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from imagend.core.errors import BadSetting
from imagend.weights.entry import Entry
from imagend.weights.memory import Load, Need, need_of

LEAST_PIXELS = 1280 * 896  # the largest of a card's 1K sizes
_ONE_PROCESS = "one worker process (workers = 1, reserve_workers = 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Models on one device, in so many processes; presets: name -> GiB."""

    loads: Sequence[Load]
    budget_gib: float
    processes: int
    presets: Mapping[str, float]

    def fits(self, loads: Sequence[Load], processes: int | None = None) -> bool:
        return bool(loads) and need_of(loads, processes or self.processes).total_gib <= self.budget_gib

    def lessened(self, lanes: int = 256, pixels: int = 10**9, *, half: bool = False) -> list[Load]:
        return [replace(load, entry=_lessened(load.entry, lanes, pixels, half)) for load in self.loads]


def _lessened(entry: Entry, lanes: int, pixels: int, half: bool) -> Entry:
    return replace(
        entry,
        max_lanes=min(entry.max_lanes, lanes),
        max_pixels=min(entry.max_pixels, pixels),
        precision="bfloat16" if half and entry.precision == "float32" else entry.precision,
    )


def check_budgets(
    where: str, loads: Sequence[Load], budgets: Mapping[str, float], processes: int, presets: Mapping[str, float]
) -> dict[str, Need]:
    """What each device will be asked for. where: the file, for messages; budgets: device -> GiB. Raises BadSetting,
    with what would fit, for a device or a model that is over its budget; devices without one are not judged."""
    needs: dict[str, Need] = {}
    for load in loads:
        if load.entry.memory_gib is not None:
            place = f"{where}: models.{load.entry.slug}: memory_gib is"
            _judge(place, _Asked(loads=[load], budget_gib=load.entry.memory_gib, processes=1, presets=presets))
    for device in dict.fromkeys(load.entry.device for load in loads):
        here = [load for load in loads if load.entry.device == device]
        needs[device] = need_of(here, processes)
        if device in budgets:
            asked = _Asked(loads=here, budget_gib=budgets[device], processes=processes, presets=presets)
            _judge(f"{where}: {device} has", asked)
    return needs


def _judge(place: str, asked: _Asked) -> None:
    if asked.fits(asked.loads):
        return
    slugs = ", ".join(load.entry.slug for load in asked.loads)
    need = need_of(asked.loads, asked.processes)
    raise BadSetting(f"{place} {asked.budget_gib:.4g} GiB; {slugs} would take {need}; {_what_fits(asked)}")


def _what_fits(asked: _Asked) -> str:
    """In words: one change, else all of them, else fewer models; and a preset in any case."""
    found = list(_single(asked)) or list(_together(asked)) or list(_fewer(asked))
    fitting = {name: size for name, size in asked.presets.items() if size <= asked.budget_gib}
    found += [f"preset {max(fitting, key=lambda name: fitting[name])}"] if fitting else []
    if found:
        return f"what would fit: {'; or '.join(found)}"
    least = need_of(asked.lessened(1, LEAST_PIXELS, half=True), 1).total_gib
    return f"the least that these weights take is {least:.1f} GiB"


def _single(asked: _Asked) -> Iterator[str]:
    for lanes in range(max(load.entry.max_lanes for load in asked.loads) - 1, 0, -1):
        if asked.fits(asked.lessened(lanes)):
            yield f"max_lanes = {lanes}"
            break
    if asked.fits(asked.lessened(half=True)):
        yield 'precision = "bfloat16"'
    if asked.fits(asked.lessened(pixels=LEAST_PIXELS)):
        yield f"max_pixels = {LEAST_PIXELS}"
    plain = [replace(load, entry=replace(load.entry, step_cache=0.0)) for load in asked.loads]
    if plain != asked.loads and asked.fits(plain):
        yield "step_cache = 0"
    if asked.processes > 1 and asked.fits(asked.loads, 1):
        yield _ONE_PROCESS


def _together(asked: _Asked) -> Iterator[str]:
    if not asked.fits(asked.lessened(1, LEAST_PIXELS, half=True), 1):
        return
    entries = [load.entry for load in asked.loads]
    words = ["max_lanes = 1"] if any(entry.max_lanes > 1 for entry in entries) else []
    words += [f"max_pixels = {LEAST_PIXELS}"] if any(entry.max_pixels > LEAST_PIXELS for entry in entries) else []
    words += ['precision = "bfloat16"'] if any(entry.precision == "float32" for entry in entries) else []
    words += [_ONE_PROCESS] if asked.processes > 1 else []
    yield " with ".join(words)


def _fewer(asked: _Asked) -> Iterator[str]:
    for load in asked.loads:
        if asked.fits([other for other in asked.loads if other.entry.load != load.entry.load]):
            yield f"leaving out {load.entry.slug}"
