"""Budgets of devices and models: kept, or one line that says what would fit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from imagend.core.errors import BadSetting
from imagend.weights.entry import Entry
from imagend.weights.memory import Load, Need, distinct, need_of

LEAST_PIXELS = 1280 * 896  # the largest of a card's 1K sizes
_ONE_PROCESS = "one worker process (workers = 1, reserve_workers = 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Models on one device, in so many processes; presets: name -> GiB."""

    loads: Sequence[Load]
    budget_gib: float
    processes: int
    presets: Mapping[str, float]
    in_turn: Sequence[Load] = ()  # all of a device whose models take turns

    def fits(self, loads: Sequence[Load], processes: int | None = None) -> bool:
        return bool(loads) and self.need(loads, processes).total_gib <= self.budget_gib

    def need(self, loads: Sequence[Load], processes: int | None = None) -> Need:
        """Of all of them; where they take turns, of the greatest."""
        count = processes or self.processes
        if not self.in_turn:
            return need_of(loads, count)
        alone = (need_of([load], count, in_turn=self.in_turn) for load in loads)
        return max(alone, key=lambda need: need.total_gib)

    def apart(self) -> list[_Asked]:
        """What must fit by itself: all together, or each."""
        return [replace(self, loads=[load]) for load in distinct(self.loads)] if self.in_turn else [self]

    def turns_would_fit(self) -> bool:
        """Whether it would help if models were unloaded for each other."""
        if self.in_turn or len(distinct(self.loads)) == 1 or not self.loads[0].entry.device.startswith("cuda"):
            return False
        return replace(self, in_turn=self.loads).fits(self.loads)

    def not_beside(self) -> list[Load]:
        """Nothing beside the steps."""
        return [replace(load, entry=replace(load.entry, overlap=False)) for load in self.loads]

    def quantised(self) -> list[Load]:
        """Large matrices in 8 bits, where the device may be one that multiplies such."""
        return [
            replace(load, entry=replace(load.entry, quantization="fp8"))
            if load.entry.device.startswith("cuda")
            else load
            for load in self.loads
        ]

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
    where: str, loads: Sequence[Load], budgets: Mapping[str, float], processes: int, presets: Mapping[str, float],
    unloading: Collection[str] = (),
) -> dict[str, Need]:  # fmt: skip
    """What each device will be asked for. where: the file, for messages; budgets: device -> GiB; unloading: devices
    whose models take turns, so that each must fit alone. Raises BadSetting, with what would fit, for a device or a
    model that is over its budget; devices without one are not judged."""
    needs: dict[str, Need] = {}
    for load in loads:
        if load.entry.memory_gib is not None:
            place = f"{where}: models.{load.entry.slug}: memory_gib is"
            _judge(place, _Asked(loads=[load], budget_gib=load.entry.memory_gib, processes=1, presets=presets))
    for device in dict.fromkeys(load.entry.device for load in loads):
        here = [load for load in loads if load.entry.device == device]
        asked = _Asked(
            loads=here, budget_gib=budgets.get(device, math.inf), processes=processes, presets=presets,
            in_turn=here if device in unloading else (),
        )  # fmt: skip
        for judged in asked.apart():
            _judge(f"{where}: {device} has", judged)
        needs[device] = asked.need(here)
    return needs


def _judge(place: str, asked: _Asked) -> None:
    if asked.fits(asked.loads):
        return
    slugs = ", ".join(load.entry.slug for load in asked.loads)
    need = asked.need(asked.loads)
    raise BadSetting(f"{place} {asked.budget_gib:.4g} GiB; {slugs} would take {need}; {_what_fits(asked)}")


def _what_fits(asked: _Asked) -> str:
    """In words: one change, else all of them, else fewer models; and a preset in any case."""
    found = list(_single(asked)) or list(_together(asked)) or list(_fewer(asked))
    found += ["unload = true for this device"] if asked.turns_would_fit() else []
    fitting = {name: size for name, size in asked.presets.items() if size <= asked.budget_gib}
    found += [f"preset {max(fitting, key=lambda name: fitting[name])}"] if fitting else []
    if found:
        return f"what would fit: {'; or '.join(found)}"
    least = asked.need(asked.lessened(1, LEAST_PIXELS, half=True), 1).total_gib
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
    if asked.not_beside() != asked.loads and asked.fits(asked.not_beside()):
        yield "overlap = false"
    if asked.quantised() != asked.loads and asked.fits(asked.quantised()):
        yield 'quantization = "fp8"'
    if asked.processes > 1 and asked.fits(asked.loads, 1):
        yield _ONE_PROCESS


def _together(asked: _Asked) -> Iterator[str]:
    if not asked.fits(replace(asked, loads=asked.not_beside()).lessened(1, LEAST_PIXELS, half=True), 1):
        return
    entries = [load.entry for load in asked.loads]
    words = ["max_lanes = 1"] if any(entry.max_lanes > 1 for entry in entries) else []
    words += [f"max_pixels = {LEAST_PIXELS}"] if any(entry.max_pixels > LEAST_PIXELS for entry in entries) else []
    words += ['precision = "bfloat16"'] if any(entry.precision == "float32" for entry in entries) else []
    words += ["overlap = false"] if any(entry.overlap for entry in entries) else []
    words += [_ONE_PROCESS] if asked.processes > 1 else []
    yield " with ".join(words)


def _fewer(asked: _Asked) -> Iterator[str]:
    for load in asked.loads:
        if asked.fits([other for other in asked.loads if other.entry.load != load.entry.load]):
            yield f"leaving out {load.entry.slug}"
