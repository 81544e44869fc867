"""Rooms of devices whose models take turns: the plan says what fits in them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from imagend.weights.entry import PREFIX
from imagend.weights.memory import Load, need_of
from imagend.weights.models_file import ModelsFile
from imagend.weights.turns import together

if TYPE_CHECKING:
    from imagend.engine.backends.torch_diffusers.residency import Room, Seat

logger = logging.getLogger(__name__)


class Rooms:
    """One for each device with `unload`."""

    def __init__(self, models: ModelsFile, loads: Sequence[Load], sizes: Mapping[str, float], processes: int) -> None:
        """loads: of all models that this worker serves; sizes: device -> GiB, where the file has no budget."""
        self._models = models
        self._loads = {PREFIX + load.entry.slug: load for load in loads}
        self._budgets = {**sizes, **models.budgets}
        self._processes = processes
        self._rooms: dict[str, Room] = {}

    def seat(self, name: str) -> Seat | None:
        """For the backend of this name; None on a device whose models all stay."""
        device = self._loads[name].entry.device
        if device not in self._models.unloading:
            return None
        if device not in self._rooms:
            self._rooms[device] = self._room(device)
        return self._rooms[device].seat(name)

    def _room(self, device: str) -> Room:
        from imagend.engine.backends.torch_diffusers.residency import DeviceMover, Room

        sets = together(self._on(device), self._budgets.get(device, math.inf), self._processes)
        logger.info("models on %s take turns, in memory together: %s", device, "; or ".join(map(" + ".join, sets)))
        return Room(self._fits(device), DeviceMover(device))

    def _on(self, device: str) -> list[Load]:
        return [load for load in self._loads.values() if load.entry.device == device]

    def _fits(self, device: str) -> Callable[[Sequence[str]], bool]:
        budget_gib, all_here = self._budgets.get(device, math.inf), self._on(device)

        def fits(names: Sequence[str]) -> bool:
            loads = [self._loads[name] for name in names]
            return need_of(loads, self._processes, in_turn=all_here).total_gib <= budget_gib

        return fits
