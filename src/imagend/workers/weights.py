"""Backends over open weights, as this machine's models file has them."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.engine.backend import Backend
from imagend.weights.entry import PREFIX, Entry
from imagend.weights.host import host_gib
from imagend.weights.models_file import ModelsFile, read_models_file
from imagend.weights.places import found_folder
from imagend.weights.planning import judge, load_of
from imagend.workers.rooms import Rooms

DECODED_TOGETHER = 2**20  # pixels of small pictures in one call; memory is planned for one of `max_pixels`


class Weights:
    """Those of the backends' names that begin with PREFIX. Nothing is loaded before all are known to fit."""

    def __init__(self, names: Sequence[str], models_file: Path | None, processes: int = 1) -> None:
        """Raises BadSetting."""
        wanted = [name for name in names if name.startswith(PREFIX)]
        if not wanted:
            return
        if models_file is None:
            raise BadSetting(f"models_file is missing: backend {wanted[0]} needs one on this machine")
        missing = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
        if missing:
            raise BadSetting(f"backend {wanted[0]} needs {' and '.join(missing)}: pip install 'imagend[gpu]'")
        self._models = read_models_file(models_file)
        entries = [self._models.entry_of(name) for name in wanted]
        loads = [load_of(self._models, entry.slug) for entry in entries]
        sizes = _sizes(self._models, entries)
        judge(self._models, loads, processes, sizes, host_gib())
        self._rooms = Rooms(self._models, loads, sizes, processes)

    def open(self, name: str) -> Backend[Any]:
        """Load one of them; where models take turns, others go out for it. Raises BadSetting."""
        seat = self._rooms.seat(name)
        if seat is None:
            return self._open(name)
        with seat.hold():
            return self._open(name, seat=seat)

    def _open(self, name: str, **options: Any) -> Backend[Any]:
        from imagend.engine.backends.torch_diffusers.load import open_folder

        entry = self._models.entry_of(name)
        folder = found_folder(self._models.place(entry.slug), entry.source, self._models.weights_dir)
        return open_folder(
            folder, name, device=entry.device, precision=entry.precision, max_lanes=entry.max_lanes,
            decode_pixels=min(entry.max_pixels, DECODED_TOGETHER), negative_scale=entry.negative_scale,
            step_cache=entry.step_cache, quantization=entry.quantization,
            strict=entry.strict, overlap=entry.overlap, compiler="inductor" if entry.compiled else "",
            loras=self._models.loras_of(entry.slug),
            **options,
        )  # fmt: skip


def _sizes(models: ModelsFile, entries: Sequence[Entry]) -> dict[str, float]:
    """Device -> GiB that it has. Raises BadSetting for a device that is not here."""
    from imagend.engine.backends.torch_diffusers.devices import device_gib

    found: dict[str, float] = {}
    for entry in entries:
        try:
            size = device_gib(entry.device)
        except BadSetting as error:
            raise BadSetting(f"{models.place(entry.slug)}: {error.message}") from error
        if size is not None:
            found[entry.device] = size
    return found
